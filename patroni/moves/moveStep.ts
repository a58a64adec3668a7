import { planSwitchover } from "../acts/switchoverPlan";
import type { Fields } from "../observed/json";
import { memberStatuses } from "../status/memberStatus";
import { isMoving, movingJob, restoredJob, type MoveNote } from "./moveJob";
import {
  leftoverClaims,
  memberNodes,
  missingMembers,
  placeAt,
  type MemberPlace,
  type MoveScene,
} from "./moveScene";

/** What a move does next. Each step is safe to repeat, and where it was left off is seen, never remembered. */
export type MoveStep =
  | { readonly kind: "make volume" }
  | { readonly kind: "register"; readonly job: Fields; readonly modifyIndex: number; readonly said: string }
  | { readonly kind: "release"; readonly claimId: string }
  | { readonly kind: "hand over"; readonly leader: string; readonly candidate: string }
  | { readonly kind: "stop"; readonly allocationId: string }
  /** `waitingFor` follows "waiting for". */
  | { readonly kind: "wait"; readonly waitingFor: string }
  | { readonly kind: "done"; readonly said: string }
  | { readonly kind: "failed"; readonly said: string };

/**
 * The next step on a member's way from one node to another. Where it runs, the new member comes first: Nomad is asked
 * for one more, on the new node, and the old one is let go when that one streams. Where it doesn't run, what is kept
 * for it on the old node is released, and Nomad places it anew.
 *
 * Nomad chooses by itself which members go when it is asked for fewer: those with the highest index (`computeStop` in
 * its scheduler/reconciler/reconcile_cluster.go, 1.11.3). So the old one is stopped by name while its node is ruled
 * out, and only then are fewer asked for, when there is none too many. And Nomad places a member on no other volume
 * than those that it keeps for one that doesn't run (`HostVolumeChecker` in its scheduler/feasible/feasible.go): the
 * old volume's claim goes before the member.
 */
export function moveStep(scene: MoveScene, move: MoveNote): MoveStep {
  const { job } = scene;
  if (job === "absent" || job.stopped) return { kind: "failed", said: "its job was stopped meanwhile" };
  const [from, to] = [placeAt(scene, move.from), placeAt(scene, move.to)];
  if (to.volume === undefined) return { kind: "make volume" };
  if (to.standing !== "ready") return wait(`Nomad's report of the volume on ${to.name}`);
  const started = to.allocation?.desired === "run";
  if (!started) return from.held ? addMember(scene, move, to) : replaceMember(scene, move, from, to);
  const streams = whetherStreams(scene, to.name);
  if (streams !== true) return streams;
  return letGo(scene, move, from) ?? settle(scene, move, from);
}

/** One member more, on the new node. */
function addMember(scene: MoveScene, move: MoveNote, to: MemberPlace): MoveStep {
  const nodes = [...new Set([...memberNodes(scene), to.name])];
  return (
    othersSettled(scene, move) ??
    registration(scene, move, nodes, 1, `asked Nomad for a member on ${to.name}`) ??
    wait(`Nomad to start a member on ${to.name}`)
  );
}

/** A member that doesn't run, placed anew. */
function replaceMember(scene: MoveScene, move: MoveNote, from: MemberPlace, to: MemberPlace): MoveStep {
  const unsettled = othersSettled(scene, move);
  if (unsettled !== undefined) return unsettled;
  const [claimId] = from.claims;
  if (claimId !== undefined) return { kind: "release", claimId };
  const said = `asked Nomad to place the member on ${to.name}`;
  const registered = registration(scene, move, without(scene, move), 0, said);
  if (registered !== undefined) return registered;
  if (from.allocation?.desired === "run") return { kind: "stop", allocationId: from.allocation.id };
  return wait(`Nomad to start the member on ${to.name}`);
}

/** What Nomad still keeps for members that aren't wanted goes: else the new one would be placed there. */
function othersSettled(scene: MoveScene, move: MoveNote): MoveStep | undefined {
  const missing = missingMembers(scene, move.from);
  if (missing.length > 0) return wait(`${missing.join(" and ")} to run`);
  const [claimId] = leftoverClaims(scene, move);
  return claimId === undefined ? undefined : { kind: "release", claimId };
}

/** Makes the old member a replica, and stops it for good; undefined when it is gone. */
function letGo(scene: MoveScene, move: MoveNote, from: MemberPlace): MoveStep | undefined {
  const { allocation } = from;
  // A node that is away doesn't say that its processes have ended.
  if (allocation === undefined || (allocation.desired !== "run" && from.node?.status !== "ready"))
    return undefined;
  if (allocation.desired !== "run") return wait(`${from.name} to stop`);
  const handover = from.runs ? handOver(scene, move) : undefined;
  if (handover !== undefined) return handover;
  const [claimId] = from.claims;
  if (claimId !== undefined) return { kind: "release", claimId };
  const said = `ruled ${from.name} out for its members`;
  const registered = registration(scene, move, without(scene, move), 1, said);
  return registered ?? { kind: "stop", allocationId: allocation.id };
}

/** The job as it was before, and the end. */
function settle({ job, observation }: MoveScene, { to }: MoveNote, from: MemberPlace): MoveStep {
  const [claimId] = from.claims;
  if (claimId !== undefined) return { kind: "release", claimId };
  const count = observation.wanted.members;
  if (job !== "absent" && (job.note !== undefined || job.count !== count)) {
    const said = `the job is as before: ${count} members, wherever they may run`;
    return { kind: "register", job: restoredJob(job, count), modifyIndex: job.modifyIndex, said };
  }
  const keys = observation.keys.kind === "known" ? observation.keys.value : undefined;
  const said = keys?.leader === to ? `${to} leads` : `${to} streams from ${keys?.leader ?? "the leader"}`;
  return { kind: "done", said };
}

/** The nodes of all members but the one that goes, and the new one. */
function without(scene: MoveScene, { from, to }: MoveNote): readonly string[] {
  return [...new Set([...memberNodes(scene), to])].filter((name) => name !== from);
}

/** The job of this step, unless Nomad has it; `more` members than the config asks for. */
function registration(
  { job, nodes, observation }: MoveScene,
  move: MoveNote,
  names: readonly string[],
  more: 0 | 1,
  said: string,
): MoveStep | undefined {
  if (job === "absent") return undefined;
  const ids = names.flatMap((name) => nodes.find((node) => node.name === name)?.id ?? []);
  const wanted = { ...move, nodes: ids, count: observation.wanted.members + more };
  if (isMoving(job, wanted)) return undefined;
  return { kind: "register", job: movingJob(job, wanted), modifyIndex: job.modifyIndex, said };
}

/** A leader that goes hands over first, to the new member if that can lead. */
function handOver({ observation }: MoveScene, { from, to }: MoveNote): MoveStep | undefined {
  if (observation.keys.kind === "known" && observation.keys.value.leader !== from) return undefined;
  const first = planSwitchover(observation, to);
  const plan = first.kind === "planned" ? first : planSwitchover(observation, undefined);
  return plan.kind === "planned"
    ? { kind: "hand over", leader: from, candidate: plan.candidate }
    : wait(`somebody who can take over from ${from}: ${plan.reason}`);
}

/** Whether the new member leads, or streams on the leader's timeline; what to wait for where it doesn't. */
function whetherStreams({ observation }: MoveScene, to: string): true | MoveStep {
  if (observation.keys.kind === "unknown") return wait("Consul to show the cluster's keys");
  const keys = observation.keys.value;
  const members = memberStatuses(observation, keys);
  const leader = members.find(({ name }) => name === keys.leader);
  const member = members.find(({ name }) => name === to);
  if (member === undefined) return wait(`${to} to start`);
  if (leader === undefined) return wait("a leader");
  if (leader.answers !== "yes" || member.answers !== "yes") return wait(`${leader.name} and ${to} to answer`);
  if (leader.name === to) return true;
  if (member.state === "streaming" && member.timeline === leader.timeline) return true;
  return wait(`${to} to copy ${leader.name}'s data and stream (${member.state})`);
}

function wait(waitingFor: string): MoveStep {
  return { kind: "wait", waitingFor };
}
