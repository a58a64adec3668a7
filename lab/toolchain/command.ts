import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { UserError } from "../userError";

/** How to run a command. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Laid over this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The command is killed after this long. Default: no limit. */
  readonly timeoutMilliseconds?: number;
  /** Is handed every line as it comes, of both outputs. */
  readonly onLine?: (line: string) => void;
}

/** How a command ended. */
export interface CommandResult {
  /**
   * Its exit code; 127 when there is no such program, 126 when it can't be started, 124 when it ran out of
   * time, 128 when a signal ended it.
   */
  readonly code: number;
  /** The end of its standard output, {@link keptLines} lines at most. */
  readonly stdout: string;
  /** The same of its standard error. */
  readonly stderr: string;
}

/** Runs a command to its end. It resolves whatever the exit code; see {@link runCommand} for what it throws. */
export type RunCommand = (
  program: string,
  args: readonly string[],
  options?: CommandOptions,
) => Promise<CommandResult>;

/** How many lines of each output are kept. */
const keptLines = 400;

/**
 * The real {@link RunCommand}. The command gets a process group of its own and no standard input, and the
 * whole group is ended when this process is told to stop, so that nothing goes on building behind its back.
 * Throws a {@link UserError} in that case, if somebody else's handler keeps this process alive.
 */
export const runCommand: RunCommand = async (program, args, options = {}) => {
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const stdout = keepLines(child.stdout, options.onLine);
  const stderr = keepLines(child.stderr, options.onLine);
  const leash = holdLeash(child, options.timeoutMilliseconds);
  try {
    const ended = await endOf(child);
    const stoppedBy = leash.stoppedBy();
    if (stoppedBy !== undefined) throw new UserError(`${program} was stopped by ${stoppedBy}.`);
    return { code: leash.ranOutOfTime() ? 124 : ended, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    return { code: code === "ENOENT" ? 127 : 126, stdout: "", stderr: `${program}: ${message}` };
  } finally {
    leash.release();
  }
};

/** The last line of a failed command's output that says something: what to show of a failure. */
export function lastWords(result: CommandResult): string {
  const lines = `${result.stdout}\n${result.stderr}`.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").at(-1) ?? `exit code ${result.code} and not a word`;
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve(code ?? 128);
    });
  });
}

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface Leash {
  stoppedBy(): NodeJS.Signals | undefined;
  ranOutOfTime(): boolean;
  release(): void;
}

/** Ends the child's process group when time is up or when this process is told to stop. */
function holdLeash(child: ChildProcess, timeoutMilliseconds: number | undefined): Leash {
  let stoppedBy: NodeJS.Signals | undefined;
  let ranOutOfTime = false;
  const endGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It ended by itself in the meantime.
    }
  };
  const timer = setTimeout(
    () => {
      ranOutOfTime = true;
      endGroup("SIGKILL");
    },
    timeoutMilliseconds ?? 2 ** 31 - 1,
  );
  const release = (): void => {
    clearTimeout(timer);
    for (const name of stopSignals) process.removeListener(name, stop);
  };
  const stop = (signal: NodeJS.Signals): void => {
    stoppedBy = signal;
    endGroup("SIGTERM");
    release();
    // Nobody else wants to tidy up first: end as if there had been no handler.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  for (const name of stopSignals) process.on(name, stop);
  return { stoppedBy: () => stoppedBy, ranOutOfTime: () => ranOutOfTime, release };
}

function keepLines(stream: Readable, onLine?: (line: string) => void): () => string {
  const kept: string[] = [];
  createInterface({ input: stream, crlfDelay: Infinity }).on("line", (line) => {
    kept.push(line);
    if (kept.length > keptLines) kept.shift();
    onLine?.(line);
  });
  return () => kept.join("\n");
}
