import type { PlannedMember } from "../../patroni/configChange";
import { size } from "../../patroni/memberPhase";
import { parseConfigStatus, type ConfigStatus } from "../../patroni/observed/configStatus";
import { HttpError, parseJson, send, type HttpApi, type HttpRequest } from "../http";
import { readScope, type KeyPlace } from "./configKey";

/** A member that Consul lists, and what it says over REST. */
export interface ObservedMember {
  readonly name: string;
  readonly role: "leader" | "replica";
  /** Patroni's REST API; undefined until the member has said where it is. */
  readonly api: HttpApi | undefined;
  /** Its answer, or why there is none. */
  readonly answer: ConfigStatus | string;
}

/** The members at one moment. */
export interface ObservedMembers {
  /** Who holds the leader lock. */
  readonly leader: string | undefined;
  /** By name. */
  readonly list: readonly ObservedMember[];
}

/** A member that doesn't answer within this is asked again later. */
const answerSeconds = 4;

/** Asks Consul who there is, and everyone how they are. Throws an HttpError when Consul can't be asked. */
export async function observeMembers(place: KeyPlace): Promise<ObservedMembers> {
  const { leader, members } = await readScope(place);
  const list = await Promise.all(
    members.map(async ({ name, apiUrl }): Promise<ObservedMember> => {
      const api: HttpApi | undefined =
        apiUrl === undefined ? undefined : { system: "Patroni", address: apiUrl };
      const answer = api === undefined ? "it hasn't said where its REST API is" : await askMember(api);
      return { name, role: name === leader ? "leader" : "replica", api, answer };
    }),
  );
  return { leader, list };
}

async function askMember(api: HttpApi): Promise<ConfigStatus | string> {
  const request: HttpRequest = { method: "GET", path: "/patroni", timeoutSeconds: answerSeconds };
  try {
    const reply = await send(api, request);
    return parseConfigStatus(reply.status, parseJson(api, request, reply));
  } catch (error) {
    if (error instanceof HttpError) return error.message;
    throw error;
  }
}

/** Whether PostgreSQL may run: it does (`unknown`: Patroni can't log in just now), or its member doesn't answer. */
export function mayRun({ answer }: ObservedMember): boolean {
  return typeof answer === "string" || ["running", "unknown"].includes(answer.state);
}

/** The members as a plan sees them. One that doesn't answer isn't part of it. */
export function plannedMembers({ list }: ObservedMembers): readonly PlannedMember[] {
  return list.flatMap(({ name, role, answer }) =>
    typeof answer === "string"
      ? []
      : [{ name, role, running: answer.state === "running", pending: answer.pending }],
  );
}

/** Each member's last state, for messages, and how much of what the leader has written it has yet to replay. */
export function describeMembers(members: ObservedMembers): readonly string[] {
  const written = leaderStatus(members)?.location;
  return members.list.map(({ name, role, answer }) => {
    if (typeof answer === "string") return `member ${name} (${role}): ${answer}`;
    const replication = role === "leader" ? "" : `, ${answer.replicationState ?? "not streaming"}`;
    const lag = role === "leader" ? 0 : (written ?? 0) - (answer.location ?? Infinity);
    const pending = answer.pending.map((parameter) => parameter.name).join(", ");
    return `member ${name} (${role}): ${answer.state}${replication}${lag > 0 ? `, ${size(lag)} behind` : ""}${pending === "" ? "" : `, waits for a restart (${pending})`}`;
  });
}

/** A member's answer, if it gave one. */
export function statusOf({ list }: ObservedMembers, name: string): ConfigStatus | undefined {
  const answer = list.find((member) => member.name === name)?.answer;
  return typeof answer === "string" ? undefined : answer;
}

/** The leader's answer, if there is a leader and it gave one. */
export function leaderStatus(members: ObservedMembers): ConfigStatus | undefined {
  return members.leader === undefined ? undefined : statusOf(members, members.leader);
}
