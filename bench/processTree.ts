import * as fs from "node:fs";

/** The most memory that a process and all below it held, in bytes of resident memory. */
export interface PeakMemory {
  /** The sum over all processes at one moment. Memory that they share counts for each. */
  readonly totalBytes: number;
  /** The largest single process at any moment. */
  readonly largestBytes: number;
  /** What that process was. */
  readonly largestName: string;
}

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly bytes: number;
  readonly name: string;
}

/** Watches the memory of a process and its descendants, as the kernel tells it in /proc, until it is stopped. */
export class ProcessTree {
  private peak: PeakMemory = { totalBytes: 0, largestBytes: 0, largestName: "" };
  private readonly timer: NodeJS.Timeout;

  /** @param everyMilliseconds between two looks */
  constructor(
    private readonly root: number,
    everyMilliseconds = 100,
  ) {
    this.timer = setInterval(() => {
      this.look();
    }, everyMilliseconds);
  }

  /** The peak until now. */
  stop(): PeakMemory {
    clearInterval(this.timer);
    return this.peak;
  }

  private look(): void {
    const all = processes();
    const below = new Set([this.root]);
    // A child may have a lower number than its parent once numbers have wrapped around.
    for (let grown = true; grown;) {
      const before = below.size;
      for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
      grown = below.size > before;
    }
    const tree = all.filter(({ pid }) => below.has(pid));
    const totalBytes = tree.reduce((sum, { bytes }) => sum + bytes, 0);
    this.peak = { ...this.peak, totalBytes: Math.max(totalBytes, this.peak.totalBytes) };
    for (const { bytes, name } of tree) {
      if (bytes > this.peak.largestBytes)
        this.peak = { ...this.peak, largestBytes: bytes, largestName: name };
    }
  }
}

function processes(): readonly Seen[] {
  return fs.readdirSync("/proc").flatMap((entry) => {
    const seen = /^\d+$/.test(entry) ? readProcess(Number(entry)) : undefined;
    return seen === undefined ? [] : [seen];
  });
}

/** A process that has ended meanwhile is undefined, and so is one that holds no memory. */
function readProcess(pid: number): Seen | undefined {
  let status: string;
  try {
    status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return undefined;
  }
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  const parent = /^PPid:\s+(\d+)/m.exec(status)?.[1];
  if (kilobytes === undefined || parent === undefined) return undefined;
  const name = /^Name:\s+(.*)$/m.exec(status)?.[1] ?? "";
  return { pid, parent: Number(parent), bytes: Number(kilobytes) * 1024, name };
}
