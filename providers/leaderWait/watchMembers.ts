import { parseRestStatus, type RestAnswer } from "../../patroni/observed/restStatus";
import type { MemberKey } from "../../patroni/observed/consulKeys";
import { placedMembers, seesStreaming } from "../../patroni/readyCondition";
import { askPatroni } from "../askPatroni";
import { pause } from "./followChanges";
import type { Observations } from "./observations";

/**
 * From one question to the next. A replica's first streaming shows in the leader's answer at once, in Consul only
 * after the replica's next loop, seconds later. One question costs Patroni one query on an open connection.
 */
const intervalMs = 100;

/** A member that doesn't answer within this is asked again. */
const timeoutSeconds = 1.5;

/** How often a replica is asked that streams already, while others don't. */
const settledIntervalMs = 1_000;

/**
 * Asks the members themselves over Patroni's REST API, but only while everything else is as it should be: then
 * their word is all that is missing. The leader is asked all the time, a replica once the leader sees it stream.
 */
export async function watchMembers(observations: Observations, signal: AbortSignal): Promise<void> {
  const { expectation } = observations;
  const settledAt = new Map<string, number>();
  while (!signal.aborted) {
    const placed = placedMembers(expectation, observations.snapshot());
    if (placed === undefined) {
      observations.rest = new Map();
      await observations.nextChange(1_000, signal);
      continue;
    }
    const started = Date.now();
    const members = placed.map(({ member }) => member);
    observations.rest = await askMembers(observations, members, settledAt, signal);
    observations.changed();
    await pause(Math.max(0, intervalMs - (Date.now() - started)), signal);
  }
}

async function askMembers(
  observations: Observations,
  members: readonly MemberKey[],
  settledAt: Map<string, number>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RestAnswer>> {
  const { expectation, keys, rest } = observations;
  const leader = members.find(({ name }) => name === keys?.leader);
  if (leader === undefined) return new Map();
  const path = expectation.standby ? "/standby-leader" : "/primary";
  const answer = await askMember(leader, path, signal);
  const replicas = members.filter((member) => member !== leader);
  const streaming = replicas.filter(
    ({ name }) => answer.kind === "answered" && seesStreaming(answer.status, name),
  );
  const last = streaming.length === replicas.length;
  const answers = new Map<string, RestAnswer>([[leader.name, answer]]);
  await Promise.all(
    streaming.map(async (replica) => {
      const before = rest.get(replica.name);
      const due = last || Date.now() - (settledAt.get(replica.name) ?? 0) >= settledIntervalMs;
      const now = due || before === undefined ? await askMember(replica, "/patroni", signal) : before;
      if (now !== before) settledAt.set(replica.name, Date.now());
      answers.set(replica.name, now);
    }),
  );
  return answers;
}

/** Asks one member within the time that a wait has for it. */
function askMember(
  { apiUrl = "" }: Pick<MemberKey, "apiUrl">,
  path: string,
  signal?: AbortSignal,
): Promise<RestAnswer> {
  return askPatroni(apiUrl, path, parseRestStatus, timeoutSeconds, signal);
}
