import type { ActProgress } from "../../patroni/acts/actProgress";
import { memberStates } from "../../patroni/acts/memberStates";
import type { ClusterObservation } from "../../patroni/status/observation";
import { Deadline, until } from "../config/until";
import type { Progress } from "../progress";

/** An act that was begun. */
export interface BegunAct {
  readonly observe: () => Promise<ClusterObservation>;
  readonly judge: (observation: ClusterObservation) => ActProgress;
  readonly deadline: Deadline;
  readonly progress: Progress;
}

/** How an act ended. */
export interface ActEnd {
  readonly done: boolean;
  /** Lines for people. */
  readonly said: readonly string[];
}

/**
 * Looks until the act is over or its time is up; says what is waited for whenever that changes. An outage of Consul is
 * waited through.
 */
export async function awaitAct({ observe, judge, deadline, progress }: BegunAct): Promise<ActEnd> {
  let last: ClusterObservation | undefined;
  let awaited = "";
  const end = await until(deadline, async () => {
    last = await observe();
    const now = judge(last);
    if (now.kind !== "going on") return now;
    if (now.waitingFor !== awaited) progress.line(`waiting for ${now.waitingFor}`);
    awaited = now.waitingFor;
    progress.waitingFor(awaited);
    return undefined;
  });
  progress.waitingFor("");
  if (end?.kind === "done") return { done: true, said: [end.said] };
  const states = last === undefined ? ["  Consul hasn't answered"] : memberStates(last);
  const what = end?.said ?? `not so within ${deadline.seconds} s: still waiting for ${awaited || "Consul"}`;
  return { done: false, said: [what, ...states] };
}
