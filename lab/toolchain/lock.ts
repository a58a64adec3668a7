import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../userError";
import { isRunning, thisProcess, type Owner } from "./owner";

// A lock is a file `lock.N` that names its owner. The highest N counts, and it is never deleted, only
// followed by N+1: taken while its owner runs and has not released it. Taking the lock is making the next
// file with link(2), which only one process can do, so that two who find the same dead owner can't both get
// its lock, nor can one of them remove what the other has just taken.

/** How to wait for a lock. */
export interface LockOptions {
  /** Is told, once for each, whom it is waiting for. */
  readonly onWait?: (owner: Owner) => void;
  /** How long to wait for another process, in milliseconds. */
  readonly patienceMilliseconds: number;
}

interface Claim {
  readonly owner: Owner;
  readonly released: boolean;
}

/**
 * Runs `work` while no other process runs work under the same `directory`'s lock. The lock of a process
 * that died is taken over. Throws a {@link UserError} when another process holds it for longer than
 * `patienceMilliseconds`, and whatever `work` throws.
 */
export async function withLock<T>(
  directory: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(directory, { recursive: true });
  const mine = await take(directory, options);
  try {
    return await work();
  } finally {
    await writeClaim(directory, (temporary) => rename(temporary, mine), true);
  }
}

async function take(directory: string, options: LockOptions): Promise<string> {
  const giveUp = Date.now() + options.patienceMilliseconds;
  let waitingFor = "";
  for (;;) {
    const last = await highest(directory);
    const holder = last === 0 ? undefined : await holderOf(file(directory, last));
    if (holder === undefined) {
      const mine = await tryTake(directory, last + 1);
      if (mine !== undefined) return mine;
      continue;
    }
    const name = `process ${holder.pid} on ${holder.host}`;
    if (name !== waitingFor) options.onWait?.(holder);
    waitingFor = name;
    if (Date.now() > giveUp) {
      throw new UserError(
        `${name} still holds ${file(directory, last)}. Wait until it is done, or end it; ` +
          `if it is known to be gone, delete that file.`,
      );
    }
    await delay(200);
  }
}

async function tryTake(directory: string, number: number): Promise<string | undefined> {
  const mine = file(directory, number);
  try {
    await writeClaim(directory, (temporary) => link(temporary, mine), false);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
  const numbers = await claims(directory);
  // A number below the highest is free again once its file was tidied away: that is not the lock.
  if (numbers.some((other) => other > number)) {
    await rm(mine, { force: true });
    return undefined;
  }
  for (const old of numbers.filter((other) => other < number))
    await rm(file(directory, old), { force: true });
  return mine;
}

/** Who holds this lock file now; undefined when nobody does any more. */
async function holderOf(path: string): Promise<Owner | undefined> {
  try {
    const claim = JSON.parse(await readFile(path, "utf8")) as Claim;
    return !claim.released && isRunning(claim.owner) ? claim.owner : undefined;
  } catch {
    // Tidied away by a later owner: look again. It is written whole before it gets its name.
    return undefined;
  }
}

async function writeClaim(
  directory: string,
  place: (temporary: string) => Promise<void>,
  released: boolean,
): Promise<void> {
  const temporary = join(directory, `.claim-${randomUUID()}`);
  const claim: Claim = { owner: thisProcess(), released };
  await writeFile(temporary, JSON.stringify(claim));
  try {
    await place(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}

function file(directory: string, number: number): string {
  return join(directory, `lock.${number}`);
}

async function claims(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names.flatMap((name) => /^lock\.(\d+)$/.exec(name)?.[1] ?? []).map(Number);
}

async function highest(directory: string): Promise<number> {
  return Math.max(0, ...(await claims(directory)));
}
