import { size } from "../memberPhase";
import { memberStatuses } from "../status/memberStatus";
import type { MemberStatus } from "../status/model";
import type { ClusterObservation } from "../status/observation";

/** Each member's last state, a line each, for the message at a deadline. */
export function memberStates(observation: ClusterObservation): readonly string[] {
  const { keys } = observation;
  if (keys.kind === "unknown") return [keys.reason];
  const lines = memberStatuses(observation, keys.value).map((member) => `  ${memberState(member)}`);
  return keys.value.leader === undefined ? ["  nobody holds the leader lock", ...lines] : lines;
}

/** `node2 (replica): streaming, timeline 3, 19 MB behind`. */
export function memberState({ name, role, state, answers, timeline, lagBytes }: MemberStatus): string {
  const facts = [
    answers === "yes" ? state : `doesn't answer; it last wrote to Consul: ${state}`,
    ...(timeline === null ? [] : [`timeline ${timeline}`]),
    ...(lagBytes === null || lagBytes === 0 ? [] : [`${size(lagBytes)} behind`]),
  ];
  return `${name} (${role}): ${facts.join(", ")}`;
}
