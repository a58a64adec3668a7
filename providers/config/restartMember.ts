import { isDown, type ConfigStatus } from "../../patroni/observed/configStatus";
import { HttpError, oneLine, send } from "../http";
import type { KeyPlace } from "./configKey";
import {
  leaderStatus,
  observeMembers,
  statusOf,
  type ObservedMember,
  type ObservedMembers,
} from "./observeMembers";
import { Deadline, until } from "./until";

/** How a restart ended. */
export type RestartOutcome =
  /** The member serves again. */
  | { readonly kind: "back" }
  /** It runs with the new configuration, but hasn't replayed in time what its leader had written. */
  | { readonly kind: "behind" }
  /** Patroni has nothing to restart: somebody else did, or the configuration was put back. */
  | { readonly kind: "not needed" }
  /** Patroni is busy with something else, or another restart. */
  | { readonly kind: "busy"; readonly said: string }
  /** PostgreSQL didn't start, or not in time. */
  | { readonly kind: "failed"; readonly said: string }
  /** Patroni doesn't take requests from here. */
  | { readonly kind: "refused"; readonly said: string };

/**
 * Restarts a member's PostgreSQL over REST and waits until it serves again.
 *
 * Source: `do_POST_restart` in patroni/api.py and `Ha.restart` in patroni/ha.py. The request is answered when the
 * restart is over; `restart_pending` makes Patroni refuse it where nothing is pending.
 */
export async function restartMember(
  place: KeyPlace,
  member: ObservedMember,
  deadline: Deadline,
): Promise<RestartOutcome> {
  const before = typeof member.answer === "string" ? undefined : member.answer;
  const mustStream = before?.replicationState === "streaming";
  const answered = await request(member, deadline);
  if (answered.kind !== "ok") return answered;
  let target: number | undefined;
  let unfinished = notBack(answered.said);
  const end = await until<RestartOutcome>(deadline, async () => {
    const now = await observeMembers(place);
    const status = statusOf(now, member.name);
    if (status === undefined) return undefined;
    const said = `${status.state}${status.replicationState === undefined ? "" : `, ${status.replicationState}`}`;
    unfinished = notBack(said);
    if (isDown(status)) return { kind: "failed", said };
    // Until the request is known to have been carried out, the PostgreSQL of before may still be there.
    if (answered.said === undefined && status.startedAt === before?.startedAt) return undefined;
    target ??= leaderStatus(now)?.location;
    if (serves(now, status, mustStream, target)) return { kind: "back" };
    // What it was restarted for isn't to blame, then. While it replays what it has, it doesn't stream either.
    if (status.state === "running") unfinished = { kind: "behind" };
    return undefined;
  });
  return end ?? unfinished;
}

function notBack(said: string | undefined): RestartOutcome {
  return { kind: "failed", said: `not back in time: ${said ?? "no answer"}` };
}

type Request =
  | Exclude<RestartOutcome, { readonly kind: "back" | "behind" }>
  /** `said` is undefined when the connection broke before the answer. */
  | { readonly kind: "ok"; readonly said: string | undefined };

async function request({ api }: ObservedMember, deadline: Deadline): Promise<Request> {
  if (api === undefined) return { kind: "busy", said: "it hasn't said where its REST API is" };
  try {
    const reply = await send(api, {
      method: "POST",
      path: "/restart",
      body: { restart_pending: true },
      timeoutSeconds: deadline.remainingSeconds,
    });
    const said = `${oneLine(reply.text)} (${reply.status})`;
    if (reply.status === 200 || reply.text.includes("still starting")) return { kind: "ok", said };
    if (reply.text.includes("conditions are not satisfied")) return { kind: "not needed" };
    if (reply.text.includes("already in progress")) return { kind: "busy", said };
    if (reply.status === 401 || reply.status === 403) return { kind: "refused", said };
    return { kind: "failed", said };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { kind: "ok", said: undefined };
  }
}

/**
 * Whether a member serves: the leader when it runs with the lock, a replica when it runs, streams (if it must)
 * and has replayed `target`, which its leader had written.
 */
export function serves(
  { leader }: ObservedMembers,
  status: ConfigStatus,
  mustStream: boolean,
  target = 0,
): boolean {
  if (status.state !== "running" || leader === undefined) return false;
  if (status.name === leader || !mustStream) return true;
  return status.replicationState === "streaming" && (status.location ?? 0) >= target;
}
