import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Reporter } from "../report";
import { UserError } from "../userError";
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
import type { Owner } from "./owner";

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
 * same one, one makes it while the others wait. Throws what `make` throws, {@link WayFailed} when `make` left
 * out a program, and a {@link UserError} when the cache can't be written.
 */
export async function ensureEntry(request: EntryRequest): Promise<EnsuredEntry> {
  const { cacheDir, key, programs, reporter } = request;
  const directory = entryDirectory(cacheDir, key);
  const onWait = ({ pid, host }: Owner): void => {
    reporter.say(`waiting for process ${pid} on ${host}, which is making ${key.tool}`);
  };
  try {
    return await withLock(toolDirectory(cacheDir, key.tool), { onWait, patienceMilliseconds }, async () => {
      const found = await readEntry(directory, programs);
      if (found.state === "good") return { entry: found.entry, madeNow: false };
      await makeEntry(request, directory);
      const made = await readEntry(directory, programs);
      if (made.state !== "good") throw new WayFailed("what was made changed while it was being put in place");
      return { entry: made.entry, madeNow: true };
    });
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (!["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR"].includes(code)) throw error;
    throw new UserError(
      `The tools can't be kept in ${cacheDir}: ${message}. Make that folder writable, or make room in it.`,
    );
  }
}

async function makeEntry({ cacheDir, key, programs, make }: EntryRequest, directory: string): Promise<void> {
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
}
