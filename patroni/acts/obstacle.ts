import { size } from "../memberPhase";
import { ownAnswer } from "../status/memberStatus";
import type { MemberStatus } from "../status/model";
import type { ClusterObservation } from "../status/observation";
import { silenceOf, type LedCluster } from "./ledCluster";

/**
 * Why a replica can't take over in a switchover, in words that follow its name; undefined when it can.
 *
 * Patroni's own rules are `is_failover_possible` in patroni/api.py, which refuses a request, and
 * `Ha.is_failover_possible` in patroni/ha.py, which drops one: it answers, has no `nofailover` tag and a watchdog where
 * one is required, isn't further behind than `maximum_lag_on_failover`, is on the leader's timeline, and in synchronous
 * mode is a synchronous standby. In two things this is stricter: it streams, and its lag is what it has yet to replay,
 * because it replays that before it takes writes.
 */
export function obstacleOf(
  observation: ClusterObservation,
  { keys, leader }: LedCluster,
  replica: MemberStatus,
): string | undefined {
  const silence = silenceOf(observation, replica.name);
  if (silence !== undefined) return silence;
  const live = ownAnswer(observation, replica.name);
  switch (live?.failoverLimitation) {
    case "nofailover":
      return "has the tag nofailover";
    case "watchdog":
      return "has no watchdog that works, and its configuration requires one";
    case undefined:
  }
  if (live?.state !== "running") return `isn't running: ${replica.state}`;
  if (replica.state !== "streaming") return `doesn't stream from the leader: ${replica.state}`;
  if (replica.timeline !== leader.timeline)
    return `is on timeline ${replica.timeline ?? "unknown"}, the leader on ${leader.timeline ?? "unknown"}`;
  const { maxLagBytes } = observation.wanted;
  if (replica.lagBytes === null) return "hasn't said how far it has replayed";
  if (replica.lagBytes > maxLagBytes)
    return `is ${size(replica.lagBytes)} behind the leader, and patroni.maxLagBytes allows ${size(maxLagBytes)}`;
  return keys.synchronousMode === "on" && replica.role !== "sync standby"
    ? "isn't a synchronous standby, and in synchronous mode only such a one takes over"
    : undefined;
}
