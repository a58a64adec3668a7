import type { PendingParameter } from "../configChange";
import type { Leftover } from "../leftovers/model";

/**
 * What `npm run status` says, in the shape of its `--json`. Keys and codes stay as they are from version to version:
 * scripts read them; new ones may be added. `null` is what isn't known. docs/operations.md lists the codes.
 */

/** The stack's clusters at one moment. */
export interface StackStatus {
  readonly stack: string;
  /** When everything had been asked, as ISO 8601 in UTC. */
  readonly at: string;
  /** Whether there is no problem, neither below nor in any cluster. */
  readonly healthy: boolean;
  /** What concerns every cluster: Nomad couldn't be asked. */
  readonly problems: readonly StatusProblem[];
  /** As the config has them: the platform's own first, then the tenants by name. */
  readonly clusters: readonly ClusterStatus[];
  /** What nobody needs any more; null where that can't be told. It is no problem: nothing waits for it. */
  readonly leftovers: readonly LeftoverStatus[] | null;
}

/** Something that nobody needs any more. */
export interface LeftoverStatus {
  readonly kind: Leftover["kind"];
  /** Whose it was. */
  readonly cluster: string;
  /** Of the member, the slot or the cluster; the ID of a volume. */
  readonly name: string;
  /** WAL that a slot keeps; null of everything else, and where it isn't known. */
  readonly heldBytes: number | null;
  /** In words, with what becomes of it; may change from version to version. */
  readonly message: string;
}

/** What can be wrong, worst first. */
export const problemCodes = [
  "consul-denied",
  "nomad-unknown",
  "no-cluster",
  "job-absent",
  "job-stopped",
  "no-leader",
  "leader-not-primary",
  "second-primary",
  "member-silent",
  "member-other",
  "member-stale",
  "member-count",
  "member-state",
  "member-not-streaming",
  "member-timeline",
  "member-lag",
  "job-outdated",
  "paused",
  "pending-restart",
] as const;
export type ProblemCode = (typeof problemCodes)[number];

/** One thing that isn't as it should be. */
export interface StatusProblem {
  readonly code: ProblemCode;
  /** The member that it is about; null where it is about the cluster or the stack. */
  readonly member: string | null;
  /** In words that follow the cluster's name; may change from version to version. */
  readonly message: string;
}

/** One cluster. */
export interface ClusterStatus {
  readonly name: string;
  readonly healthy: boolean;
  /** Worst first. */
  readonly problems: readonly StatusProblem[];
  /** Who holds the leader lock in Consul. */
  readonly leader: string | null;
  /** The leader's timeline. */
  readonly timeline: number | null;
  /** Whether automatic failover is switched off (Patroni's `pause`). */
  readonly paused: boolean;
  /** Members that the config asks for, leader included. */
  readonly membersWanted: number;
  /** The leader first, then by name. */
  readonly members: readonly MemberStatus[];
  /** The Nomad job; null where there is none or Nomad couldn't be asked. */
  readonly job: JobStatus | null;
  /** Changes of the leader, the latest first; Patroni keeps them as long as its `max_timelines_history` says. */
  readonly failovers: readonly Failover[];
}

export const memberRoles = ["leader", "standby leader", "sync standby", "quorum standby", "replica"] as const;

/** A member that Consul lists. */
export interface MemberStatus {
  readonly name: string;
  /** `primary`: writes without holding the leader lock. */
  readonly role: (typeof memberRoles)[number] | "primary";
  /**
   * `streaming` or `in archive recovery` on a replica; else Patroni's word: `running`, `starting`, `creating replica`,
   * `stopped`, … For a member that doesn't answer, what it last wrote to Consul.
   */
  readonly state: string;
  /** `yes`; `no`; `stale`: it doesn't, and no allocation runs it: only its entry in Consul is left. */
  readonly answers: "yes" | "no" | "stale";
  /** Where its PostgreSQL listens. */
  readonly host: string | null;
  readonly port: number | null;
  /** Bytes of the leader's WAL that it hasn't replayed yet; null on a leader. Both were asked within milliseconds. */
  readonly lagBytes: number | null;
  readonly timeline: number | null;
  /** Parameters that only a restart puts into effect. */
  readonly pendingRestart: readonly PendingParameter[];
  /** For example `17.5`. */
  readonly postgresVersion: string | null;
  readonly patroniVersion: string | null;
  /** Version of the Nomad job that its allocation runs. */
  readonly jobVersion: number | null;
}

/** A cluster's Nomad job. */
export interface JobStatus {
  readonly id: string;
  readonly version: number;
  readonly stopped: boolean;
  /** Image reference as the job has it, Nomad's interpolations included. */
  readonly image: string | null;
}

/** A change of the leader: a failover, or a switchover that somebody asked for; Patroni doesn't tell them apart. */
export interface Failover {
  /** When the new leader was promoted, as Patroni wrote it (ISO 8601 with the member's time zone). */
  readonly at: string | null;
  /** The new leader. */
  readonly leader: string | null;
  /** The timeline that began. */
  readonly timeline: number;
}
