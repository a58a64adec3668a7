import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import { labStack, projectDir } from "../../lab/workspace";
import { eventually } from "./waiting";

/** A `pulumi up` that a test interrupts. */
export class InterruptibleUp {
  private readonly engine: ChildProcess;
  private readonly ended: Promise<number | undefined>;
  /** When it has ended and all that it printed is here. */
  private readonly closed: Promise<unknown>;
  private printed = "";

  constructor(configFile: string, variables: Readonly<Record<string, string>>) {
    const how = ["--yes", "--skip-preview", "--non-interactive", "--color", "never"];
    this.engine = spawn("pulumi", ["up", ...how, "--stack", labStack, "--config-file", configFile], {
      cwd: projectDir,
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.engine.stdout, this.engine.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.printed += chunk.toString();
      });
    }
    this.ended = new Promise((resolve) => this.engine.once("exit", (code) => resolve(code ?? undefined)));
    this.closed = new Promise((resolve) => this.engine.once("close", resolve));
  }

  /** All that it has printed so far. */
  get output(): string {
    return this.printed;
  }

  /** What it has started itself and still runs: language host and plugins, by process identifier. */
  get children(): ReadonlyMap<number, string> {
    return childrenOf(this.engine.pid ?? 0);
  }

  /** Waits until it has printed something like this. */
  async printedLike(pattern: RegExp, timeoutSeconds: number): Promise<void> {
    const look = (saw: (state: unknown) => void): Promise<true | undefined> => {
      saw(this.printed.split("\n").slice(-8));
      return Promise.resolve(pattern.test(this.printed) ? true : undefined);
    };
    const early = this.closed.then(() => {
      if (pattern.test(this.printed)) return;
      throw new Error(`pulumi up ended before it printed ${String(pattern)}:\n${this.printed}`);
    });
    const wait = { timeoutSeconds, intervalMilliseconds: 20 };
    await Promise.race([eventually(`pulumi up prints ${String(pattern)}`, look, wait), early]);
  }

  /** Sends a signal to the engine alone; what it has started is in process groups of its own. */
  signal(signal: "SIGKILL" | "SIGINT"): void {
    this.engine.kill(signal);
  }

  /** Waits for its end and returns the exit code; undefined when a signal ended it. */
  async end(): Promise<number | undefined> {
    return this.ended;
  }
}

/** The children of a process with their command lines, from `/proc`. */
function childrenOf(parent: number): ReadonlyMap<number, string> {
  const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.flatMap((pid) => {
      const status = readProc(pid, "status");
      if (!status.includes(`\nPPid:\t${parent}\n`)) return [];
      return [[Number(pid), readProc(pid, "cmdline").replace(/\0/g, " ").trim()] as const];
    }),
  );
}

/** Whether a process runs: one that has ended and whose parent hasn't noticed doesn't. */
export function isAliveProcess(pid: number): boolean {
  return /\nState:\t[^ZX]/.test(readProc(String(pid), "status"));
}

/** A file of a process; empty once it has ended. */
function readProc(pid: string, file: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
