import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CommandOptions, CommandResult } from "../../../lab/toolchain/command";
import type { Machine } from "../../../lab/toolchain/machine";

/** What a scripted machine has and how it answers. */
export interface Script {
  readonly architecture?: string;
  readonly isRoot?: boolean;
  /** Program names that are on PATH; each is at /usr/bin/NAME. */
  readonly onPath?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** Origins within reach. */
  readonly reachable?: readonly string[];
  /**
   * Answers a command line, given with the program's name alone: standard output, or a full result.
   * Undefined: exit code 1.
   */
  readonly answer?: (line: string, options: CommandOptions) => string | CommandResult | undefined;
}

/** A machine that is only told of, and the command lines that were run on it. */
export function scriptedMachine(script: Script): { readonly machine: Machine; readonly ran: string[] } {
  const ran: string[] = [];
  const machine: Machine = {
    architecture: script.architecture ?? "x64",
    isRoot: script.isRoot ?? false,
    find: (program) => (script.onPath?.includes(program) === true ? `/usr/bin/${program}` : undefined),
    readText: (path) => script.files?.[path],
    reaches: (origin) => Promise.resolve(script.reachable?.includes(origin) === true),
    run: (program, args, options = {}) => {
      const line = [program.replace(/^.*\//, ""), ...args].join(" ");
      ran.push(line);
      const answer = script.answer?.(line, options);
      if (typeof answer === "object") return Promise.resolve(answer);
      if (answer === undefined) return Promise.resolve({ code: 1, stdout: "", stderr: `${line}: no` });
      return Promise.resolve({ code: 0, stdout: answer, stderr: "" });
    },
  };
  return { machine, ran };
}

/** The answers of a machine with a Go that builds everything: what it builds is a file with `content`. */
export function goThatBuilds(content = "a program"): (line: string) => string | undefined {
  return (line) => {
    if (line === "go env GOVERSION") return "go1.26.8";
    const output = /^go build .*-o (\S+)/.exec(line)?.[1];
    if (output === undefined) return undefined;
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, content);
    return "";
  };
}

/** Runs `work` with a new folder that is gone afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "toolchain-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
