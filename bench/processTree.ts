import * as fs from "node:fs";

/** What a process and all below it took. */
export interface TreeUse {
  /** Processor time of all of them. */
  readonly cpuMilliseconds: number;
  /** The most resident memory at one moment, of all processes together. What they share counts for each. */
  readonly totalBytes: number;
  /** The most that a single process had at any moment. */
  readonly largestBytes: number;
  /** What that process was. */
  readonly largestName: string;
}

/** What the kernel counts processor time in for programs, whatever its own timer does: USER_HZ is 100. */
const millisecondsPerTick = 10;

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly bytes: number;
  readonly cpuMilliseconds: number;
  readonly name: string;
}

/** Watches a process and its descendants, as the kernel shows them in /proc, until it is stopped. */
export class ProcessTree {
  private peak = { totalBytes: 0, largestBytes: 0, largestName: "" };
  private readonly cpu = new Map<number, number>();
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

  /** What they took until now. */
  stop(): TreeUse {
    clearInterval(this.timer);
    return { ...this.peak, cpuMilliseconds: [...this.cpu.values()].reduce((sum, each) => sum + each, 0) };
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
    for (const { pid, bytes, name, cpuMilliseconds } of tree) {
      this.cpu.set(pid, cpuMilliseconds);
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

/** A process that has ended meanwhile is undefined, and so is one that holds no memory. proc(5) has the format. */
function readProcess(pid: number): Seen | undefined {
  let status: string;
  let stat: string;
  try {
    status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  const name = /^Name:\s+(.*)$/m.exec(status)?.[1] ?? "";
  // The name stands in parentheses and may hold anything; the state is the first field behind it.
  const behindName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [parent, userTicks, systemTicks] = [behindName[1], behindName[11], behindName[12]].map(Number);
  if (kilobytes === undefined || parent === undefined) return undefined;
  const cpuMilliseconds = ((userTicks ?? 0) + (systemTicks ?? 0)) * millisecondsPerTick;
  return { pid, parent, bytes: Number(kilobytes) * 1024, cpuMilliseconds, name };
}
