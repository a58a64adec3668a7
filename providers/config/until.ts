import { setTimeout as sleep } from "node:timers/promises";
import { HttpError } from "../http";

/** A moment by which something must be over. */
export class Deadline {
  private readonly at: number;

  constructor(readonly seconds: number) {
    this.at = Date.now() + seconds * 1000;
  }

  /** Seconds that are left, at least one, so that a last request has a chance. */
  get remainingSeconds(): number {
    return Math.max(1, (this.at - Date.now()) / 1000);
  }

  get passed(): boolean {
    return Date.now() >= this.at;
  }
}

/** How often members are looked at: often enough to lose no time, seldom enough to be no burden. */
const intervalMs = 400;

/**
 * Looks until `look` gives something other than undefined, and returns that; undefined at the deadline. A request
 * that failed means "not yet": a member or a Consul server that restarts answers again.
 */
export async function until<T>(
  deadline: Deadline,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (;;) {
    const found = await look().catch((error: unknown) => {
      if (error instanceof HttpError) return undefined;
      throw error;
    });
    if (found !== undefined || deadline.passed) return found;
    await sleep(intervalMs);
  }
}
