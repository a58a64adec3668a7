import { hostname } from "node:os";
import { isSameProcess, observeProcess, type ProcessIdentity } from "../platform/processIdentity";

/** A process that owns something on disk, and the machine it runs on: a cache may be shared by several. */
export interface Owner extends ProcessIdentity {
  readonly host: string;
}

/** The process that asks. Throws where there is no /proc, so anywhere but on Linux. */
export function thisProcess(): Owner {
  const self = observeProcess(process.pid);
  if (self === undefined) throw new Error("/proc can't be read: the lab runs on Linux only");
  const { pid, startTicks, bootId, executable } = self;
  return { pid, startTicks, bootId, executable, host: hostname() };
}

/** Whether the owner still runs. Of another machine's processes nothing is known: they count as running. */
export function isRunning(owner: Owner): boolean {
  return owner.host !== hostname() || isSameProcess(owner, observeProcess(owner.pid));
}
