import type { MemberKey } from "../observed/consulKeys";
import { isNameOf } from "../observed/memberOf";
import { isAlive, type Allocation } from "../observed/nomadState";
import type { ClusterKeys } from "./clusterKeys";
import type { LiveMember } from "./liveMember";
import type { MemberStatus } from "./model";
import type { ClusterObservation } from "./observation";

/** The members that Consul lists, the leader first, then by name. */
export function memberStatuses(observation: ClusterObservation, keys: ClusterKeys): readonly MemberStatus[] {
  return keys.members
    .map((member) => memberStatus(observation, keys, member))
    .sort(
      (one, other) =>
        Number(other.name === keys.leader) - Number(one.name === keys.leader) ||
        compare(one.name, other.name),
    );
}

function memberStatus(observation: ClusterObservation, keys: ClusterKeys, member: MemberKey): MemberStatus {
  const live = ownAnswer(observation, member.name);
  const allocation = allocationOf(observation, member.name);
  const leads = member.name === keys.leader;
  return {
    name: member.name,
    role: roleOf(keys, leads, live),
    state: stateOf(leads, live ?? member),
    answers: live !== undefined ? "yes" : allocation === "none" ? "stale" : "no",
    host: member.host ?? null,
    port: member.port ?? null,
    lagBytes: leads ? null : lagOf(leaderAnswer(observation, keys), live),
    timeline: live?.timeline ?? null,
    pendingRestart: live?.pending ?? [],
    postgresVersion: live?.postgresVersion ?? null,
    patroniVersion: live?.patroniVersion ?? null,
    jobVersion: typeof allocation === "object" ? allocation.jobVersion : null,
  };
}

/**
 * What a member said itself. At the address that Consul has for it another may answer, of this cluster or of another
 * one, because Nomad hands a port out anew: that is no answer of its own.
 */
export function ownAnswer({ live, wanted }: ClusterObservation, name: string): LiveMember | undefined {
  const answer = live.get(name);
  if (answer?.kind !== "answered") return undefined;
  const { status } = answer;
  return status.name === name && (status.scope ?? wanted.name) === wanted.name ? status : undefined;
}

/** What the holder of the leader lock said itself. */
export function leaderAnswer(observation: ClusterObservation, keys: ClusterKeys): LiveMember | undefined {
  return keys.leader === undefined ? undefined : ownAnswer(observation, keys.leader);
}

/** The newest allocation that may still run the member; `none`: Nomad has none; undefined: it couldn't be asked. */
export function allocationOf(
  { nomad }: Pick<ClusterObservation, "nomad">,
  name: string,
): Allocation | "none" | undefined {
  if (nomad.kind === "unknown") return undefined;
  const alive = nomad.value.allocations.filter((each) => isAlive(each) && isNameOf(name, each));
  const [newest] = alive.sort((one, other) => other.jobVersion - one.jobVersion);
  return newest ?? "none";
}

function roleOf(keys: ClusterKeys, leads: boolean, live: LiveMember | undefined): MemberStatus["role"] {
  if (leads) return keys.standby ? "standby leader" : "leader";
  if (live?.role === "primary") return "primary";
  return live?.synchronous ?? "replica";
}

function stateOf(leads: boolean, seen: { state: string; replicationState: string | undefined }): string {
  return !leads && seen.state === "running" ? (seen.replicationState ?? "running") : seen.state;
}

/** Both positions are bytes since the beginning of WAL. A replica that was asked later may be ahead. */
function lagOf(leader: LiveMember | undefined, replica: LiveMember | undefined): number | null {
  if (leader?.location === undefined || replica?.location === undefined) return null;
  return Math.max(0, leader.location - replica.location);
}

/** Orders by code unit, the same in every locale. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
