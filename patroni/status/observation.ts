import type { Allocation, JobState } from "../observed/nomadState";
import { parseJobState } from "../observed/nomadState";
import { elements, fields, text } from "../observed/json";
import type { RestAnswer } from "../observed/restStatus";
import type { ClusterKeys } from "./clusterKeys";
import type { LiveMember } from "./liveMember";

/** What the config asks for. */
export interface WantedCluster {
  readonly name: string;
  readonly members: number;
  /** Beyond it Patroni lets no replica take over (`maximum_lag_on_failover`). */
  readonly maxLagBytes: number;
  readonly jobId: string;
}

/** Something that a system was asked for: what it said, or why it didn't. */
export type Known<T> =
  { readonly kind: "known"; readonly value: T } | { readonly kind: "unknown"; readonly reason: string };

/** A job as Nomad holds it. */
export interface ObservedJob extends JobState {
  readonly image: string | undefined;
}

/** What Nomad runs for a cluster. */
export interface NomadView {
  readonly job: ObservedJob | "absent";
  readonly allocations: readonly Allocation[];
}

/** What Consul, Nomad and the members say of one cluster. */
export interface ClusterObservation {
  readonly wanted: WantedCluster;
  /** Unknown where Consul refused the token. */
  readonly keys: Known<ClusterKeys>;
  readonly nomad: Known<NomadView>;
  /** By the name of the member's entry in Consul. */
  readonly live: ReadonlyMap<string, RestAnswer<LiveMember>>;
  /** The end of what members that don't follow the leader have logged, by name, where it was asked for and could be read. */
  readonly logs?: ReadonlyMap<string, readonly string[]>;
}

/** Reads `GET /v1/job/:id` of a job of one group and one task. */
export function parseObservedJob(body: unknown): ObservedJob {
  const group = fields(elements(fields(body)["TaskGroups"])[0]);
  const task = fields(elements(group["Tasks"])[0]);
  return { ...parseJobState(body), image: text(fields(task["Config"])["image"]) };
}
