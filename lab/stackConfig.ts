import * as path from "node:path";
import { parseDocument } from "yaml";
import type { LabSettings } from "./settings";

const project = "nomad-postgres";

/**
 * The stack's configuration for a lab: what `Pulumi.dev.yaml` says, with this lab's addresses in place of
 * the default lab's. For the default lab it says the same.
 */
export function labStackConfig(devConfig: string, settings: LabSettings): string {
  const { serverAddress, ports, stateDir } = settings;
  const registry = `${serverAddress}:${ports.registry}`;
  const document = parseDocument(devConfig);
  const set = (keys: readonly [string, ...string[]], value: unknown): void => {
    const [first, ...rest] = keys;
    document.setIn(["config", `${project}:${first}`, ...rest], value);
  };
  set(["nomadAddress"], `http://${serverAddress}:${ports.nomadHttp}`);
  set(["consulAddress"], `http://${serverAddress}:${ports.consulHttp}`);
  set(["vaultAddress"], `http://${serverAddress}:${ports.openBao}`);
  set(["imageRepository"], `${registry}/patroni`);
  set(["platform", "image", "baseImages", "17"], `${registry}/lab/postgres:17-trixie`);
  set(["platform", "image", "extraCaFile"], path.join(stateDir, "extra-ca.pem"));
  set(["platform", "consul", "agentAddress"], `\${attr.unique.network.ip-address}:${ports.consulHttp}`);
  return document.toString({ lineWidth: 0 });
}
