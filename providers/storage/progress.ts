/** Lines that an operator sees while a resource works, each with the cluster's name in front. */
export interface Progress {
  /** Prints a line: something changed. */
  readonly line: (text: string) => void;
  /** Says what is being waited for, for the heartbeat. */
  readonly waitingFor: (text: string) => void;
}

const heartbeatSeconds = 10;

/** Runs `work` and never lets it be silent for more than 10 s. */
export async function withProgress<T>(cluster: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  const started = Date.now();
  let printed = started;
  let waiting = "";
  const print = (text: string) => {
    printed = Date.now();
    console.log(`[${cluster}] ${text}`);
  };
  const beat = setInterval(() => {
    // A little early, so that the tick that would be late never is.
    if (waiting === "" || Date.now() - printed < (heartbeatSeconds - 1) * 1000) return;
    print(`still waiting for ${waiting} (${Math.round((Date.now() - started) / 1000)} s)`);
  }, 500);
  try {
    return await work({
      line: print,
      waitingFor: (text) => {
        waiting = text;
      },
    });
  } finally {
    clearInterval(beat);
  }
}
