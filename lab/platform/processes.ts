import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { UserError } from "../userError";
import type { Engine } from "./engine";
import { removePrivileged, signalPrivileged, startPrivileged, type ContainerRef } from "./privileged";
import { isSameProcess, observeProcess, type ObservedProcess, type ProcessIdentity } from "./processIdentity";
import { DeadlineError, holds, notYet, waitUntil } from "./waiting";

/** A process, and how to send it a signal where this user may not. */
export interface SignalTarget extends ProcessIdentity {
  /** The container it is the first process of. */
  readonly container?: ContainerRef | undefined;
}

/** What the lab remembers of a process that it started. */
export interface ProcessRecord extends SignalTarget {
  /** Fingerprint of how it was started; another one means that it runs with an outdated configuration. */
  readonly launchedWith: string;
}

/** How to start a process. */
export interface ProcessLaunch {
  readonly executable: string;
  readonly args: readonly string[];
  /** Added to a small environment of the lab's own; nothing else is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly recordFile: string;
  /** Value of {@link tagVariable} in its environment, and in that of every helper process it starts. */
  readonly tag: string;
  readonly launchedWith: string;
  /** The engine through which it gets root's rights, where this process doesn't have them itself. */
  readonly privilegedBy?: Engine | undefined;
}

/** Environment variable by which a process of a lab is known even where its record was lost. */
const tagVariable = "NOMAD_POSTGRES_LAB_PART";

// What agents read of the user's environment (AWS_CA_BUNDLE, CONSUL_HTTP_ADDR, VAULT_TOKEN, …) would change
// what they do; Nomad's cloud fingerprint even stops the agent on AWS_CA_BUNDLE.
const inheritedVariables = ["PATH", "HOME", "USER", "LANG", "TMPDIR"] as const;

const recordSchema = z.object({
  pid: z.number().int().positive(),
  startTicks: z.string(),
  bootId: z.string(),
  executable: z.string(),
  launchedWith: z.string(),
  container: z.object({ host: z.string(), name: z.string() }).optional(),
});

/** The identity of a process that ended before it could be looked at: no live one has it. */
const ended = { startTicks: "", bootId: "", executable: "" };

/**
 * Starts a process that outlives this one, its output in its log, and writes its record. It may have ended by then.
 * @throws {UserError} when the program can't be run.
 */
export async function launchProcess(launch: ProcessLaunch): Promise<ProcessRecord> {
  const env = { ...inherited(), ...launch.env, [tagVariable]: launch.tag };
  const log = freshLog(launch.logFile);
  try {
    const { privilegedBy } = launch;
    const started =
      privilegedBy === undefined
        ? { pid: await spawnDetached(launch, env, log) }
        : await startInContainer(launch, env, privilegedBy);
    const { startTicks, bootId, executable } = observeProcess(started.pid) ?? ended;
    const record = { ...started, startTicks, bootId, executable, launchedWith: launch.launchedWith };
    writeRecord(launch.recordFile, record);
    return record;
  } finally {
    closeSync(log);
  }
}

async function spawnDetached(
  launch: ProcessLaunch,
  env: Readonly<Record<string, string>>,
  log: number,
): Promise<number> {
  const child = spawn(launch.executable, launch.args, { detached: true, stdio: ["ignore", log, log], env });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once("spawn", () => {
      resolve(child.pid ?? 0);
    });
    child.once("error", (error) => {
      reject(new UserError(`${launch.executable} can't be run: ${error.message}.`));
    });
  });
  child.unref();
  return pid;
}

async function startInContainer(
  launch: ProcessLaunch,
  env: Readonly<Record<string, string>>,
  engine: Engine,
): Promise<{ readonly pid: number; readonly container: ContainerRef }> {
  const name = `nomad-postgres-lab-${createHash("sha256").update(launch.tag).digest("hex").slice(0, 12)}`;
  const command = [launch.executable, ...launch.args];
  const pid = await startPrivileged(engine, {
    name,
    label: launch.tag,
    command,
    env,
    logFile: launch.logFile,
  });
  return { pid, container: { host: engine.host, name } };
}

/** The record in a file, or undefined when there is none that can be read. */
export function readRecord(path: string): ProcessRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** The process of a record if it is alive and the very same; undefined otherwise. */
export function liveProcess(record: ProcessIdentity | undefined): ObservedProcess | undefined {
  if (record === undefined) return undefined;
  const seen = observeProcess(record.pid);
  return isSameProcess(record, seen) ? seen : undefined;
}

/** Live processes whose environment carries a tag that `isOurs` accepts. */
export function taggedProcesses(isOurs: (tag: string) => boolean): readonly ObservedProcess[] {
  const prefix = `${tagVariable}=`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const tag = environmentOf(name).find((entry) => entry.startsWith(prefix));
      const seen =
        tag !== undefined && isOurs(tag.slice(prefix.length)) ? observeProcess(Number(name)) : undefined;
      return seen === undefined ? [] : [seen];
    });
}

/** Sends a signal to a process, but only if it is still the very same. Whether it was sent. */
export async function signalProcess(target: SignalTarget, signal: NodeJS.Signals): Promise<boolean> {
  if (liveProcess(target) === undefined) return false;
  if (target.container !== undefined) {
    await signalPrivileged(target.container, signal);
    return true;
  }
  try {
    process.kill(target.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/**
 * Ends a process: SIGTERM, then SIGKILL once the grace is over.
 * @throws {UserError} when it is still there 10 s after SIGKILL.
 */
export async function stopProcess(target: SignalTarget, graceSeconds: number): Promise<void> {
  const gone = async (withinSeconds: number): Promise<boolean> =>
    waitUntil(
      () => Promise.resolve(liveProcess(target) === undefined ? holds : notYet(`pid ${target.pid} is alive`)),
      { withinSeconds, everyMilliseconds: 20 },
    ).then(
      () => true,
      (error: unknown) => {
        if (error instanceof DeadlineError) return false;
        throw error;
      },
    );
  const ended = !(await signalProcess(target, "SIGTERM")) || (await gone(graceSeconds));
  if (!ended) await signalProcess(target, "SIGKILL");
  if (!ended && !(await gone(10))) {
    throw new UserError(`Process ${target.pid} (${target.executable}) can't be ended, not even by SIGKILL.`);
  }
  if (target.container !== undefined) await removePrivileged(target.container);
}

/** An empty log, the one of the last run kept beside it: what goes wrong now is not mixed with what went wrong then. */
function freshLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) renameSync(path, `${path}.previous`);
  return openSync(path, "a", 0o600);
}

function writeRecord(path: string, record: ProcessRecord): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** Forgets a process. */
export function removeRecord(path: string): void {
  rmSync(path, { force: true });
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function inherited(): Record<string, string> {
  const entries = inheritedVariables.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
