import type { RestAnswer } from "../patroni/observed/restStatus";
import { HttpError, parseJson, send, type HttpApi, type HttpRequest } from "./http";

/**
 * Asks a member's Patroni over its REST API, whatever the status of the answer; any failure is an answer too, in
 * words.
 *
 * @param apiUrl base of the API, without a path
 * @param parse reads the body, given its HTTP status
 */
export async function askPatroni<Status>(
  apiUrl: string,
  path: string,
  parse: (status: number, body: unknown) => Status,
  timeoutSeconds: number,
  signal?: AbortSignal,
): Promise<RestAnswer<Status>> {
  const api: HttpApi = { system: "Patroni", address: apiUrl };
  const request: HttpRequest = {
    method: "GET",
    path,
    timeoutSeconds,
    ...(signal === undefined ? {} : { signal }),
  };
  try {
    const reply = await send(api, request);
    return { kind: "answered", status: parse(reply.status, parseJson(api, request, reply)) };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { kind: "silent", url: `${apiUrl}${path}`, reason: silence(error, timeoutSeconds) };
  }
}

function silence(error: HttpError, seconds: number): string {
  if (error.kind === "timeout") return `no answer within ${seconds} s`;
  return /\(([^()]+)\)/.exec(error.message)?.[1] ?? error.kind;
}
