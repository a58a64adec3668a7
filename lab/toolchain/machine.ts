import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runCommand, type RunCommand } from "./command";

/** Everything that the toolchain asks of the machine it runs on, so that tests can put another in its place. */
export interface Machine {
  /** As Node.js names it: `x64`, `arm64`. */
  readonly architecture: string;
  readonly isRoot: boolean;
  readonly run: RunCommand;
  /** The absolute path of a program, looked for as a shell would, and where administrators' programs are. */
  find(program: string): string | undefined;
  /** The text of a file of the kernel's, undefined when there is none or it may not be read. */
  readText(path: string): string | undefined;
  /** Whether anything answers at this address, over the network as it is. Remembered for the whole run. */
  reaches(origin: string): Promise<boolean>;
}

/** How long an address may take to answer, in milliseconds. */
const probeMilliseconds = 15_000;

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  const probes = new Map<string, Promise<boolean>>();
  return {
    architecture: process.arch,
    isRoot: process.getuid?.() === 0,
    run: runCommand,
    find: findProgram,
    readText: (path) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return undefined;
      }
    },
    reaches: (origin) => {
      const probe = probes.get(origin) ?? answers(origin);
      probes.set(origin, probe);
      return probe;
    },
  };
}

// Behind a proxy that only tools with their own settings use, a probe from here would say nothing of theirs.
const proxyVariables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

async function answers(origin: string): Promise<boolean> {
  if (proxyVariables.some((name) => (process.env[name] ?? "") !== "")) return true;
  try {
    await fetch(origin, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(probeMilliseconds),
    });
    return true;
  } catch {
    return false;
  }
}

// An ordinary user's PATH often lacks these, yet dockerd and its like are there.
const administrators = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/go/bin"];

function findProgram(program: string): string | undefined {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), ...administrators];
  return directories
    .filter((directory) => directory.startsWith("/"))
    .map((directory) => join(directory, program))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
