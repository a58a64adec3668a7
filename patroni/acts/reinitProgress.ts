import { memberStatuses, ownAnswer } from "../status/memberStatus";
import type { ClusterObservation } from "../status/observation";
import { goingOn, type ActProgress } from "./actProgress";
import type { ReinitPlan } from "./reinitPlan";

/**
 * How far a reinit is: over when the member's PostgreSQL was started anew and streams on the leader's timeline. Patroni
 * answers the request before it has stopped PostgreSQL (`Ha.reinitialize` in patroni/ha.py), so that one that streams
 * may still be the old one.
 */
export function reinitProgress(
  observation: ClusterObservation,
  { member, startedAt }: Pick<ReinitPlan, "member" | "startedAt">,
): ActProgress {
  if (observation.keys.kind === "unknown") return goingOn("Consul to show the cluster's keys");
  const keys = observation.keys.value;
  if (keys.leader === member)
    return { kind: "failed", said: `${member} has become the leader, so it copies nothing` };
  const members = memberStatuses(observation, keys);
  const leader = members.find(({ name }) => name === keys.leader);
  const replica = members.find(({ name }) => name === member);
  if (leader === undefined) return goingOn("a leader to copy from");
  const now = ownAnswer(observation, member);
  if (replica === undefined || now === undefined) return goingOn(`${member} to answer`);
  if (now.startedAt === undefined || now.startedAt === startedAt)
    return goingOn(`${member} to copy ${leader.name}'s data (${now.state})`);
  return replica.state === "streaming" && replica.timeline === leader.timeline
    ? { kind: "done", said: `${member} streams from ${leader.name}` }
    : goingOn(`${member} to stream from ${leader.name} (${replica.state})`);
}
