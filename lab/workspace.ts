import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { ensureBaseImage } from "./images/baseImage";
import { writeExtraCa } from "./images/extraCa";
import { labEnvironment } from "./platform/labEnvironment";
import { installPlugins } from "./plugins/install";
import type { Reporter } from "./report";
import type { LabSettings } from "./settings";
import { labStackConfig } from "./stackConfig";
import type { Tools } from "./toolchain/tool";
import { UserError } from "./userError";

/** The project's root. */
export const projectDir = path.join(__dirname, "..");

/** The stack that runs on the lab. */
export const labStack = "dev";

/** What it takes to run Pulumi's program against a lab. */
export interface Workspace {
  /** The stack's configuration for this lab; every command that reads the config gets it as `--config-file`. */
  readonly configFile: string;
  /** The environment of every `pulumi` process: tools, state, tokens. */
  readonly env: NodeJS.ProcessEnv;
  /** Path of the Pulumi CLI. */
  readonly pulumi: string;
}

/**
 * Readies a running lab for the program: base image, certificates, Pulumi's state and plugins, the stack.
 * Doing it again changes nothing.
 */
export async function prepareWorkspace(
  settings: LabSettings,
  tools: Tools,
  reporter: Reporter,
): Promise<Workspace> {
  const { stateDir, serverAddress, ports } = settings;
  const workspace = labWorkspace(settings, tools.pulumi.path);
  writeExtraCa(stateDir);
  await ensureBaseImage({
    docker: labEnvironment(settings).DOCKER_HOST,
    registry: `${serverAddress}:${ports.registry}`,
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    postgresVersion: 17,
    cacheDir: settings.cacheDir,
    reporter,
  });
  const { pulumiHome, backend } = pulumiFolders(settings);
  for (const folder of [pulumiHome, backend]) fs.mkdirSync(folder, { recursive: true });
  await installPlugins({ pulumi: tools.pulumi.path, pulumiHome, projectDir, reporter });

  const devConfig = fs.readFileSync(path.join(projectDir, `Pulumi.${labStack}.yaml`), "utf8");
  fs.writeFileSync(workspace.configFile, labStackConfig(devConfig, settings));
  await pulumi(workspace, ["stack", "select", labStack, "--create"], { quiet: true });
  return workspace;
}

/**
 * The workspace of a lab that was brought up; only `prepareWorkspace` makes what it points at.
 * @throws {UserError} when the lab never was up.
 */
export function labWorkspace(settings: LabSettings, pulumiProgram: string): Workspace {
  const { pulumiHome, backend } = pulumiFolders(settings);
  return {
    configFile: stackConfigFile(settings),
    pulumi: pulumiProgram,
    env: {
      ...process.env,
      ...labEnvironment(settings),
      PATH: `${path.dirname(pulumiProgram)}${path.delimiter}${process.env["PATH"] ?? ""}`,
      PULUMI_HOME: pulumiHome,
      PULUMI_BACKEND_URL: `file://${backend}`,
      // The lab's stack has no secret in its config; the salt in Pulumi.dev.yaml is that of no passphrase.
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // As Pulumi.yaml has it. The language host that can be built here (docs/toolchain.md) doesn't read its options.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    },
  };
}

/** Where the stack's configuration for this lab is, once it was readied. */
export function stackConfigFile({ stateDir }: LabSettings): string {
  return path.join(stateDir, `Pulumi.${labStack}.yaml`);
}

function pulumiFolders({ stateDir }: LabSettings) {
  return { pulumiHome: path.join(stateDir, "pulumi-home"), backend: path.join(stateDir, "pulumi-state") };
}

/** How a `pulumi` command is run. */
export interface PulumiOptions {
  /** Keep its output to itself; it is shown only when the command fails. */
  readonly quiet?: boolean;
}

/**
 * Runs a `pulumi` command in the project and returns what it wrote to standard output.
 * @throws {UserError} when it ends with anything but 0; its own message has been shown by then.
 */
export async function pulumi(
  workspace: Workspace,
  args: readonly string[],
  { quiet = false }: PulumiOptions = {},
): Promise<string> {
  const child = spawn(workspace.pulumi, [...args, "--non-interactive"], {
    cwd: projectDir,
    env: workspace.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (!quiet) process.stdout.write(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
    if (!quiet) process.stderr.write(chunk);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) {
    if (quiet) process.stderr.write(output + errors);
    throw new UserError(
      `pulumi ${args.join(" ")} ended with ${code ?? "a signal"}; its own message stands above.`,
    );
  }
  return output;
}
