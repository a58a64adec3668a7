import { placementBlocked, blockedEvaluation, placementReasons } from "./causes/fromPlacement";
import { memberPhase, type MemberPhase } from "./memberPhase";
import type { Allocation } from "./observed/nomadState";
import {
  currentAllocations,
  outgoingAllocations,
  type Expectation,
  type Snapshot,
} from "./observed/snapshot";

/** How far the cluster has come. */
export interface Progress {
  /** One line without the cluster's name: `replica node2 is cloning from node1`. */
  readonly line: string;
  /** Members that are as asked for. */
  readonly done: number;
  /** Every member, as far as there is one, by name. */
  readonly members: readonly MemberPhase[];
}

/** Describes the state of the wait. Members that do the same stand together, those that are done last. */
export function progress(expectation: Expectation, snapshot: Snapshot): Progress {
  const members = currentAllocations(expectation, snapshot)
    .map((allocation) => memberPhase(expectation, snapshot, allocation))
    .sort((one, other) => one.name.localeCompare(other.name));
  const leaving = outgoingAllocations(expectation, snapshot);
  const older = leaving.filter(
    ({ jobVersion, desired }) => jobVersion < expectation.jobVersion && desired === "run",
  );
  // Nomad takes one member after the other: those still to be taken have a place.
  const unplaced = expectation.members - members.length - older.length;
  const clauses = [
    ...outage(snapshot),
    ...outgoing(leaving, older),
    ...(unplaced > 0 && snapshot.nomad.answered ? [placement(expectation, snapshot, unplaced)] : []),
    ...grouped(members.filter(({ done }) => !done)),
  ];
  const leader = members.find(({ done, role }) => done && role === "leader");
  const streaming = members.filter(({ done, role }) => done && role === "replica");
  if (leader !== undefined) clauses.push(`${leader.name} leads`);
  if (streaming.length > 0) clauses.push(...grouped(streaming));
  const line = clauses.length > 0 ? clauses.join("; ") : "asking Consul and Nomad";
  return { line, done: members.filter(({ done }) => done).length, members };
}

/** What is out of reach at the moment. */
function outage(snapshot: Snapshot): readonly string[] {
  return [
    ...(snapshot.consul.problem === undefined
      ? []
      : [`Consul doesn't answer (${snapshot.consul.problem.message})`]),
    ...(snapshot.nomad.problem === undefined
      ? []
      : [`Nomad doesn't answer (${snapshot.nomad.problem.message})`]),
  ];
}

function outgoing(leaving: readonly Allocation[], older: readonly Allocation[]): readonly string[] {
  const stopping = leaving.filter((allocation) => !older.includes(allocation));
  const names = (allocations: readonly Allocation[]) =>
    list(allocations.map(({ nodeName }) => nodeName).sort());
  return [
    ...(stopping.length > 0 ? [`${names(stopping)} ${stopping.length > 1 ? "are" : "is"} stopping`] : []),
    ...(older.length > 0
      ? [`${names(older)} still ${older.length > 1 ? "run" : "runs"} an older version`]
      : []),
  ];
}

function placement(expectation: Expectation, snapshot: Snapshot, unplaced: number): string {
  const members = unplaced === 1 ? "1 member" : `${unplaced} members`;
  const failure = blockedEvaluation(expectation, snapshot)?.failure;
  if (failure !== undefined && snapshot.heldMs(placementBlocked) > 0)
    return `Nomad finds no node for ${members} (${placementReasons(failure)})`;
  return `Nomad has yet to place ${members}`;
}

/** `replicas node2 and node3 are cloning from node1`, a clause for each phrase. */
function grouped(members: readonly MemberPhase[]): readonly string[] {
  const groups = new Map<string, MemberPhase[]>();
  for (const member of members) {
    const key = `${member.role} ${member.phrase[0]}`;
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    if (first === undefined) return "";
    const several = group.length > 1;
    const role = first.role === "member" ? "" : `${first.role}${several ? "s" : ""} `;
    return `${role}${list(group.map(({ name }) => name))} ${first.phrase[several ? 1 : 0]}`;
  });
}

/** `a`, `a and b`, `a, b and c`. */
function list(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
