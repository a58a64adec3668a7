import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { labStack, projectDir, pulumi, type Workspace } from "../lab/workspace";
import { benchConfig, type BenchContext } from "./context";
import { ProcessTree, type TreeUse } from "./processTree";

/** One preview, and what all its processes took. */
export interface Preview extends TreeUse {
  readonly milliseconds: number;
  /** How many resources it would create. */
  readonly resources: number;
}

/** A stack of which nothing is deployed, in a state of its own, for a program. */
export interface PreviewStack {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Added to `pulumi preview`. */
  readonly args: readonly string[];
}

/** The program's stack with so many tenants and nothing else. */
export async function tenantsStack(context: BenchContext, tenants: number): Promise<PreviewStack> {
  const folder = path.join(context.settings.stateDir, `preview-${tenants}`);
  const env = freshBackend(context.workspace, folder);
  const configFile = path.join(folder, "Pulumi.bench.yaml");
  const config = Object.fromEntries(tenantNames(tenants).map((name) => [name, { members: 3 }]));
  fs.writeFileSync(configFile, stringify(benchConfig(context.workspace, config)));
  await pulumi({ ...context.workspace, env }, ["stack", "select", labStack, "--create"], { quiet: true });
  return { directory: projectDir, env, args: ["--stack", labStack, "--config-file", configFile] };
}

/** So many names. */
export function tenantNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `tenant-${String(index + 1).padStart(3, "0")}`);
}

/**
 * The reference: a program of a few lines that registers as many resources, all of them empty. What it takes is
 * the engine's, Node's and the SDK's own.
 */
export async function emptyStack(context: BenchContext, resources: number): Promise<PreviewStack> {
  const directory = path.join(context.settings.stateDir, `preview-empty-${resources}`);
  const env = freshBackend(context.workspace, directory);
  fs.symlinkSync(path.join(projectDir, "node_modules"), path.join(directory, "node_modules"));
  fs.writeFileSync(
    path.join(directory, "Pulumi.yaml"),
    stringify({
      name: "empty",
      runtime: { name: "nodejs", options: { typescript: false } },
      main: "index.js",
    }),
  );
  fs.writeFileSync(
    path.join(directory, "index.js"),
    `const pulumi = require("@pulumi/pulumi");
for (let number = 1; number <= ${resources}; number += 1) {
  new pulumi.ComponentResource("bench:index:Empty", "empty-" + number);
}
`,
  );
  await run(context.workspace.pulumi, ["stack", "init", "empty"], { directory, env });
  return { directory, env, args: ["--stack", "empty"] };
}

/** Runs one preview and watches its memory. @throws when it fails, with its output */
export async function preview(context: BenchContext, stack: PreviewStack): Promise<Preview> {
  const began = performance.now();
  let tree: ProcessTree | undefined;
  const output = await run(context.workspace.pulumi, ["preview", ...stack.args], stack, (pid) => {
    tree = new ProcessTree(pid);
  });
  const milliseconds = performance.now() - began;
  if (tree === undefined) throw new Error("pulumi could not be started");
  const resources = Number(/^\s*\+ (\d+) to create/m.exec(output)?.[1] ?? Number.NaN);
  return { milliseconds, resources, ...tree.stop() };
}

/** The environment of a state of its own in an empty folder. */
function freshBackend(workspace: Workspace, folder: string): NodeJS.ProcessEnv {
  fs.rmSync(folder, { recursive: true, force: true });
  const state = path.join(folder, "state");
  fs.mkdirSync(state, { recursive: true });
  return { ...workspace.env, PULUMI_BACKEND_URL: `file://${state}` };
}

async function run(
  program: string,
  args: readonly string[],
  { directory, env }: Pick<PreviewStack, "directory" | "env">,
  started: (pid: number) => void = () => undefined,
): Promise<string> {
  const child = spawn(program, [...args, "--non-interactive", "--color", "never"], {
    cwd: directory,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid !== undefined) started(child.pid);
  let output = "";
  const hear = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0)
    throw new Error(`pulumi ${args.join(" ")} ended with ${code ?? "a signal"}:\n${output.slice(-2000)}`);
  return output;
}
