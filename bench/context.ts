import * as fs from "node:fs";
import * as os from "node:os";
import Dockerode from "dockerode";
import { parse } from "yaml";
import { loadConfig } from "../config/load";
import type { Cluster, Platform, StackConfig } from "../config/model";
import { rememberedEngine } from "../lab/platform/docker";
import { engineSocket, type Engine } from "../lab/platform/engine";
import type { LabTools } from "../lab/platform/startParts";
import type { Reporter } from "../lab/report";
import type { LabSettings } from "../lab/settings";
import type { Tools } from "../lab/toolchain/tool";
import { UserError } from "../lab/userError";
import { projectDir, type Workspace } from "../lab/workspace";
import { PlatformApi } from "./platformApi";

/** What every section of the bench works with. */
export interface BenchContext {
  readonly settings: LabSettings;
  readonly tools: Tools & LabTools;
  readonly reporter: Reporter;
  readonly workspace: Workspace;
  readonly api: PlatformApi;
  readonly engine: Engine;
  readonly docker: Dockerode;
  readonly platform: Platform;
  /** Reference of the image up to the architecture, as the program names it. */
  readonly imagePrefix: string;
  /** How often to measure: `BENCH_RUNS`, else what the section has as its own. */
  readonly runs: (usual: number) => number;
}

/** Environment variable that overrides how often each thing is measured. */
const runsVariable = "BENCH_RUNS";

/** Gathers what sections need from a lab that is up and ready for the program. */
export function benchContext(
  settings: LabSettings,
  tools: Tools,
  workspace: Workspace,
  imagePrefix: string,
  reporter: Reporter,
): BenchContext {
  const engine = rememberedEngine(settings);
  if (engine === undefined) throw new Error("the lab has no Docker engine");
  const override = wantedRuns();
  return {
    ...{ settings, tools, workspace, imagePrefix, reporter, engine },
    api: new PlatformApi(settings),
    docker: new Dockerode({ socketPath: engineSocket(engine) }),
    platform: stackConfig(workspace, {}).platform,
    runs: (usual) => override ?? usual,
  };
}

/**
 * How often `BENCH_RUNS` asks to measure; undefined where it says nothing.
 * @throws {UserError} when it isn't a number of runs.
 */
export function wantedRuns(): number | undefined {
  const text = process.env[runsVariable] ?? "";
  if (text === "") return undefined;
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 1) return runs;
  throw new UserError(`${runsVariable} is "${text}", but must be a whole number of runs, at least 1.`);
}

/** A tenant as the stack's own configuration makes it: with the lab's defaults, and what is given here. */
export function tenant(
  context: Pick<BenchContext, "workspace">,
  name: string,
  settings: Readonly<Record<string, unknown>>,
): Cluster {
  const [cluster] = stackConfig(context.workspace, { [name]: settings }).clusters;
  if (cluster === undefined) throw new Error(`the configuration has no tenant ${name}`);
  return cluster;
}

/** The lab's configuration with these tenants and no cluster of the platform's own, as Pulumi's YAML holds it. */
export function benchConfig(
  workspace: Workspace,
  tenants: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const document = parse(fs.readFileSync(workspace.configFile, "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  const platform = { ...(document.config["nomad-postgres:platform"] as Record<string, unknown>) };
  delete platform["cluster"];
  const config = {
    ...document.config,
    "nomad-postgres:platform": platform,
    "nomad-postgres:tenants": tenants,
  };
  return { ...document, config };
}

function stackConfig(workspace: Workspace, tenants: Readonly<Record<string, unknown>>): StackConfig {
  const { config } = benchConfig(workspace, tenants) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  const values = Object.entries(config).map(([key, value]): [string, string] => [
    key.slice(key.indexOf(":") + 1),
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return loadConfig({
    values: Object.fromEntries(values),
    secretKeys: [],
    machine: {
      architecture: process.arch,
      homeDirectory: os.homedir(),
      projectDirectory: projectDir,
      readFile: (path) => ({ kind: "text", text: fs.readFileSync(path, "utf8") }),
    },
  });
}
