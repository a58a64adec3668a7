import { documentText, parseDocument, sameValue, type ConfigDocument } from "../../patroni/configDocument";
import { parseScopeKeys, type ScopeKeys } from "../../patroni/observed/consulKeys";
import { elements, fields, number, text } from "../../patroni/observed/json";
import { ProviderFailure } from "../failure";
import { consulApi, HttpError, parseJson, send, statusError, type HttpRequest } from "../http";
import type { ConfigInputs } from "./model";

/** Where the cluster's keys are, and how many seconds Consul may take to answer if not the usual ones. */
export type KeyPlace = Pick<ConfigInputs, "consulAddress" | "dcsPath"> & { readonly answerSeconds?: number };

/** The key `<dcsPath>/config`, whoever wrote it. */
export interface ConfigKey {
  /** Undefined where the value isn't a JSON object; Patroni takes such a key for empty. */
  readonly document: ConfigDocument | undefined;
  readonly modifyIndex: number;
}

/** How often a write that somebody else forestalled is tried. */
const tries = 5;

/** Reads the key; undefined where there is none. Throws a ProviderFailure or an HttpError. */
export async function readConfigKey(place: KeyPlace): Promise<ConfigKey | undefined> {
  const body = await get(place, { path: keyPath(place, "/config") });
  const entry = fields(elements(body)[0]);
  const modifyIndex = number(entry["ModifyIndex"]);
  if (modifyIndex === undefined) return undefined;
  const value = Buffer.from(text(entry["Value"]) ?? "", "base64").toString("utf8");
  return { document: parseDocument(value), modifyIndex };
}

/** Reads all of the cluster's keys. Throws a ProviderFailure or an HttpError. */
export async function readScope(place: KeyPlace): Promise<ScopeKeys> {
  return parseScopeKeys(`${place.dcsPath}/`, await readScopeEntries(place));
}

/** All of the cluster's keys as Consul lists them, none where there is none. Throws as `readScope` does. */
export async function readScopeEntries(place: KeyPlace): Promise<unknown> {
  return get(place, { path: keyPath(place, "/"), query: { recurse: "true" } });
}

/** What a write did. */
export interface WrittenKey {
  /** What was to stand there. */
  readonly document: ConfigDocument;
  /** What stood there before; undefined for nothing, or nothing that Patroni could have used. */
  readonly before: ConfigDocument | undefined;
  /** Whether something else stood there. */
  readonly written: boolean;
  readonly modifyIndex: number;
}

/**
 * Makes the key hold the document that `wanted` makes of what stands there: leaves it where it already means the same,
 * else writes it by check-and-set, so that nobody's change in between is lost unseen. `only` limits what may be
 * overwritten.
 *
 * Throws a ProviderFailure when others change the key at every try, or an HttpError.
 */
export async function writeConfigKey(
  place: KeyPlace,
  wanted: (before: ConfigDocument | undefined) => ConfigDocument,
  only: (before: ConfigDocument | undefined) => boolean = () => true,
): Promise<WrittenKey> {
  for (let count = 0; count < tries; count++) {
    const key = await readConfigKey(place);
    const before = key?.document;
    const document = wanted(before);
    if (key !== undefined && (sameValue(before, document) || !only(before)))
      return { document, before, written: false, modifyIndex: key.modifyIndex };
    if (await checkAndSet(place, documentText(document), key?.modifyIndex ?? 0)) {
      const now = await readConfigKey(place);
      return { document, before, written: true, modifyIndex: now?.modifyIndex ?? 0 };
    }
  }
  throw new ProviderFailure(`the key ${place.dcsPath}/config was changed by somebody else at every try`, [
    "see who writes it (another pulumi up, patronictl edit-config, a script), then run pulumi up again",
  ]);
}

/** Consul's check-and-set: writes if the key's index is `modifyIndex`, 0 for no key. */
async function checkAndSet(place: KeyPlace, value: string, modifyIndex: number): Promise<boolean> {
  const api = consulApi(place.consulAddress);
  const request: HttpRequest = {
    method: "PUT",
    path: keyPath(place, "/config"),
    query: { cas: String(modifyIndex) },
    body: value,
    right: `key "${place.dcsPath}/config" { policy = "write" }`,
  };
  const reply = await explained(() => send(api, request));
  if (reply.status >= 300) throw statusError(api, request, reply);
  return parseJson(api, request, reply) === true;
}

async function get(place: KeyPlace, request: Pick<HttpRequest, "path" | "query">): Promise<unknown> {
  const api = consulApi(place.consulAddress);
  const right = `key_prefix "${place.dcsPath}/" { policy = "read" }`;
  const { answerSeconds } = place;
  const deadline = answerSeconds === undefined ? {} : { timeoutSeconds: answerSeconds };
  const read: HttpRequest = { ...request, ...deadline, method: "GET", right };
  const reply = await explained(() => send(api, read));
  if (reply.status === 404) return [];
  if (reply.status >= 300) throw statusError(api, read, reply);
  return parseJson(api, read, reply);
}

/** Says whose setting the address is where nobody answers. What isn't certain may pass, and stays an HttpError. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HttpError) || error.kind !== "denied") throw error;
    throw new ProviderFailure(error.message);
  }
}

/** What to say of an HttpError that ends a run at its first question. */
export function unreachableConsul(error: HttpError): ProviderFailure {
  return new ProviderFailure(error.message, [
    "`consul members` with CONSUL_HTTP_ADDR set to the same address says whether Consul is up",
  ]);
}

function keyPath({ dcsPath }: KeyPlace, tail: string): string {
  return `/v1/kv/${dcsPath.split("/").map(encodeURIComponent).join("/")}${tail}`;
}
