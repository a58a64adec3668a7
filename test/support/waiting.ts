/** How long to wait for a condition, and how often to look. */
export interface WaitOptions {
  readonly timeoutSeconds: number;
  readonly intervalMilliseconds?: number;
}

/**
 * Looks until `look` returns something other than undefined, and returns that. What `look` throws means
 * "not yet". At the deadline it fails with what was last seen.
 */
export async function eventually<T>(
  what: string,
  look: (saw: (state: unknown) => void) => Promise<T | undefined>,
  { timeoutSeconds, intervalMilliseconds = 200 }: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  let last: unknown = "nothing";
  for (;;) {
    try {
      const found = await look((state) => {
        last = state;
      });
      if (found !== undefined) return found;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${timeoutSeconds} s; last seen: ${JSON.stringify(last)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMilliseconds));
  }
}
