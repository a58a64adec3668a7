import { fields, number, text, type Fields } from "../../patroni/observed/json";
import { ProviderFailure } from "../failure";
import { HttpError, send, statusError, vaultApi, type HttpReply, type HttpRequest } from "../http";
import type { CredentialsInputs } from "./model";
import { deniedFailure, engineFailure, sealedFailure, unreachableFailure } from "./vaultFailures";

/** Where a secret is, and how long a request for it may take. */
export type SecretPlace = Pick<
  CredentialsInputs,
  "vaultAddress" | "mount" | "path" | "whenRemoved" | "timeoutSeconds"
>;

/** A secret of a KV v2 engine. https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 */
export type StoredSecret =
  | { readonly kind: "absent" }
  /** The latest version is deleted; `destroyed`: for good. */
  | { readonly kind: "deleted"; readonly version: number; readonly destroyed: boolean }
  /** `writtenAt`: ISO 8601, by Vault's clock; empty where it doesn't say. */
  | {
      readonly kind: "present";
      readonly version: number;
      readonly writtenAt: string;
      readonly data: Fields;
    };

/**
 * Reads a version, the latest unless said. Throws a ProviderFailure, which never holds anything of the secret.
 */
export async function readSecret(place: SecretPlace, older?: number): Promise<StoredSecret> {
  const reply = await ask(place, "GET", "data", {
    ...(older !== undefined && { query: { version: String(older) } }),
  });
  const answer = fields(parsed(reply));
  const data = fields(answer["data"]);
  const metadata = fields(data["metadata"]);
  const version = number(metadata["version"]);
  if (reply.status === 200 && version !== undefined)
    return {
      kind: "present",
      version,
      writtenAt: text(metadata["created_time"]) ?? "",
      data: fields(data["data"]),
    };
  if (reply.status === 404 && version !== undefined)
    return { kind: "deleted", version, destroyed: metadata["destroyed"] === true };
  // A KV v1 engine answers like an empty KV v2 engine, and would take a write to `data/` for a secret of that name.
  await requireKv2(place);
  if (reply.status === 404) return { kind: "absent" };
  throw unexpected(place, "GET", "data", reply);
}

/**
 * Writes a version if the latest one is `version`, 0 for none: Vault's check-and-set, so that of two runs at once
 * only one writes. Returns the new version, or `undefined` when another one came first.
 */
export async function writeSecret(
  place: SecretPlace,
  version: number,
  data: Fields,
): Promise<number | undefined> {
  const reply = await ask(place, "POST", "data", { body: { options: { cas: version }, data } });
  if (reply.status === 200) return number(fields(fields(parsed(reply))["data"])["version"]) ?? version + 1;
  if (reply.status === 400 && reply.text.includes("check-and-set")) return undefined;
  throw unexpected(place, "POST", "data", reply);
}

/** Deletes the secret with all its versions; one that isn't there is deleted already. */
export async function deleteSecret(place: SecretPlace): Promise<void> {
  const reply = await ask(place, "DELETE", "metadata");
  if (reply.status >= 300 && reply.status !== 404) throw unexpected(place, "DELETE", "metadata", reply);
}

type Part = "data" | "metadata";

/** What a request has besides its path. */
type More = Pick<HttpRequest, "body" | "query">;

function request(
  place: SecretPlace,
  method: HttpRequest["method"],
  part: Part,
  more: More = {},
): HttpRequest {
  return {
    method,
    path: `/v1/${encodePath(place.mount)}/${part}/${encodePath(place.path)}`,
    timeoutSeconds: place.timeoutSeconds,
    ...more,
  };
}

async function ask(
  place: SecretPlace,
  method: HttpRequest["method"],
  part: Part,
  more?: More,
): Promise<HttpReply> {
  const api = vaultApi(place.vaultAddress);
  try {
    const reply = await send(api, request(place, method, part, more));
    if (reply.status === 503) throw sealedFailure(place, reply.text);
    return reply;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.kind !== "denied") throw unreachableFailure(error);
    throw deniedFailure(place, error, (await engineOf(place)) !== undefined);
  }
}

/** Throws unless the mount is a KV engine of version 2, or the token may not see what it is. */
async function requireKv2(place: SecretPlace): Promise<void> {
  const engine = await engineOf(place);
  if (engine?.type === "kv" && engine.version === "2") return;
  throw engineFailure(place, engine);
}

/** What is mounted, as far as the token may see it: it may when it has any right below the mount. */
async function engineOf(
  place: SecretPlace,
): Promise<{ readonly type: string; readonly version: string } | undefined> {
  const api = vaultApi(place.vaultAddress);
  const path = `/v1/sys/internal/ui/mounts/${encodePath(place.mount)}`;
  try {
    const reply = await send(api, { method: "GET", path, timeoutSeconds: place.timeoutSeconds });
    const data = fields(fields(parsed(reply))["data"]);
    const type = text(data["type"]);
    return type === undefined
      ? undefined
      : { type, version: text(fields(data["options"])["version"]) ?? "1" };
  } catch (error) {
    if (error instanceof HttpError && error.kind === "denied") return undefined;
    throw error;
  }
}

/** The reply's JSON. What isn't JSON isn't Vault's, and isn't shown: it might hold what must not be shown. */
function parsed(reply: HttpReply): unknown {
  if (reply.text === "") return undefined;
  try {
    return JSON.parse(reply.text) as unknown;
  } catch {
    throw new ProviderFailure(`what answers (${reply.status}) isn't Vault: its answer isn't JSON`);
  }
}

function unexpected(
  place: SecretPlace,
  method: HttpRequest["method"],
  part: Part,
  reply: HttpReply,
): ProviderFailure {
  const api = vaultApi(place.vaultAddress);
  return new ProviderFailure(statusError(api, request(place, method, part), reply).message);
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
