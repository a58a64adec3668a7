/** Why work was ended before it was done. */
export class EndedEarly extends Error {
  constructor(readonly why: "timeout" | "aborted") {
    super(why);
    this.name = "EndedEarly";
  }
}

/**
 * Does `work` with a signal that ends it at a deadline, or when `outer` ends. It is given up then, whether it heeds the
 * signal or not: a `fetch` of Node.js 20 whose signals come from `AbortSignal.any` and `AbortSignal.timeout`, which hold one
 * another weakly, was seen to be collected with its request, and nobody who waited for it ever heard of it again.
 *
 * Throws EndedEarly, and what `work` throws.
 */
export async function untilDeadline<T>(
  milliseconds: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (outer?.aborted === true) throw new EndedEarly("aborted");
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    const end = (why: EndedEarly["why"]): void => {
      reject(new EndedEarly(why));
      controller.abort();
    };
    timer = setTimeout(() => {
      end("timeout");
    }, milliseconds);
    onAbort = () => {
      end("aborted");
    };
    outer?.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", onAbort);
  }
}
