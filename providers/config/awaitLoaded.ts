import { expectedRestarts } from "../../patroni/configChange";
import type { ConfigDocument } from "../../patroni/configDocument";
import {
  hasLoaded,
  notAsked,
  withAnswer,
  type LoadExpectation,
  type LoadProgress,
} from "../../patroni/configLoaded";
import { isPaused } from "../../patroni/pause";
import { ProviderFailure } from "../failure";
import type { Progress } from "../progress";
import { listNames } from "./describe";
import { loopWaitOf } from "./loopWait";
import type { ConfigInputs } from "./model";
import {
  describeMembers,
  leaderStatus,
  mayRun,
  observeMembers,
  type ObservedMember,
  type ObservedMembers,
} from "./observeMembers";
import { Deadline, until } from "./until";

/** What is known when the wait begins. */
export interface LoadWait {
  readonly inputs: ConfigInputs;
  /** What the members had until now; undefined if that isn't known, or if it was this document already. */
  readonly before: ConfigDocument | undefined;
  readonly after: ConfigDocument;
  /** What is to stand in Consul, given what stands there: `after`, unless somebody else changes it meanwhile. */
  readonly wanted: (standing: ConfigDocument | undefined) => ConfigDocument;
  readonly deadline: Deadline;
  readonly progress: Progress;
}

/**
 * Waits until every member that runs has loaded the configuration that was just written, and returns the members
 * as they were then. Throws a ProviderFailure at the deadline.
 */
export async function awaitLoaded(wait: LoadWait): Promise<ObservedMembers> {
  const { inputs, before, after, deadline, progress } = wait;
  const since = Date.now();
  const known = new Map<string, LoadProgress>();
  const restarts = before === undefined ? [] : expectedRestarts(before, after);
  let last: ObservedMembers | undefined;
  const found = await until(deadline, async () => {
    last = await observeMembers(inputs);
    const expectation = {
      elapsedMs: Date.now() - since,
      loopWaitSeconds: loopWaitOf(before ?? after),
      paused: isPaused(after),
      restarts,
    };
    const waiting = last.list.filter((member) => mayRun(member) && !isLoaded(known, member, expectation));
    progress.waitingFor(waitedFor(last, waiting));
    return leaderStatus(last) !== undefined && waiting.length === 0 ? last : undefined;
  });
  progress.waitingFor("");
  if (found === undefined) throw notLoaded(inputs, last);
  const loaded = found.list.filter(mayRun).map(({ name }) => name);
  const others = found.list.filter((member) => !mayRun(member)).map(({ name }) => name);
  const later = others.length === 0 ? "" : `; ${listNames(others)} will when PostgreSQL runs there`;
  progress.line(`configuration: loaded by ${listNames(loaded)}${later}`);
  return found;
}

function isLoaded(
  known: Map<string, LoadProgress>,
  { name, answer }: ObservedMember,
  expectation: LoadExpectation,
): boolean {
  if (typeof answer === "string") return false;
  const progress = withAnswer(known.get(name) ?? notAsked, answer);
  known.set(name, progress);
  return hasLoaded(progress, answer, expectation);
}

function waitedFor({ leader }: ObservedMembers, waiting: readonly ObservedMember[]): string {
  if (leader === undefined) return "a leader";
  const silent = waiting.filter(({ answer }) => typeof answer === "string").map(({ name }) => name);
  const names = listNames(waiting.map(({ name }) => name));
  const note = silent.length === 0 ? "" : `; ${listNames(silent)} can't be asked over REST`;
  return `${names} to load the configuration${note}`;
}

function notLoaded(inputs: ConfigInputs, last: ObservedMembers | undefined): ProviderFailure {
  return new ProviderFailure(
    `the configuration is in Consul, but not every member has loaded it within ${inputs.timeoutSeconds} s`,
    [
      ...(last === undefined ? ["Consul didn't answer"] : describeMembers(last)),
      ...(last?.leader === undefined ? ["no member holds the leader lock"] : []),
      "a member's REST API must be reachable from here; pulumi up looks again",
    ],
  );
}
