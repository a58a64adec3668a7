import { join } from "node:path";
import type { Input } from "./acts/confirm";
import type { PulumiPlace } from "./pulumiCli";
import { runCommand } from "./runCommand";
import type { Output } from "./status/screen";

/** What a command works with when it is the whole process. */
interface ProcessSurroundings {
  readonly pulumi: PulumiPlace;
  readonly input: Input;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * Runs a command as this process: with its arguments, its terminal, and the Pulumi on its PATH for this project. It
 * ends as {@link runCommand} says.
 */
export function runAsProcess(
  command: (args: readonly string[], surroundings: ProcessSurroundings) => Promise<number>,
): void {
  const pulumi = { program: "pulumi", env: process.env, projectDirectory: join(__dirname, "..") };
  void runCommand((signal) =>
    command(process.argv.slice(2), { pulumi, input: process.stdin, output: process.stdout, signal }),
  );
}
