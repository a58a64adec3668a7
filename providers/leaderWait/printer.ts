import type { Verdict } from "../../patroni/readiness";

/** Silence is never longer than this. */
const heartbeatMs = 10_000;

/** Changes that follow each other faster are told as one, so that what lasts a moment makes no noise. */
const shortestMs = 500;

/** Prints a wait's progress. */
export interface Printer {
  readonly show: (verdict: Verdict) => void;
}

/**
 * Prints a line when something has changed, and one every 10 s when nothing has. A line that differs only in a
 * quantity, such as a lag, waits for the next heartbeat. `[acme 2/3]` says how many members are done.
 */
export function makePrinter(
  { cluster, members, timeoutSeconds }: { cluster: string; members: number; timeoutSeconds: number },
  elapsedMs: () => number,
  print: (line: string) => void,
): Printer {
  let shown = "";
  let shownAt = -Infinity;
  const say = (done: number, line: string) => {
    print(`[${cluster} ${done}/${members}] ${line}`);
    shownAt = elapsedMs();
  };
  return {
    show: (verdict) => {
      const seconds = Math.round(elapsedMs() / 1000);
      switch (verdict.kind) {
        case "ready":
          say(members, `ready after ${seconds} s, ${verdict.cluster.leader.name} leads`);
          return;
        case "failed":
          return;
        case "waiting": {
          const key = `${verdict.done} ${verdict.line.replace(/\d+(?= (kB|MB|s)\b)/g, "#")}`;
          const age = elapsedMs() - shownAt;
          if (age < shortestMs || (key === shown && age < heartbeatMs)) return;
          say(
            verdict.done,
            key === shown ? `${verdict.line} (${seconds} s of ${timeoutSeconds} s)` : verdict.line,
          );
          shown = key;
        }
      }
    },
  };
}
