import { ownAnswer } from "../status/memberStatus";
import type { ClusterObservation } from "../status/observation";
import { ledCluster, noSuchMember, refused, silenceOf, type LedCluster, type Refusal } from "./ledCluster";
import { obstacleOf } from "./obstacle";

/** A replica's data thrown away, and the leader's copied anew. */
export interface ReinitPlan {
  readonly kind: "planned";
  readonly cluster: string;
  /** Names of members. */
  readonly leader: string;
  readonly member: string;
  /** When the member's PostgreSQL was started, in its own words: only another start is one with the new data. */
  readonly startedAt: string | undefined;
  /** What will happen, for people. */
  readonly lines: readonly string[];
}

/**
 * Whose data will be copied anew, or why it can't be. The leader has to run, because its data are all that is left
 * meanwhile.
 *
 * Source: `do_POST_reinitialize` in patroni/api.py; `Ha.reinitialize` in patroni/ha.py refuses for the leader and
 * without one. A paused cluster is refused here alone: where a copy fails, Patroni doesn't try again while it is paused
 * (`Ha._run_cycle`: "running with empty data directory").
 */
export function planReinit(observation: ClusterObservation, member: string): ReinitPlan | Refusal {
  const cluster = ledCluster(observation);
  if (cluster.kind === "refused") return cluster;
  const { name, keys, leader, replicas } = cluster;
  if (member === leader.name)
    return refused(
      `${member} leads ${name}, and its data is the one to copy. First: npm run switchover -- --tenant ${name}`,
    );
  if (replicas.every((replica) => replica.name !== member)) return noSuchMember(cluster, member);
  const silence = silenceOf(observation, member);
  if (silence !== undefined) return refused(`${member} can't be asked for it: it ${silence}.`);
  if (keys.paused)
    return refused(
      `${name} is paused, and Patroni then tries a copy that fails no second time: resume it first.`,
    );
  return {
    kind: "planned",
    cluster: name,
    leader: leader.name,
    member,
    startedAt: ownAnswer(observation, member)?.startedAt,
    lines: describe(observation, cluster, member),
  };
}

function describe(observation: ClusterObservation, cluster: LedCluster, member: string): readonly string[] {
  const { name, leader, replicas } = cluster;
  const state = replicas.find((replica) => replica.name === member)?.state ?? "unknown";
  const left = replicas
    .filter((replica) => replica.name !== member && obstacleOf(observation, cluster, replica) === undefined)
    .map((replica) => replica.name);
  return [
    `Reinit of ${member} of ${name}: its data is deleted, and all of ${leader.name}'s copied in its place.`,
    `  leader   ${leader.name}, timeline ${leader.timeline ?? "unknown"}: goes on, and is read from`,
    `  replica  ${member}, ${state}: its connections end, and it serves no reads until it streams again`,
    left.length === 0
      ? "  Until it is over, nobody can take over when the leader fails."
      : `  Until it is over, ${left.join(" and ")} can take over when the leader fails.`,
  ];
}
