/** What an operator reads while a resource works, each line with the cluster's name in front. */
export interface Progress {
  /** Prints a line: something has changed. */
  readonly line: (text: string) => void;
  /** What is being waited for from now on; empty for nothing. A heartbeat repeats it. */
  readonly waitingFor: (text: string) => void;
}

/** Nobody waits longer than this for a sign of life. */
const longestSilenceMs = 10_000;

/** How often to look whether a heartbeat is due; together with the look itself it stays within the silence. */
const lookMs = 500;

/** Runs `work`. While it says what it waits for, a line is printed at least every 10 s. */
export async function withProgress<T>(
  cluster: string,
  work: (progress: Progress) => Promise<T>,
  print: (line: string) => void = console.log,
): Promise<T> {
  const startedAt = Date.now();
  let lastAt = startedAt;
  let awaited = "";
  const line = (text: string) => {
    lastAt = Date.now();
    print(`[${cluster}] ${text}`);
  };
  const heartbeat = setInterval(() => {
    if (awaited === "" || Date.now() - lastAt < longestSilenceMs - 2 * lookMs) return;
    line(`still waiting for ${awaited} (${Math.round((Date.now() - startedAt) / 1000)} s)`);
  }, lookMs);
  const waitingFor = (text: string) => {
    awaited = text;
  };
  try {
    return await work({ line, waitingFor });
  } finally {
    clearInterval(heartbeat);
  }
}
