import * as fs from "node:fs";
import { runCleanup } from "../commands/cleanup/run";
import { runMove } from "../commands/move/run";
import { runReinit } from "../commands/reinit/run";
import { runStatus } from "../commands/status/run";
import { runSwitchover } from "../commands/switchover/run";
import { silentReporter } from "./report";
import type { LabSettings } from "./settings";
import { ensureTools } from "./toolchain/ensureTools";
import { UserError } from "./userError";
import { labStack, labWorkspace, projectDir, stackConfigFile } from "./workspace";

/** Commands for the clusters of the lab's stack, by their words after `npm run lab --`. */
const commands = {
  clusters: runStatus,
  switchover: runSwitchover,
  reinit: runReinit,
  move: runMove,
  cleanup: runCleanup,
} as const;
export type ClusterCommand = keyof typeof commands;

/** Whether a word is one of them. */
export function isClusterCommand(word: string | undefined): word is ClusterCommand {
  return word !== undefined && Object.hasOwn(commands, word);
}

/**
 * Runs a command on the lab's stack, with the lab's Pulumi, state and config. Returns its exit code.
 *
 * @param args of the command itself
 * @throws {UserError} when the lab has no stack, a CommandError as the command does
 */
export async function runClusterCommand(
  settings: LabSettings,
  command: ClusterCommand,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  if (!fs.existsSync(stackConfigFile(settings)))
    throw new UserError(`The lab in ${settings.stateDir} has no stack yet. Make it: npm run demo.`);
  const only = ["pulumi"] as const;
  const tools = await ensureTools({ cacheDir: settings.toolsDir, reporter: silentReporter(), only });
  const { configFile, env, pulumi: program } = labWorkspace(settings, tools.pulumi.path);
  return commands[command](["--stack", labStack, "--config-file", configFile, ...args], {
    pulumi: { program, env, projectDirectory: projectDir },
    input: process.stdin,
    output: process.stdout,
    signal,
  });
}
