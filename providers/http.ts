import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { EndedEarly, untilDeadline } from "./endedEarly";

/**
 * The one way in which providers talk to the platform's HTTP APIs: every request has a deadline, the token comes
 * from the environment at the moment of the request, and every failure is a sentence that an operator can act on.
 */

/** An HTTP API of the platform. */
export interface HttpApi {
  /** What an operator calls it. */
  readonly system: "Nomad" | "Consul" | "Vault" | "Patroni";
  /** Base URL, with or without a slash at its end. */
  readonly address: string;
  /**
   * Environment variable that holds the token, and the request header that carries it; absent for Patroni.
   * `homeFile`: where in the home directory the tool's own login leaves a token, for when the variable is empty.
   */
  readonly token?: { readonly variable: string; readonly header: string; readonly homeFile?: string };
}

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** Path below the address, starting with a slash, its variable parts already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
  /** Until the whole answer is here; 10 s unless said. A blocking query needs more than its `wait`. */
  readonly timeoutSeconds?: number;
  /** The right that the token needs, for the message when it is refused, for example `node:read`. */
  readonly right?: string;
  /** Ends the request early, for example when another watch has already decided. */
  readonly signal?: AbortSignal;
}

/** An answer with any status that isn't a refused token. */
export interface HttpReply {
  readonly status: number;
  /** `X-Nomad-Index` or `X-Consul-Index`, 0 where there is none. */
  readonly index: number;
  /** The body, trimmed. */
  readonly text: string;
}

/** Why a request got no usable answer. `status` is 0 unless the server answered. */
export class HttpError extends Error {
  constructor(
    readonly kind: "unreachable" | "timeout" | "denied" | "status" | "aborted",
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "HttpError";
  }
}

/** Nomad's API. `NOMAD_TOKEN` is the variable of Nomad's own tools. */
export function nomadApi(address: string): HttpApi {
  return { system: "Nomad", address, token: { variable: "NOMAD_TOKEN", header: "X-Nomad-Token" } };
}

/** Consul's API. `CONSUL_HTTP_TOKEN` is the variable of Consul's own tools. */
export function consulApi(address: string): HttpApi {
  return { system: "Consul", address, token: { variable: "CONSUL_HTTP_TOKEN", header: "X-Consul-Token" } };
}

/**
 * Vault's (or OpenBao's) API. `VAULT_TOKEN` is the variable of Vault's own tools, and `~/.vault-token` the file of
 * `vault login`. https://developer.hashicorp.com/vault/docs/commands/token-helper
 */
export function vaultApi(address: string): HttpApi {
  const token = { variable: "VAULT_TOKEN", header: "X-Vault-Token", homeFile: ".vault-token" };
  return { system: "Vault", address, token };
}

/**
 * Sends a request and returns the answer, whatever its status, except 401 and 403 where the API takes a token.
 * Throws an HttpError when the API can't be reached, doesn't answer in time, or refuses the token.
 */
export async function send(api: HttpApi, request: HttpRequest): Promise<HttpReply> {
  const timeoutSeconds = request.timeoutSeconds ?? 10;
  try {
    return await untilDeadline(Math.ceil(timeoutSeconds * 1000), request.signal, async (signal) => {
      const response = await fetch(requestUrl(api, request), {
        method: request.method,
        headers: requestHeaders(api, request),
        signal,
        ...(request.body === undefined ? {} : { body: requestBody(request.body) }),
      });
      return replyOf(api, request, response, (await response.text()).trim());
    });
  } catch (error) {
    if (error instanceof HttpError) throw error;
    const why = error instanceof EndedEarly ? error.why : undefined;
    if (why === "aborted") throw new HttpError("aborted", 0, `${api.system}: request ended`);
    throw connectionError(api, request, error, why === "timeout" ? timeoutSeconds : undefined);
  }
}

function replyOf(api: HttpApi, request: HttpRequest, { status, headers }: Response, text: string): HttpReply {
  if (api.token !== undefined && (status === 401 || status === 403))
    throw new HttpError("denied", status, deniedMessage(api, request, status, text));
  const index = Number(headers.get("x-nomad-index") ?? headers.get("x-consul-index") ?? 0);
  return { status, index: Number.isFinite(index) ? index : 0, text };
}

/** Sends a request that must succeed and returns its JSON, `undefined` for an empty body. Throws an HttpError. */
export async function sendJson(api: HttpApi, request: HttpRequest): Promise<unknown> {
  const reply = await send(api, request);
  if (reply.status >= 300) throw statusError(api, request, reply);
  return parseJson(api, request, reply);
}

/** The JSON of an answer, `undefined` for an empty body. Throws an HttpError when it is something else. */
export function parseJson(api: HttpApi, request: HttpRequest, reply: HttpReply): unknown {
  if (reply.text === "") return undefined;
  try {
    return JSON.parse(reply.text) as unknown;
  } catch {
    const start = reply.text.slice(0, 80);
    const message = `${where(api, request)} answered something that isn't JSON ("${start}"): is ${addressName(api)} right?`;
    throw new HttpError("status", reply.status, message);
  }
}

/** The error for an answer whose status the caller didn't expect. */
export function statusError(api: HttpApi, request: HttpRequest, reply: HttpReply): HttpError {
  const reason = reply.text === "" ? "" : `: ${oneLine(reply.text)}`;
  return new HttpError("status", reply.status, `${where(api, request)} answered ${reply.status}${reason}`);
}

/** Folds a server's multi-line error into one line of at most 400 characters. */
export function oneLine(text: string): string {
  const folded = text.replace(/\s+/g, " ").trim();
  return folded.length > 400 ? `${folded.slice(0, 400)}…` : folded;
}

function requestUrl(api: HttpApi, request: HttpRequest): string {
  const query = new URLSearchParams(request.query ?? {}).toString();
  return `${api.address.replace(/\/+$/, "")}${request.path}${query === "" ? "" : `?${query}`}`;
}

function requestHeaders(api: HttpApi, request: HttpRequest): Record<string, string> {
  const token = findToken(api.token);
  return {
    ...(api.token === undefined || token === undefined ? {} : { [api.token.header]: token.value }),
    ...(request.body === undefined ? {} : { "Content-Type": "application/json" }),
  };
}

/** The token and where it was found, read at every request so that nothing ever holds it. */
function findToken(token: HttpApi["token"]): { readonly value: string; readonly from: string } | undefined {
  if (token === undefined) return undefined;
  const { variable, homeFile } = token;
  const set = process.env[variable] ?? "";
  if (set !== "" || homeFile === undefined) return set === "" ? undefined : { value: set, from: variable };
  try {
    const written = readFileSync(join(homedir(), homeFile), "utf8").trim();
    return written === "" ? undefined : { value: written, from: `~/${homeFile}` };
  } catch {
    return undefined;
  }
}

function requestBody(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function where(api: HttpApi, request: HttpRequest): string {
  return `${api.system} at ${api.address} (${request.method} ${request.path})`;
}

function deniedMessage(api: HttpApi, request: HttpRequest, status: number, text: string): string {
  const { variable, homeFile } = api.token ?? { variable: "the token" };
  const found = findToken(api.token);
  const need = request.right === undefined ? "" : ` A token with ${request.right} is needed.`;
  const missing = `${variable} is not set${homeFile === undefined ? "" : ` and ~/${homeFile} holds no token`}`;
  const cause = found ? `the token in ${found.from} doesn't allow it or is not valid` : missing;
  return `${where(api, request)} refused (${status} ${oneLine(text)}): ${cause}.${need}`;
}

function connectionError(
  api: HttpApi,
  request: HttpRequest,
  error: unknown,
  timedOutAfterSeconds: number | undefined,
): HttpError {
  if (timedOutAfterSeconds !== undefined) {
    const message = `${where(api, request)} didn't answer within ${timedOutAfterSeconds} s. Is it up, and is ${addressName(api)} right?`;
    return new HttpError("timeout", 0, message);
  }
  const message = `${api.system} at ${api.address} can't be reached (${connectionReason(error)}). Is it up, and is ${addressName(api)} right?`;
  return new HttpError("unreachable", 0, message);
}

/** What an operator would change: a setting of the stack's config; a member says itself where it is. */
function addressName({ system }: HttpApi): string {
  switch (system) {
    case "Nomad":
    case "Consul":
    case "Vault":
      return `${system.toLowerCase()}Address in the stack's config`;
    case "Patroni":
      return "that address";
  }
}

/** `fetch` says only "fetch failed"; what happened is in the cause, or in its first error when it tried several addresses. */
function connectionReason(error: unknown): string {
  if (!(error instanceof Error)) return "no connection";
  const { cause } = error;
  const inner: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return oneLine(inner instanceof Error ? inner.message : error.message);
}
