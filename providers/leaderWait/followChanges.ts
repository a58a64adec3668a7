import { setTimeout as sleep } from "node:timers/promises";
import {
  HttpError,
  parseJson,
  send,
  statusError,
  type HttpApi,
  type HttpReply,
  type HttpRequest,
} from "../http";

/** A resource of Consul's or Nomad's that is followed by blocking queries. */
export interface Followed {
  readonly api: HttpApi;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The right that the token needs, for the message when it is refused. */
  readonly right: string;
}

/** Where answers and failures go. */
export interface Sink {
  /** The resource as it is now; undefined when it isn't there (404). */
  readonly answer: (body: unknown) => void;
  readonly problem: (error: HttpError) => void;
}

/** How long the server may hold a query back. It adds up to a sixteenth of it (Consul) for its own reasons. */
const waitSeconds = 30;
const blockingTimeoutSeconds = (waitSeconds * 17) / 16 + 5;

/** A first question is answered at once, or the server is in trouble. */
const firstTimeoutSeconds = 4;

/** Between an error and the next try; the last one repeats. */
const backoffMs = [250, 500, 1_000, 2_000] as const;

/**
 * Follows a resource until the signal: asks, then lets the server hold each next question until something has
 * changed. Every request has a deadline of its own; after a failure it asks afresh, first soon, then every 2 s.
 *
 * Sources: https://developer.hashicorp.com/consul/api-docs/features/blocking and
 * https://developer.hashicorp.com/nomad/api-docs#blocking-queries (an index that goes back starts anew).
 */
export async function followChanges(followed: Followed, sink: Sink, signal: AbortSignal): Promise<void> {
  let index = 0;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const asked = Date.now();
      const { reply, body } = await ask(followed, index, signal);
      sink.answer(body);
      failures = 0;
      // A server that ignores the index must not be asked in a tight loop.
      if (reply.index === index && Date.now() - asked < 100) await pause(250, signal);
      index = reply.index < index ? 0 : reply.index;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      if (error.kind === "aborted") return;
      sink.problem(error);
      index = 0;
      await pause(backoffMs[Math.min(failures++, backoffMs.length - 1)] ?? 2_000, signal);
    }
  }
}

async function ask(
  { api, path, query, right }: Followed,
  index: number,
  signal: AbortSignal,
): Promise<{ reply: HttpReply; body: unknown }> {
  const blocking: Record<string, string> = index > 0 ? { index: String(index), wait: `${waitSeconds}s` } : {};
  const request: HttpRequest = {
    method: "GET",
    path,
    query: { ...query, ...blocking },
    timeoutSeconds: index > 0 ? blockingTimeoutSeconds : firstTimeoutSeconds,
    right,
    signal,
  };
  const reply = await send(api, request);
  if (reply.status !== 404 && reply.status >= 300) throw statusError(api, request, reply);
  return { reply, body: reply.status === 404 ? undefined : parseJson(api, request, reply) };
}

/** Waits, but not beyond the signal. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
