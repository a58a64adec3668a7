import type { ClusterKeys } from "../status/clusterKeys";
import { leaderAnswer, memberStatuses, ownAnswer } from "../status/memberStatus";
import type { MemberStatus } from "../status/model";
import type { ClusterObservation } from "../status/observation";

/** Why an act isn't begun: one sentence or two, what is so and what to do next. */
export interface Refusal {
  readonly kind: "refused";
  readonly reason: string;
}

/** A cluster whose leader leads: what an act needs at the least. */
export interface LedCluster {
  readonly kind: "led";
  readonly name: string;
  readonly keys: ClusterKeys;
  readonly leader: MemberStatus;
  /** By name. */
  readonly replicas: readonly MemberStatus[];
}

/** The cluster with its leader, or why there is none to act on. */
export function ledCluster(observation: ClusterObservation): LedCluster | Refusal {
  const { keys: known, wanted } = observation;
  const { name } = wanted;
  if (known.kind === "unknown") return refused(known.reason);
  const keys = known.value;
  const members = memberStatuses(observation, keys);
  if (keys.initialize === undefined && members.length === 0)
    return refused(`${name} has no cluster yet: pulumi up makes it.`);
  const [leader, ...replicas] = members;
  if (leader === undefined || leader.name !== keys.leader)
    return refused(`${name} has no leader${seeStatus(members)}`);
  const silence = silenceOf(observation, leader.name);
  if (silence !== undefined) return refused(`leader ${leader.name} of ${name} ${silence}.`);
  if (leader.role === "leader" && leaderAnswer(observation, keys)?.role !== "primary")
    return refused(`${leader.name} holds the leader lock of ${name}, but doesn't run as a primary (yet).`);
  return { kind: "led", name, keys, leader, replicas };
}

/** Why a member can't be asked over REST; undefined when it answered. */
export function silenceOf(observation: ClusterObservation, name: string): string | undefined {
  if (ownAnswer(observation, name) !== undefined) return undefined;
  const answer = observation.live.get(name);
  if (answer === undefined) return "hasn't said where its REST API is";
  return answer.kind === "silent"
    ? `doesn't answer at ${answer.url} (${answer.reason})`
    : "isn't who answers at its address";
}

/** A refusal. */
export function refused(reason: string): Refusal {
  return { kind: "refused", reason };
}

/** What to say of a name that no member has. */
export function noSuchMember({ name, leader, replicas }: LedCluster, wanted: string): Refusal {
  const names = [`${leader.name} (leader)`, ...replicas.map((replica) => replica.name)];
  return refused(`${name} has no member ${wanted}. Its members: ${names.join(", ")}.`);
}

function seeStatus(members: readonly MemberStatus[]): string {
  const states = members.map(({ name, state }) => `${name}: ${state}`);
  return states.length === 0 ? "." : ` (${states.join("; ")}). npm run status shows how it goes on.`;
}
