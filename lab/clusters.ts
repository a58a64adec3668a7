import * as fs from "node:fs";
import { runStatus } from "../commands/status/run";
import { silentReporter } from "./report";
import type { LabSettings } from "./settings";
import { ensureTools } from "./toolchain/ensureTools";
import { UserError } from "./userError";
import { labStack, labWorkspace, projectDir, stackConfigFile } from "./workspace";

/**
 * Shows the clusters of the lab's stack: `npm run status` with the lab's Pulumi, state and config. Returns its exit
 * code.
 *
 * @param args of `npm run status`
 * @throws {UserError} when the lab has no stack, a CommandError as `runStatus` does
 */
export async function showClusters(
  settings: LabSettings,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  if (!fs.existsSync(stackConfigFile(settings)))
    throw new UserError(`The lab in ${settings.stateDir} has no stack yet. Make it: npm run demo.`);
  const only = ["pulumi"] as const;
  const tools = await ensureTools({ cacheDir: settings.toolsDir, reporter: silentReporter(), only });
  const { configFile, env, pulumi: program } = labWorkspace(settings, tools.pulumi.path);
  return runStatus(["--stack", labStack, "--config-file", configFile, ...args], {
    pulumi: { program, env, projectDirectory: projectDir },
    output: process.stdout,
    signal,
  });
}
