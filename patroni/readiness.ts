import type { Cause, CauseFinder } from "./causes/cause";
import { nomadCommand } from "./operatorCommands";
import { causeInDeaths, causeInSetup, deathFacts } from "./causes/fromDeaths";
import { causeInImage, imageFacts } from "./causes/fromImage";
import { causeInInitializeKey, initializeLeftOver, isLeftOver } from "./causes/fromInitializeKey";
import { causeInLogs } from "./causes/fromLogs";
import { causeInPause, heldByPause, membersHeldByPause } from "./causes/fromPause";
import { blockedEvaluation, causeInPlacement, placementBlocked } from "./causes/fromPlacement";
import { causeInDeployment, causeInJob, causeInReach, reachFactsNow } from "./causes/fromReach";
import { causeInVault, vaultFacts } from "./causes/fromVault";
import { currentAllocations, nothingRuns, type Expectation, type Snapshot } from "./observed/snapshot";
import type { MemberPhase } from "./memberPhase";
import { progress } from "./progress";
import { readyCluster, type ReadyCluster } from "./readyCondition";

/**
 * When is a cluster ready? A pure decision from one snapshot of what Nomad, Consul and the members say; the
 * wait around it (`providers/leaderWait/`) fetches, calls `decide` after every change, and stops when it can.
 *
 * The usual course after Nomad has registered a new version of the job:
 *
 *   1. Nomad's evaluation places an allocation for each member, or stays blocked        -> placement
 *   2. each node sets its allocation up, reads the secret, pulls the image              -> setup, vault, image
 *   3. Patroni starts, gets a session from Consul, writes members/<name>                -> logs
 *   4. one member writes initialize, makes the database and takes the leader lock       -> initialize key, logs
 *   5. the others copy it and start streaming                                           -> logs, pause
 *   6. every replica streams on the leader's timeline within the lag                    -> ready
 *
 * In an update, Nomad does 1 to 6 for one member after the other, and the lock changes hands on the way.
 *
 * Ready, all of it at once, for the version of the job that was just registered:
 *
 *   - Nomad runs exactly the expected number of allocations of that version; none of an older version, and none
 *     that is being stopped, is left alive;
 *   - the leader lock in Consul is held by a session, and by one of these allocations' members;
 *   - every allocation's member has its own entry in Consul, which points at that allocation's port;
 *   - the leader answers GET /primary (standby cluster: /standby-leader) with 200, and sees every replica stream;
 *   - every replica answers that it runs and streams, on the leader's timeline, within the lag limit.
 *
 * Failed, before the deadline, only for a cause that is certain; each finder's comment says when it is. What
 * may pass by itself is waited out: one restart, a volume whose last user still stops, an evaluation blocked
 * while old allocations go, Consul or Nomad away for a while, a member that waits for a leader. What an older
 * version does neither satisfies nor fails the wait, and what happened before the wait began is no evidence:
 * `pulumi up` may just have put it right.
 *
 * The deadline always fails; there is no success by timeout.
 */
export type Verdict =
  | { readonly kind: "ready"; readonly cluster: ReadyCluster }
  | {
      readonly kind: "waiting";
      /** What is being waited for, in one line without the cluster's name. */
      readonly line: string;
      readonly done: number;
      readonly members: readonly MemberPhase[];
    }
  | {
      readonly kind: "failed";
      readonly cause: Cause;
      readonly members: readonly MemberPhase[];
    };

/** The first that is certain names the failure: the nearer to the root, the earlier it stands. */
const finders: readonly CauseFinder[] = [
  causeInReach,
  causeInJob,
  causeInSetup,
  causeInVault,
  causeInImage,
  causeInLogs,
  causeInPause,
  causeInInitializeKey,
  causeInPlacement,
  causeInDeaths,
  causeInDeployment,
];

/** Judges a snapshot. */
export function decide(expectation: Expectation, snapshot: Snapshot): Verdict {
  const cluster = readyCluster(expectation, snapshot);
  if (cluster !== undefined) return { kind: "ready", cluster };
  const { line, done, members } = progress(expectation, snapshot);
  for (const find of finders) {
    const cause = find({ expectation, snapshot });
    if (cause !== undefined) return { kind: "failed", cause, members };
  }
  if (snapshot.elapsedMs < expectation.timeoutSeconds * 1000) return { kind: "waiting", line, done, members };
  return { kind: "failed", cause: deadline(expectation, line, done), members };
}

function deadline(expectation: Expectation, line: string, done: number): Cause {
  const { members, timeoutSeconds, jobId } = expectation;
  return {
    code: "deadline",
    headline: `not ready after ${timeoutSeconds} s, ${done} of ${members} members are: ${line}`,
    details: [],
    nextCommand: `See what the members do (${nomadCommand(expectation, "job status", jobId)}); pulumi up waits again`,
  };
}

/** Since when each fact has been true without a break, in ms of the wait's own clock. */
export type Timers = ReadonlyMap<string, number>;

/**
 * Carries the timers on: facts that still hold keep their time, new ones start now, the others are dropped. A
 * fact is something that only counts once it has lasted.
 */
export function advanceTimers(expectation: Expectation, timers: Timers, snapshot: Snapshot): Timers {
  const facts = [
    ...reachFactsNow(snapshot),
    ...vaultFacts(expectation, snapshot),
    ...imageFacts(expectation, snapshot),
    ...deathFacts(expectation, snapshot),
    ...(membersHeldByPause(expectation, snapshot).length > 0 ? [heldByPause] : []),
    ...(isLeftOver(expectation, snapshot) ? [initializeLeftOver] : []),
    ...(blockedEvaluation(expectation, snapshot) === undefined ? [] : [placementBlocked]),
    ...(snapshot.nomad.answered && currentAllocations(expectation, snapshot).length === 0
      ? [nothingRuns]
      : []),
  ];
  return new Map(facts.map((fact) => [fact, timers.get(fact) ?? snapshot.elapsedMs]));
}

/** How long each fact has held, for a snapshot taken at `elapsedMs`. */
export function heldMs(timers: Timers, elapsedMs: number): Snapshot["heldMs"] {
  return (fact) => {
    const since = timers.get(fact);
    return since === undefined ? 0 : elapsedMs - since;
  };
}
