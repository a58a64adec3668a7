import { setMaxListeners } from "node:events";
import { performance } from "node:perf_hooks";
import type { Expectation } from "../../patroni/observed/snapshot";
import { decide, type Verdict } from "../../patroni/readiness";
import { Observations } from "./observations";
import { makePrinter } from "./printer";
import { watchConsul } from "./watchConsul";
import { watchLogs } from "./watchLogs";
import { watchMembers } from "./watchMembers";
import { watchNomad } from "./watchNomad";
import { watchVaultLookups } from "./watchVaultLookups";

/** How a wait ends. */
export type Outcome = Exclude<Verdict, { readonly kind: "waiting" }>;

/** How often the verdict is looked at again when nothing changes: facts ripen, and the deadline comes. */
const tickMs = 250;

/**
 * Follows Consul, Nomad and the members side by side until the cluster is ready, can't become so, or the
 * expectation's deadline has passed. Prints through `print`. Throws only for a bug.
 */
export async function waitForCluster(
  expectation: Expectation,
  print: (line: string) => void,
): Promise<Outcome> {
  const started = performance.now();
  const elapsedMs = () => performance.now() - started;
  const observations = new Observations(expectation, elapsedMs);
  const printer = makePrinter(expectation, elapsedMs, print);
  const controller = new AbortController();
  const { signal } = controller;
  // All that is asked and waited for at one time ends with it: more than the ten listeners that Node.js takes for a leak.
  setMaxListeners(0, signal);
  const watches = Promise.all(
    [watchConsul, watchNomad, watchMembers, watchLogs, watchVaultLookups].map((watch) =>
      watch(observations, signal),
    ),
  );
  // A watch that fails has met a bug, which ends the wait.
  const bug = new Promise<never>((_resolve, reject) => {
    watches.catch(reject);
  });
  try {
    return await Promise.race([judge(observations, printer.show), bug]);
  } finally {
    controller.abort();
    await watches.catch(() => undefined);
  }
}

async function judge(observations: Observations, show: (verdict: Verdict) => void): Promise<Outcome> {
  for (;;) {
    const verdict = decide(observations.expectation, observations.snapshot());
    show(verdict);
    if (verdict.kind !== "waiting") return verdict;
    await observations.nextChange(tickMs);
  }
}
