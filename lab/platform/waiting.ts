import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../userError";

/** What one look at a condition found: it holds, or what was seen instead. */
export type Look = { readonly ok: true } | { readonly ok: false; readonly seen: string };

/** The condition holds. */
export const holds: Look = { ok: true };

/** The condition doesn't hold; `seen` completes the sentence "… was not ready: …". */
export function notYet(seen: string): Look {
  return { ok: false, seen };
}

/** A condition did not come true before its deadline. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
  constructor(
    /** What the last look saw. */
    readonly lastSeen: string,
    readonly withinSeconds: number,
  ) {
    super(`not ready after ${withinSeconds} s: ${lastSeen}`);
  }
}

/**
 * Looks again and again until the condition holds. A look that throws counts as "not yet", with its message.
 * @throws {DeadlineError} when it never held within `withinSeconds`.
 * @throws {UserError} as soon as a look throws one: what a person must mend doesn't come true by waiting.
 */
export async function waitUntil(
  look: () => Promise<Look>,
  options: {
    readonly withinSeconds: number;
    /** Told what was seen, whenever it changed. */
    readonly note?: (seen: string) => void;
    readonly everyMilliseconds?: number;
  },
): Promise<void> {
  const deadline = Date.now() + options.withinSeconds * 1000;
  let lastSeen = "";
  for (;;) {
    const found = await lookQuietly(look);
    if (found.ok) return;
    if (found.seen !== lastSeen) options.note?.(found.seen);
    lastSeen = found.seen;
    if (Date.now() >= deadline) throw new DeadlineError(lastSeen, options.withinSeconds);
    await pause(options.everyMilliseconds ?? 50);
  }
}

/** One look; one that throws counts as "not yet", unless it throws a {@link UserError}. */
export async function lookQuietly(look: () => Promise<Look>): Promise<Look> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof UserError) throw error;
    return notYet(messageOf(error));
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The work's outcome; where it fails, a {@link UserError} that begins with `headline`. */
export async function orUserError<T>(headline: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof UserError) throw error;
    throw new UserError(`${headline}: ${messageOf(error)}.`);
  });
}
