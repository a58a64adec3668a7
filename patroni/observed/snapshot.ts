import type { ScopeKeys } from "./consulKeys";
import {
  isAlive,
  type Allocation,
  type Deployment,
  type Evaluation,
  type JobState,
  type TaskEvent,
  type TaskState,
} from "./nomadState";
import type { NodeFit } from "./nodeFit";
import type { RestAnswer } from "./restStatus";

/** What is waited for, and what messages need to name it. */
export interface Expectation {
  /** The cluster's name as the operator knows it. */
  readonly cluster: string;
  readonly scope: string;
  /** Patroni's `namespace`: first part of every key in Consul. */
  readonly keyPrefix: string;
  /** Members, leader included. */
  readonly members: number;
  readonly jobId: string;
  /** The version that was just registered: nothing older can satisfy or fail the wait. */
  readonly jobVersion: number;
  /** Raft index of that registration; evaluations of an earlier one say nothing about it. */
  readonly jobModifyIndex: number;
  /** Whether the leader is a standby cluster's: it follows another cluster and answers `/standby-leader`. */
  readonly standby: boolean;
  readonly maxLagBytes: number;
  readonly consulAddress: string;
  readonly nomadAddress: string;
  readonly nomadNamespace: string;
  readonly nomadRegion: string;
  /** Mount and path of the KV v2 secret, for messages. */
  readonly vaultSecretPath: string;
  readonly timeoutSeconds: number;
}

/** How well Consul or Nomad can be reached. */
export interface Contact {
  /** Whether it has ever answered since the wait began. */
  readonly answered: boolean;
  /** Why the last request failed; undefined while all is well. */
  readonly problem:
    { readonly kind: "unreachable" | "refused" | "odd"; readonly message: string } | undefined;
}

/** The end of what a task wrote: standard output, then standard error, each oldest first. */
export interface TaskLog {
  readonly allocationId: string;
  readonly task: string;
  /**
   * What was written since the wait began. Only this is evidence: what stood there before may have been put
   * right since, by the very change that is waited for.
   */
  readonly lines: readonly string[];
  /** Whether the task had started by then: the first of these lines may end an attempt that began before. */
  readonly ranBefore: boolean;
  /** The last few hundred lines, whenever they were written. */
  readonly tail: readonly string[];
  /** How often the task had ended when this was read. */
  readonly deaths: number;
}

/** Everything known at one moment. I/O fills it in; `decide` judges it. */
export interface Snapshot {
  /** Since the wait began. */
  readonly elapsedMs: number;
  readonly consul: Contact;
  /** Undefined until Consul has answered. */
  readonly keys: ScopeKeys | undefined;
  readonly nomad: Contact;
  /** `absent`: Nomad doesn't know the job. Undefined until Nomad has answered. */
  readonly job: JobState | "absent" | undefined;
  readonly allocations: readonly Allocation[];
  /** Port of each allocation's REST API on its node, as far as it has been asked for, by allocation. */
  readonly apiPorts: ReadonlyMap<string, number>;
  readonly evaluations: readonly Evaluation[];
  readonly deployment: Deployment | undefined;
  /**
   * Time of the newest task event that an allocation already had when the wait began, by allocation. Older
   * events are no evidence, for the same reason as old log lines.
   */
  readonly oldEvents: ReadonlyMap<string, number>;
  readonly logs: readonly TaskLog[];
  /** What Nomad's clients logged about the templates' look-ups in Vault, oldest first. */
  readonly vaultLookups: readonly string[];
  /** Whether those logs can be read: then their silence means that the look-ups succeed. */
  readonly clientLogReadable: boolean;
  /** What each node lacks, once a placement has failed and they were looked at. */
  readonly nodes: readonly NodeFit[];
  /** Allocations of this job that still stop, of its earlier lives too; undefined until looked at, with `nodes`. */
  readonly stopping: number | undefined;
  /** Live answers by member name, from `GET /primary` on the leader and `GET /patroni` on replicas. */
  readonly rest: ReadonlyMap<string, RestAnswer>;
  /** For how long a fact, by its name, has been true without a break, in ms; 0 if it isn't. */
  readonly heldMs: (fact: string) => number;
}

/** Allocations that run the version waited for, or a later one, and are meant to. */
export function currentAllocations(
  expectation: Expectation,
  snapshot: Pick<Snapshot, "allocations">,
): readonly Allocation[] {
  return snapshot.allocations.filter(
    (allocation) =>
      allocation.jobVersion >= expectation.jobVersion && allocation.desired === "run" && isAlive(allocation),
  );
}

/** Allocations that must go before the cluster is the one asked for: of an older version, or being stopped. */
export function outgoingAllocations(
  expectation: Expectation,
  snapshot: Pick<Snapshot, "allocations">,
): readonly Allocation[] {
  return snapshot.allocations.filter(
    (allocation) =>
      isAlive(allocation) && (allocation.jobVersion < expectation.jobVersion || allocation.desired !== "run"),
  );
}

/** Every allocation of the version waited for, dead ones included: they tell why it fails. */
export function allocationsOfVersion(
  expectation: Expectation,
  snapshot: Pick<Snapshot, "allocations">,
): readonly Allocation[] {
  return snapshot.allocations.filter((allocation) => allocation.jobVersion >= expectation.jobVersion);
}

/** True when nothing of the version waited for runs; held for a while, it means that nothing will. */
export const nothingRuns = "nothing-runs";

/** After this long with nothing running, what happened before the wait began counts as evidence after all. */
const oldEvidenceAfterMs = 10_000;

/** A task's events since the wait began. */
export function newEvents(snapshot: Snapshot, allocation: Allocation, task: TaskState): readonly TaskEvent[] {
  if (snapshot.heldMs(nothingRuns) >= oldEvidenceAfterMs) return task.events;
  const old = snapshot.oldEvents.get(allocation.id) ?? 0;
  return task.events.filter(({ time }) => time > old);
}

/** How often a task has ended, as far as its history goes. */
export function deaths(task: TaskState): number {
  return Math.max(task.restarts, task.events.filter(({ type }) => type === "Terminated").length);
}
