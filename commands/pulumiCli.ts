import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { EndedEarly, untilDeadline } from "../providers/endedEarly";
import { CommandError } from "./commandError";

/** How a command runs Pulumi. */
export interface PulumiPlace {
  /** The Pulumi CLI: a path, or a name on PATH. */
  readonly program: string;
  /** Its environment: Pulumi finds its state and its login there. */
  readonly env: NodeJS.ProcessEnv;
  /** Folder of Pulumi.yaml. */
  readonly projectDirectory: string;
}

/** How a `pulumi` command ended, and what it printed. */
export interface PulumiEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** How long a `pulumi` command may take, and what stops it sooner. */
export interface PulumiLimits {
  readonly seconds: number;
  /** How long one that is stopped may take to end; then it is killed. Default 30. */
  readonly graceSeconds?: number;
  readonly signal?: AbortSignal;
}

/** Pulumi may have to ask a state backend far away. */
const answerSeconds = 60;

/**
 * Runs a `pulumi` command to its end, whatever that is. One that is stopped is told so as by Ctrl-C, for which it
 * ends its plugins first; one that doesn't end then is killed.
 *
 * @throws {CommandError} when there is no such program, and when it didn't end in time
 */
export async function runPulumi(
  { program, env, projectDirectory }: PulumiPlace,
  args: readonly string[],
  { seconds, graceSeconds = 30, signal }: PulumiLimits,
): Promise<PulumiEnd> {
  const child = spawn(program, [...args, "--non-interactive", "--color", "never"], {
    cwd: projectDirectory,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    killSignal: "SIGINT",
    ...(signal === undefined ? {} : { signal }),
  });
  const [output, errors]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? notFound(program) : new CommandError(error.message));
    });
    child.once("close", resolve);
  });
  const within = (limit: number) => untilDeadline(limit * 1000, undefined, () => ended);
  const code = await within(seconds).catch(async (error: unknown) => {
    if (!(error instanceof EndedEarly)) throw error;
    child.kill("SIGINT");
    await within(graceSeconds).catch(() => {
      kill(child);
    });
    throw new CommandError(`pulumi ${args.join(" ")} didn't end within ${seconds} s.`);
  });
  return { code, output: Buffer.concat(output).toString(), errors: Buffer.concat(errors).toString() };
}

/** Kills a process, and hears no more of what it has started: a plugin may hold its output for ever. */
function kill(child: ChildProcessByStdio<null, Readable, Readable>): void {
  child.kill("SIGKILL");
  child.stdout.destroy();
  child.stderr.destroy();
}

/**
 * What a `pulumi` command prints to standard output.
 *
 * @throws {CommandError} when it fails, with its own words
 */
export async function pulumiOutput(place: PulumiPlace, args: readonly string[]): Promise<string> {
  const end = await runPulumi(place, args, { seconds: answerSeconds });
  if (end.code !== 0) throw pulumiFailure(args, end);
  return end.output;
}

/** A failed command, in Pulumi's own words. */
export function pulumiFailure(args: readonly string[], { code, errors }: PulumiEnd): CommandError {
  const words = errors.trim().replace(/^error: /, "");
  const hint = words.includes("no stack")
    ? "\n`pulumi stack ls` lists the stacks; --stack NAME takes one."
    : "";
  const end = `pulumi ${args.join(" ")} ended with ${code ?? "a signal"}`;
  return new CommandError(`${words === "" ? end : words}${hint}`);
}

function notFound(program: string): CommandError {
  return new CommandError(
    `There is no ${program} on PATH, and the stack's settings come from it: https://www.pulumi.com/docs/install/`,
  );
}
