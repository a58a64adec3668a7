import { clusterProblems } from "./clusterProblems";
import { leaderAnswer, memberStatuses } from "./memberStatus";
import type { ClusterStatus, JobStatus, LeftoverStatus, StackStatus, StatusProblem } from "./model";
import type { ClusterObservation } from "./observation";

/** Judges what was seen of a stack's clusters. */
export function stackStatus(
  stack: string,
  at: Date,
  observations: readonly ClusterObservation[],
  leftovers: readonly LeftoverStatus[] | null,
): StackStatus {
  const clusters = observations.map(clusterStatus);
  const problems = nomadProblem(observations);
  return {
    stack,
    at: at.toISOString(),
    healthy: problems.length === 0 && clusters.every(({ healthy }) => healthy),
    problems,
    clusters,
    leftovers,
  };
}

/** Nomad is one for all: what it said first stands for every cluster that it kept silent about. */
function nomadProblem(observations: readonly ClusterObservation[]): readonly StatusProblem[] {
  for (const { nomad } of observations)
    if (nomad.kind === "unknown") return [{ code: "nomad-unknown", member: null, message: nomad.reason }];
  return [];
}

function clusterStatus(observation: ClusterObservation): ClusterStatus {
  const { wanted, keys } = observation;
  const name = wanted.name;
  const common = { name, membersWanted: wanted.members, job: jobStatus(observation) };
  if (keys.kind === "unknown") {
    const problem: StatusProblem = { code: "consul-denied", member: null, message: keys.reason };
    const unknown = { leader: null, timeline: null, paused: false, members: [], failovers: [] };
    return { ...common, ...unknown, healthy: false, problems: [problem] };
  }
  const members = memberStatuses(observation, keys.value);
  const problems = clusterProblems(observation, keys.value, members);
  return {
    ...common,
    healthy: problems.length === 0,
    problems,
    leader: keys.value.leader ?? null,
    timeline: leaderAnswer(observation, keys.value)?.timeline ?? null,
    paused: keys.value.paused,
    members,
    failovers: keys.value.failovers,
  };
}

function jobStatus({ nomad, wanted }: ClusterObservation): JobStatus | null {
  if (nomad.kind === "unknown" || nomad.value.job === "absent") return null;
  const { version, stopped, image } = nomad.value.job;
  return { id: wanted.jobId, version, stopped, image: image ?? null };
}
