import type { MemberKey } from "./observed/consulKeys";
import { memberOf } from "./observed/memberOf";
import type { Allocation } from "./observed/nomadState";
import type { RestStatus } from "./observed/restStatus";
import {
  currentAllocations,
  outgoingAllocations,
  type Expectation,
  type Snapshot,
} from "./observed/snapshot";

/** A member that is up, with where its PostgreSQL listens. */
export interface ReadyMember {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly role: "leader" | "standby_leader" | "replica";
  readonly state: "running" | "streaming";
  readonly timeline: number;
  /** How far the replica's replay is behind the leader's WAL; 0 on the leader. */
  readonly lagBytes: number;
}

/** The cluster as it was asked for. */
export interface ReadyCluster {
  readonly leader: ReadyMember;
  /** The leader first, then the replicas by name. */
  readonly members: readonly ReadyMember[];
  readonly timeline: number;
  /** PostgreSQL's identifier of the database, as a string: it exceeds what a number holds. */
  readonly systemIdentifier: string;
}

/** A running allocation and the member in it. */
interface Placed {
  readonly allocation: Allocation;
  readonly member: MemberKey;
}

/**
 * Everything but the members' own word: Nomad runs the version waited for on every member and nothing else is
 * left; Consul has the leader lock and an entry for each member that points at its allocation. Undefined while
 * any of it is missing. Once it is there, only the REST API is left to ask, and that is worth asking often.
 */
export function placedMembers(expectation: Expectation, snapshot: Snapshot): readonly Placed[] | undefined {
  const { keys } = snapshot;
  if (keys?.leader === undefined) return undefined;
  const current = currentAllocations(expectation, snapshot);
  if (current.length !== expectation.members || outgoingAllocations(expectation, snapshot).length > 0)
    return undefined;
  const placed = current.flatMap((allocation) => {
    const apiPort = snapshot.apiPorts.get(allocation.id);
    const member = apiPort === undefined ? undefined : memberOf(allocation, keys, apiPort);
    return allocation.client === "running" && member?.apiUrl !== undefined ? [{ allocation, member }] : [];
  });
  const led = placed.some(({ member }) => member.name === keys.leader);
  return led && placed.length === expectation.members ? placed : undefined;
}

/**
 * The cluster when it is ready, else undefined. Beyond `placedMembers`: the leader answers `/primary` (a standby
 * cluster's, `/standby-leader`) with 200, which Patroni does only for the holder of the lock; the leader sees
 * every replica stream; and every replica says itself that it streams, on the leader's timeline, within the lag.
 */
export function readyCluster(expectation: Expectation, snapshot: Snapshot): ReadyCluster | undefined {
  const placed = placedMembers(expectation, snapshot);
  const leaderName = snapshot.keys?.leader;
  const leaderStatus = leaderName === undefined ? undefined : statusOf(snapshot, leaderName);
  if (placed === undefined || leaderStatus?.status !== 200 || leaderStatus.timeline === undefined)
    return undefined;
  const members = placed.map(({ member }) =>
    member.name === leaderName
      ? leaderMember(expectation, member, leaderStatus)
      : replicaMember(expectation, member, leaderStatus, statusOf(snapshot, member.name)),
  );
  const ready = members.filter((member) => member !== undefined).sort(byRoleAndName);
  const [leader] = ready;
  if (leader === undefined || ready.length !== expectation.members) return undefined;
  return {
    leader,
    members: ready,
    timeline: leaderStatus.timeline,
    systemIdentifier: leaderStatus.systemIdentifier ?? snapshot.keys?.initialize ?? "",
  };
}

/** Whether the allocation's member is the answering leader, or streams from it as the cluster asks. */
export function isMemberReady(expectation: Expectation, snapshot: Snapshot, allocation: Allocation): boolean {
  const member = memberOf(allocation, snapshot.keys, snapshot.apiPorts.get(allocation.id));
  const leaderName = snapshot.keys?.leader;
  if (member === undefined || leaderName === undefined) return false;
  const leaderAnswer = snapshot.rest.get(leaderName);
  // Where the leader doesn't say, what the members wrote to Consul has to do.
  if (leaderAnswer?.kind !== "answered") {
    if (member.name === leaderName) return leaderAnswer === undefined && member.state === "running";
    return member.replicationState === "streaming";
  }
  const leaderStatus = leaderAnswer.status;
  if (member.name === leaderName) return leaderStatus.status === 200;
  return replicaMember(expectation, member, leaderStatus, statusOf(snapshot, member.name)) !== undefined;
}

function statusOf(snapshot: Snapshot, member: string): RestStatus | undefined {
  const answer = snapshot.rest.get(member);
  return answer?.kind === "answered" ? answer.status : undefined;
}

function leaderMember(
  expectation: Expectation,
  member: MemberKey,
  status: RestStatus,
): ReadyMember | undefined {
  if (status.name !== member.name) return undefined;
  return toMember(member, expectation.standby ? "standby_leader" : "leader", status.timeline, 0);
}

function replicaMember(
  expectation: Expectation,
  member: MemberKey,
  leader: RestStatus,
  status: RestStatus | undefined,
): ReadyMember | undefined {
  if (status?.name !== member.name || status.state !== "running") return undefined;
  if (!seesStreaming(leader, member.name) || status.replicationState !== "streaming") return undefined;
  if (status.timeline !== leader.timeline) return undefined;
  const lagBytes = Math.max(0, (leader.location ?? 0) - (status.location ?? 0));
  return lagBytes > expectation.maxLagBytes
    ? undefined
    : toMember(member, "replica", status.timeline, lagBytes);
}

/** Whether the leader sends WAL to the replica, which has caught up once (`pg_stat_replication.state`). */
export function seesStreaming(leader: RestStatus, replica: string): boolean {
  return leader.replication.some(
    ({ applicationName, state }) => applicationName === replica && state === "streaming",
  );
}

function toMember(
  member: MemberKey,
  role: ReadyMember["role"],
  timeline: number | undefined,
  lagBytes: number,
): ReadyMember | undefined {
  if (member.host === undefined || member.port === undefined || timeline === undefined) return undefined;
  const { name, host, port } = member;
  return { name, host, port, role, state: role === "replica" ? "streaming" : "running", timeline, lagBytes };
}

function byRoleAndName(one: ReadyMember, other: ReadyMember): number {
  if (one.role !== other.role) return one.role === "replica" ? 1 : -1;
  return one.name.localeCompare(other.name);
}
