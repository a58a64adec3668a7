import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** How a `pulumi plugin install` ended. */
export interface InstallOutcome {
  readonly installed: boolean;
  /** The last line that it printed. */
  readonly said: string;
}

/** What to install, and how long it may take. */
export interface InstallRequest {
  /** Path of the Pulumi CLI. */
  readonly pulumi: string;
  readonly pulumiHome: string;
  readonly name: string;
  readonly version: string;
  /** An archive to install from; without one the CLI downloads. */
  readonly file?: string;
  readonly timeoutSeconds: number;
}

/** Folder that the CLI puts a plugin in. */
export function pluginDirectory(pulumiHome: string, name: string, version: string): string {
  return path.join(pulumiHome, "plugins", `resource-${name}-v${version}`);
}

/** Whether a plugin's folder is there and has its executable. */
export function hasPlugin(pulumiHome: string, name: string, version: string): boolean {
  return isExecutable(path.join(pluginDirectory(pulumiHome, name, version), `pulumi-resource-${name}`));
}

/** Whether the engine would take the plugin from PATH, which wins over any that is installed. */
export function isOnPath(name: string, searchPath: string | undefined): boolean {
  return (searchPath ?? "")
    .split(path.delimiter)
    .some((folder) => folder !== "" && isExecutable(path.join(folder, `pulumi-resource-${name}`)));
}

/**
 * Runs `pulumi plugin install` once. The CLI tries a download five times, over ten seconds; here the first failure
 * counts, as what can't be reached now won't be reached in a second.
 */
export async function installPlugin(request: InstallRequest): Promise<InstallOutcome> {
  const { pulumi, pulumiHome, name, version, file, timeoutSeconds } = request;
  const args = ["plugin", "install", "resource", name, version];
  if (file !== undefined) args.push("--reinstall", "--file", file);
  const env = { ...process.env, PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const child = spawn(pulumi, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const listen = (chunk: Buffer): void => {
    output += chunk.toString("utf8");
    if (output.includes("Error downloading plugin")) child.kill();
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const timer = setTimeout(() => child.kill(), timeoutSeconds * 1000);
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      output += error.message;
      resolve(null);
    });
    child.once("close", resolve);
  });
  clearTimeout(timer);
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("Will retry"));
  return { installed: code === 0, said: lines.pop() ?? `no answer within ${timeoutSeconds} s` };
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
