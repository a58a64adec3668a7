import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders, RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { PluginFailure } from "./failure";

/** A server with an HTTP API, and how its operator names it. */
export interface Service {
  /** What people call it, for example `Nomad`. */
  readonly title: string;
  /** Root of its API, for example `http://127.0.0.1:4646`. */
  readonly address: string;
  /** Who sets the address: `NOMAD_ADDR or the setting nomad:address`. */
  readonly addressSetting: string;
  /** Who sets the token. */
  readonly tokenSetting: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: Tls;
}

/** What an https address needs beyond the system's authorities. PEM texts. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Below the service's address, beginning with a slash, its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** What it is for, as the end of "can't …": `register the job "acme"`. */
  readonly purpose: string;
  /** Ends a read. What is written is never taken back half way: only the answer tells whether it happened. */
  readonly signal: AbortSignal;
  /** Until the whole answer is there. Default 30. */
  readonly timeoutSeconds?: number;
}

/** What came back, with a status below 400 or one that the caller asked for. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

const defaultTimeoutSeconds = 30;
const longestQuote = 600;

/**
 * Sends one request and gives back the answer.
 *
 * @param accepted Statuses from 400 up that are answers all the same.
 * @throws {PluginFailure} naming the service, its address, what went wrong and who sets what.
 */
export async function ask(
  service: Service,
  request: HttpRequest,
  accepted: readonly number[] = [],
): Promise<HttpAnswer> {
  const answer = await send(service, request);
  if (answer.status < 400 || accepted.includes(answer.status)) return answer;
  throw new PluginFailure(`can't ${request.purpose}: ${refusal(service, request, answer)}`);
}

/** Like {@link ask}, with the answer's body read as JSON. */
export async function askJson(service: Service, request: HttpRequest): Promise<unknown> {
  const { text } = await ask(service, request);
  try {
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  } catch {
    throw new PluginFailure(
      `can't ${request.purpose}: what answers at ${service.address} does not speak JSON, so it is hardly ` +
        `${service.title}; ${service.addressSetting} names it.`,
    );
  }
}

function send(service: Service, request: HttpRequest): Promise<HttpAnswer> {
  const url = urlOf(service, request);
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const timeoutSeconds = request.timeoutSeconds ?? defaultTimeoutSeconds;
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  const options: RequestOptions & Tls = {
    method: request.method,
    headers: { ...service.headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    signal: request.method === "GET" ? AbortSignal.any([deadline, request.signal]) : deadline,
    ...service.tls,
  };
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const why =
        request.method === "GET" && request.signal.aborted
          ? "stopped because the engine was told to stop"
          : unreachable(service, deadline.aborted ? `no answer within ${timeoutSeconds} s` : wordsFor(error));
      reject(new PluginFailure(`can't ${request.purpose}: ${why}`));
    };
    const sent = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (text += chunk));
      answer.on("error", fail);
      answer.on("end", () => {
        resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers });
      });
    });
    sent.on("error", fail);
    sent.end(body);
  });
}

function urlOf(service: Service, request: HttpRequest): URL {
  let url: URL;
  try {
    url = new URL(service.address.replace(/\/+$/, "") + request.path);
  } catch {
    throw new PluginFailure(
      `the address of ${service.title} is "${service.address}", but must be a URL such as http://127.0.0.1:4646; ` +
        `${service.addressSetting} names it.`,
    );
  }
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  return url;
}

function unreachable(service: Service, why: string): string {
  return (
    `${service.title} at ${service.address} does not answer (${why}): is it running? ` +
    `${service.addressSetting} names it.`
  );
}

function wordsFor(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "its host name is unknown";
    case "ECONNRESET":
      return "connection reset";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "no route to it";
    case undefined:
    default:
      return error.message;
  }
}

function refusal(service: Service, request: HttpRequest, answer: HttpAnswer): string {
  const where = `${service.title} at ${service.address}`;
  const said = quote(answer.text);
  if (answer.status === 401 || answer.status === 403) {
    return (
      `${where} refuses the token for ${request.method} ${request.path} (${answer.status}${said}). ` +
      `${service.tokenSetting} must hold a token that may do this.`
    );
  }
  return `${where} answered ${request.method} ${request.path} with ${answer.status}${said}`;
}

/** The server's own words: the body, or the `errors` of it that Vault sends. */
function quote(text: string): string {
  const words = errorsIn(text) ?? text.trim();
  if (words === "") return "";
  return `: ${words.length > longestQuote ? `${words.slice(0, longestQuote)} …` : words}`;
}

function errorsIn(text: string): string | undefined {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: readonly string[] };
    return errors?.map((error) => error.trim()).join("; ");
  } catch {
    return undefined;
  }
}
