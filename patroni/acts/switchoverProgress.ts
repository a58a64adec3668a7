import { leaderAnswer, memberStatuses } from "../status/memberStatus";
import type { ClusterObservation } from "../status/observation";
import { goingOn, type ActProgress } from "./actProgress";
import type { SwitchoverPlan } from "./switchoverPlan";

/**
 * How far a switchover is: over when the candidate holds the lock and runs as a primary, and the former leader streams
 * on its timeline. Patroni itself is content with the lock (`poll_failover_result` in patroni/api.py).
 */
export function switchoverProgress(
  observation: ClusterObservation,
  { leader: former, candidate }: Pick<SwitchoverPlan, "leader" | "candidate">,
): ActProgress {
  if (observation.keys.kind === "unknown") return goingOn("Consul to show the cluster's keys");
  const keys = observation.keys.value;
  if (keys.leader === former) return goingOn(`${former} to hand over`);
  if (keys.leader === undefined) return goingOn(`${candidate} to take the leader lock`);
  if (keys.leader !== candidate)
    return { kind: "failed", said: `${keys.leader} took over instead of ${candidate}` };
  const members = memberStatuses(observation, keys);
  const [leader] = members;
  if (!keys.standby && leaderAnswer(observation, keys)?.role !== "primary")
    return goingOn(`${candidate} to be promoted`);
  const demoted = members.find(({ name }) => name === former);
  if (demoted === undefined) return goingOn(`${former}, which Consul doesn't list`);
  const streams =
    demoted.answers === "yes" && demoted.state === "streaming" && demoted.timeline === leader?.timeline;
  return streams
    ? { kind: "done", said: `${candidate} leads, ${former} streams from it` }
    : goingOn(
        `former leader ${former} to stream from ${candidate} (${demoted.answers === "yes" ? demoted.state : "no answer"})`,
      );
}
