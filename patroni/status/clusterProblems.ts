import { size } from "../memberPhase";
import { rebuildNotice } from "../observed/rebuildNotice";
import type { ClusterKeys } from "./clusterKeys";
import { ownAnswer } from "./memberStatus";
import { problemCodes, type MemberStatus, type ProblemCode, type StatusProblem } from "./model";
import type { ClusterObservation, NomadView } from "./observation";

/** Everything that isn't as it should be in a cluster whose keys are known, worst first. */
export function clusterProblems(
  observation: ClusterObservation,
  keys: ClusterKeys,
  members: readonly MemberStatus[],
): readonly StatusProblem[] {
  const { nomad, wanted } = observation;
  const view = nomad.kind === "known" ? nomad.value : undefined;
  const job = view === undefined ? [] : jobProblems(wanted.jobId, view);
  if (keys.initialize === undefined && members.length === 0)
    return worstFirst([clusterWide("no-cluster", "has no cluster yet"), ...job]);
  const leader = members.find(({ name }) => name === keys.leader);
  return worstFirst([
    ...job,
    ...(keys.leader === undefined ? [clusterWide("no-leader", "has no leader: nobody can write")] : []),
    ...countProblem(wanted.members, members),
    ...members.flatMap((member) => memberProblems(observation, member, leader)),
    ...outdated(view, members),
    ...(keys.paused ? [clusterWide("paused", "is paused: nobody takes over when the leader fails")] : []),
  ]);
}

function jobProblems(jobId: string, { job }: NomadView): readonly StatusProblem[] {
  if (job === "absent") return [clusterWide("job-absent", `has no job ${jobId} in Nomad`)];
  return job.stopped ? [clusterWide("job-stopped", `has a stopped job ${jobId} in Nomad`)] : [];
}

function countProblem(wanted: number, members: readonly MemberStatus[]): readonly StatusProblem[] {
  const count = members.filter(({ answers }) => answers !== "stale").length;
  return count === wanted
    ? []
    : [clusterWide("member-count", `has ${count} of the ${wanted} members that the config asks for`)];
}

function memberProblems(
  observation: ClusterObservation,
  member: MemberStatus,
  leader: MemberStatus | undefined,
): readonly StatusProblem[] {
  const about = (code: ProblemCode, what: string): StatusProblem => ({
    code,
    member: member.name,
    message: `${member.name} ${what}`,
  });
  if (member.answers === "stale")
    return [about("member-stale", "is only an entry in Consul: no allocation runs it")];
  if (member.answers === "no") return [about(...silence(observation, member.name))];
  const pending = member.pendingRestart.map(({ name, running, wanted }) => `${name} ${running} -> ${wanted}`);
  return [
    ...(member.role === "primary"
      ? [about("second-primary", "runs as a primary without holding the leader lock")]
      : replicationProblems(observation, member, leader).map((problem) => about(...problem))),
    ...(pending.length > 0 ? [about("pending-restart", `waits for a restart: ${pending.join(", ")}`)] : []),
  ];
}

type Finding = readonly [code: ProblemCode, what: string];

function silence(observation: ClusterObservation, name: string): Finding {
  const answer = observation.live.get(name);
  if (answer === undefined) return ["member-silent", "hasn't said where its REST API is"];
  if (answer.kind === "silent")
    return ["member-silent", `doesn't answer at ${answer.url} (${answer.reason})`];
  const { scope = observation.wanted.name, name: other = "somebody" } = answer.status;
  return ["member-other", `isn't who answers at its address: that is ${other} of ${scope}`];
}

function replicationProblems(
  observation: ClusterObservation,
  member: MemberStatus,
  leader: MemberStatus | undefined,
): readonly Finding[] {
  const state = ownAnswer(observation, member.name)?.state ?? member.state;
  const stuck = stuckNote(observation.logs?.get(member.name));
  if (state !== "running") return [["member-state", `says: ${state}${stuck}`]];
  if (member === leader) return leaderProblems(observation, member);
  // Without a leader there is nothing to follow, and that is said already.
  if (leader === undefined) return [];
  if (member.state !== "streaming")
    return [["member-not-streaming", `doesn't stream from the leader: ${member.state}${stuck}`]];
  const { timeline, lagBytes } = member;
  if (timeline !== null && leader.timeline !== null && timeline !== leader.timeline)
    return [["member-timeline", `is on timeline ${timeline}, the leader on ${leader.timeline}`]];
  return lagBytes !== null && lagBytes > observation.wanted.maxLagBytes
    ? [["member-lag", `is ${size(lagBytes)} behind the leader`]]
    : [];
}

/** What a member's own log says of its being stuck, or of the rebuild that it has asked for. */
function stuckNote(tail: readonly string[] | undefined): string {
  const notice = rebuildNotice(tail ?? []);
  switch (notice?.kind) {
    case undefined:
      return "";
    case "stuck":
      return `; stuck since ${notice.since}, ${notice.next}`;
    case "rebuilt":
      return `; rebuilt by itself: ${notice.evidence.join(" | ")}`;
  }
}

/** Between the lock and the promotion's end the leader is still a replica; a standby cluster's leader stays one. */
function leaderProblems(observation: ClusterObservation, { name, role }: MemberStatus): readonly Finding[] {
  return role === "standby leader" || ownAnswer(observation, name)?.role === "primary"
    ? []
    : [["leader-not-primary", "holds the leader lock, but doesn't run as a primary"]];
}

function outdated(view: NomadView | undefined, members: readonly MemberStatus[]): readonly StatusProblem[] {
  if (view === undefined || view.job === "absent") return [];
  const { version } = view.job;
  return members
    .filter(({ jobVersion }) => jobVersion !== null && jobVersion < version)
    .map(({ name, jobVersion }) => ({
      code: "job-outdated",
      member: name,
      message: `${name} runs version ${jobVersion ?? "?"} of the job, which is at version ${version}`,
    }));
}

function clusterWide(code: ProblemCode, message: string): StatusProblem {
  return { code, member: null, message };
}

function worstFirst(problems: readonly StatusProblem[]): readonly StatusProblem[] {
  const rank = ({ code }: StatusProblem) => problemCodes.indexOf(code);
  return [...problems].sort((one, other) => rank(one) - rank(other));
}
