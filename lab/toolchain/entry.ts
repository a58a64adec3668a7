import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Reporter } from "../report";
import {
  entryDirectory,
  makeStaging,
  publish,
  readEntry,
  removeLeftovers,
  toolDirectory,
  type Entry,
  type Key,
} from "./cache";
import { withLock } from "./lock";
import { WayFailed } from "./making";

/** How long to wait for another process that makes the same tool: more than any build takes. */
const patienceMilliseconds = 60 * 60_000;

/** An entry, and whether it was there already. */
export interface EnsuredEntry {
  readonly entry: Entry;
  readonly madeNow: boolean;
}

/** What to make, and how. */
export interface EntryRequest {
  readonly cacheDir: string;
  readonly key: Key;
  readonly programs: readonly string[];
  readonly reporter: Reporter;
  /**
   * Leaves the programs in `staging/bin`. Whatever it throws, or a process that dies in it, leaves the cache
   * as it was.
   */
  readonly make: (staging: string) => Promise<void>;
}

/**
 * Returns the entry, and makes it first where it is missing or damaged. Of several processes that want the
 * same one, one makes it while the others wait. Throws what `make` throws, and {@link WayFailed} when `make`
 * left out a program.
 */
export async function ensureEntry(request: EntryRequest): Promise<EnsuredEntry> {
  const { cacheDir, key, programs, reporter, make } = request;
  const directory = entryDirectory(cacheDir, key);
  const onWait = ({ pid, host }: { pid: number; host: string }): void => {
    reporter.say(`waiting for process ${pid} on ${host}, which is making ${key.tool}`);
  };
  return withLock(toolDirectory(cacheDir, key.tool), { onWait, patienceMilliseconds }, async () => {
    const found = await readEntry(directory, programs);
    if (found.state === "good") return { entry: found.entry, madeNow: false };
    await removeLeftovers(cacheDir, key.tool);
    const staging = await makeStaging(cacheDir, key.tool);
    try {
      await make(staging);
      const made = await readdir(join(staging, "bin"));
      const absent = programs.filter((program) => !made.includes(program));
      if (absent.length > 0) throw new WayFailed(`it brought no ${absent.join(", ")}`);
      await publish(staging, directory, key.version);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
    const made = await readEntry(directory, programs);
    if (made.state !== "good") throw new WayFailed("what was made changed while it was being put in place");
    return { entry: made.entry, madeNow: true };
  });
}
