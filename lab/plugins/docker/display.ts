import type { Progress } from "../framework/plugin";

/** Shows how a build goes, on its resource's row: enough to be followed, and never silent for long. */
export interface Display {
  /** A step began. */
  step(name: string): Promise<void>;
  /** The step printed something. Shown when the last line has been there for a while. */
  line(text: string): Promise<void>;
  /** Ends the heartbeat. */
  close(): void;
}

const lineMilliseconds = 1000;
const silenceMilliseconds = 8000;

/** Makes a {@link Display}. `now` counts milliseconds. */
export function buildDisplay(progress: Progress, now: () => number = Date.now): Display {
  let current = "";
  let began = now();
  let shownAt = 0;
  const show = (text: string): Promise<void> => {
    shownAt = now();
    return progress.status(text);
  };
  const heartbeat = setInterval(() => {
    if (now() - shownAt >= silenceMilliseconds) {
      void show(`${current}, ${Math.round((now() - began) / 1000)} s`);
    }
  }, silenceMilliseconds);
  return {
    step: (name) => {
      if (name === current) return Promise.resolve();
      current = name;
      began = now();
      return show(name);
    },
    line: (text) => (now() - shownAt < lineMilliseconds ? Promise.resolve() : show(text)),
    close: () => {
      clearInterval(heartbeat);
    },
  };
}
