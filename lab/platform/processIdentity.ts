import { readFileSync, readlinkSync } from "node:fs";

/**
 * What tells one process from every other, over pid reuse and reboots. Linux hands pids out again, so a pid
 * alone may by now belong to somebody else.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in clock ticks since boot: field 22 of `/proc/PID/stat`. */
  readonly startTicks: string;
  /** `/proc/sys/kernel/random/boot_id` of the boot it started in. */
  readonly bootId: string;
  /** Absolute path of the program it runs; empty for a process of another user, where it can't be seen. */
  readonly executable: string;
}

/** What `/proc/PID/stat` tells of a process. */
interface ProcessStat {
  /** State letter of its first thread: `R` running, `S` sleeping, `T` stopped, `Z` dead but not yet reaped, … */
  readonly state: string;
  /** How many threads it has left, the first one included even when it is dead. */
  readonly threads: number;
  readonly startTicks: string;
}

/** A process as it is now. */
export interface ObservedProcess extends ProcessIdentity, ProcessStat {}

/** Whether `seen` is the very process that `recorded` describes, and still alive. */
export function isSameProcess(recorded: ProcessIdentity, seen: ObservedProcess | undefined): boolean {
  return (
    seen !== undefined &&
    seen.pid === recorded.pid &&
    seen.startTicks === recorded.startTicks &&
    seen.bootId === recorded.bootId &&
    // One that is ending has let go of its program, and not yet of its ports.
    (seen.executable === recorded.executable || seen.executable === "") &&
    !hasEnded(seen)
  );
}

/** What the text of `/proc/PID/stat` tells, or undefined when it has another shape. */
export function parseStat(text: string): ProcessStat | undefined {
  // The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const threads = Number(fields[17]);
  const startTicks = fields[19];
  return state === undefined || startTicks === undefined ? undefined : { state, threads, startTicks };
}

/** The process with this pid, or undefined when there is none. */
export function observeProcess(pid: number): ObservedProcess | undefined {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    if (stat === undefined) return undefined;
    return { pid, ...stat, bootId: currentBootId(), executable: executableOf(pid) };
  } catch {
    return undefined;
  }
}

/** Identifies the machine's current boot. */
function currentBootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function executableOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "");
  } catch {
    return "";
  }
}

/**
 * Whether a process has ended and given back all that it held. A killed one's first thread may be dead while others
 * still hold its ports and files.
 */
export function hasEnded({ state, threads }: Pick<ProcessStat, "state" | "threads">): boolean {
  return (state === "Z" || state === "X") && threads <= 1;
}
