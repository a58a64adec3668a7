import { size } from "../memberPhase";
import type { FailoverRequest } from "../status/clusterKeys";
import type { MemberStatus } from "../status/model";
import type { ClusterObservation } from "../status/observation";
import { ledCluster, noSuchMember, refused, type LedCluster, type Refusal } from "./ledCluster";
import { obstacleOf } from "./obstacle";

/** A planned change of the leader. */
export interface SwitchoverPlan {
  readonly kind: "planned";
  readonly cluster: string;
  /** Names of members. */
  readonly leader: string;
  readonly candidate: string;
  /** What will happen, for people. */
  readonly lines: readonly string[];
}

/**
 * Who will hand over to whom, or why nobody can.
 *
 * @param wanted the candidate's name; undefined: the best one, a synchronous standby before others where there is one,
 *   then the one with the least lag
 * @param furtherObstacle what else keeps a replica from being the best one, in words that follow its name
 */
export function planSwitchover(
  observation: ClusterObservation,
  wanted: string | undefined,
  furtherObstacle: Obstacle = () => undefined,
): SwitchoverPlan | Refusal {
  const cluster = ledCluster(observation);
  if (cluster.kind === "refused") return cluster;
  const { name, keys, leader } = cluster;
  if (keys.failoverRequest !== undefined) return underWay(name, keys.failoverRequest);
  if (wanted === leader.name) return refused(`${leader.name} leads ${name} already.`);
  const chosen =
    wanted === undefined ? best(observation, cluster, furtherObstacle) : named(observation, cluster, wanted);
  if (chosen.kind === "refused") return chosen;
  const { candidate } = chosen;
  // Patroni's own refusal: `do_POST_failover` in patroni/api.py.
  if (keys.paused && wanted === undefined)
    return refused(
      `${name} is paused, and Patroni then wants the candidate named: --to ${candidate.name} would do.`,
    );
  return {
    kind: "planned",
    cluster: name,
    leader: leader.name,
    candidate: candidate.name,
    lines: describe(cluster, candidate),
  };
}

/** Why a replica isn't to take over; undefined when it may. */
export type Obstacle = (replica: MemberStatus) => string | undefined;

/** Who is to take over. */
interface Choice {
  readonly kind: "chosen";
  readonly candidate: MemberStatus;
}

function named(observation: ClusterObservation, cluster: LedCluster, wanted: string): Choice | Refusal {
  const candidate = cluster.replicas.find(({ name }) => name === wanted);
  if (candidate === undefined) return noSuchMember(cluster, wanted);
  const obstacle = obstacleOf(observation, cluster, candidate);
  return obstacle === undefined
    ? { kind: "chosen", candidate }
    : refused(`${wanted} can't take over ${cluster.name}: it ${obstacle}.`);
}

/** The replica to be preferred among those that can take over. */
function best(
  observation: ClusterObservation,
  cluster: LedCluster,
  furtherObstacle: Obstacle,
): Choice | Refusal {
  const { name, replicas } = cluster;
  if (replicas.length === 0) return refused(`${name} has no member but its leader, so nobody can take over.`);
  const judged = replicas.map((replica) => ({
    replica,
    obstacle: obstacleOf(observation, cluster, replica) ?? furtherObstacle(replica),
  }));
  const able = judged.filter(({ obstacle }) => obstacle === undefined).map(({ replica }) => replica);
  const [first] = able.sort(
    (one, other) =>
      Number(isSynchronous(other)) - Number(isSynchronous(one)) ||
      (one.lagBytes ?? Infinity) - (other.lagBytes ?? Infinity),
  );
  if (first !== undefined) return { kind: "chosen", candidate: first };
  const reasons = judged.map(({ replica, obstacle }) => `${replica.name} ${obstacle ?? ""}`);
  return refused(`no replica of ${name} can take over: ${reasons.join("; ")}.`);
}

/** Two operators at once: Patroni would let the second request take the place of the first. */
function underWay(name: string, { leader, candidate, scheduledAt }: FailoverRequest): Refusal {
  const what = `from ${leader ?? "whoever leads"} to ${candidate ?? "the best replica"}`;
  return scheduledAt === undefined
    ? refused(`a switchover of ${name} ${what} is under way already. npm run status shows how it ends.`)
    : refused(
        `a switchover of ${name} ${what} is scheduled for ${scheduledAt}. patronictl flush ${name} switchover takes it back.`,
      );
}

function isSynchronous({ role }: MemberStatus): boolean {
  return role === "sync standby" || role === "quorum standby";
}

function describe({ name, keys, leader }: LedCluster, candidate: MemberStatus): readonly string[] {
  const lag = candidate.lagBytes ?? 0;
  return [
    `Switchover of ${name}: ${leader.name} hands over to ${candidate.name}.`,
    `  leader     ${leader.name}, timeline ${leader.timeline ?? "unknown"}`,
    `  candidate  ${candidate.name}, ${candidate.role}, ${lag === 0 ? "nothing" : size(lag)} left to replay`,
    `  PostgreSQL on ${leader.name} stops and starts again as a replica: its connections end, and open transactions with them.`,
    keys.standby
      ? "  It is a standby cluster: it takes no writes, before or after."
      : "  Nobody can write meanwhile: 0.2 to 0.25 s on a quiet lab of three nodes, longer on a busy machine.",
    ...(keys.paused
      ? ["  The cluster is paused, and stays so: nobody takes over by itself when the new leader fails."]
      : []),
  ];
}
