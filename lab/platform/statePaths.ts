import { join } from "node:path";
import type { LabSettings } from "../settings";

/** Where a lab keeps what, inside its state folder. */
export interface StatePaths {
  /** Present in every state folder that `labUp` made: a purge refuses to delete a folder without it. */
  readonly marker: string;
  /** Which Docker engine the lab uses. */
  readonly engine: string;
  /** OpenBao's unseal key and root token; mode 0600. */
  readonly openBaoKeys: string;
  /** The tokens of Consul, Nomad and OpenBao that the lab made; mode 0600. */
  readonly tokens: string;
  /** Configuration file of a part. */
  config(part: string): string;
  log(part: string): string;
  /** Process record of a part. */
  record(part: string): string;
  /** Data folder of a part. */
  data(part: string): string;
  /** Where Nomad's plugin `mkdir` puts the dynamic host volumes of a node. */
  volumes(node: string): string;
}

/** The layout of `settings.stateDir`. */
export function statePaths(settings: Pick<LabSettings, "stateDir">): StatePaths {
  const inState = (...parts: string[]): string => join(settings.stateDir, ...parts);
  return {
    marker: inState("lab.json"),
    engine: inState("engine.json"),
    openBaoKeys: inState("keys", "openbao.json"),
    tokens: inState("keys", "tokens.json"),
    config: (part) => inState("config", `${part}.json`),
    log: (part) => inState("logs", `${part}.log`),
    record: (part) => inState("run", `${part}.json`),
    data: (part) => inState("data", part),
    volumes: (node) => inState("volumes", node),
  };
}
