import { parseScopeKeys, type ScopeKeys } from "../../patroni/observed/consulKeys";
import { elements, fields, text } from "../../patroni/observed/json";
import { consulApi, parseJson, send, sendJson, statusError, type HttpRequest } from "../http";
import type { StorageInputs } from "./model";
import { blocking, type Since } from "./nomadScope";

/**
 * Written below the cluster's folder before its data is deleted, and deleted with the folder. When it is found
 * without any data, a removal was interrupted after the volumes were gone, and finishing it loses nothing. Patroni
 * ignores keys that it doesn't know (`_cluster_loader` in its patroni/dcs/consul.py).
 */
const removalKey = "removal";

/** What Consul holds of a cluster. */
export interface ClusterKeys extends ScopeKeys {
  /** Whether a removal of the data has begun. */
  readonly removalBegun: boolean;
  /** Who holds a key by a session that lives: the leader its lock, every member its own entry. */
  readonly alive: readonly string[];
}

/** The folder's URL; the slash at its end keeps `operations/acme` apart from `operations/acme2`. */
function folderPath(inputs: StorageInputs): string {
  return `/v1/kv/${inputs.dcsPath.split("/").map(encodeURIComponent).join("/")}/`;
}

/** Reads every key of the cluster; with `since`, as soon as one changes or the wait is over. */
export async function readKeys(
  inputs: StorageInputs,
  since?: Since,
): Promise<{ readonly keys: ClusterKeys; readonly index: number }> {
  const api = consulApi(inputs.consulAddress);
  const folder = `${inputs.dcsPath}/`;
  const read: HttpRequest = {
    method: "GET",
    path: folderPath(inputs),
    query: { recurse: "true" },
    right: `key_prefix "${folder}" read`,
  };
  const get = blocking(read, since);
  const reply = await send(api, get);
  if (reply.status >= 300 && reply.status !== 404) throw statusError(api, get, reply);
  const body = reply.status === 404 ? [] : parseJson(api, get, reply);
  const entries = elements(body).map(fields);
  const removalBegun = entries.some(({ Key }) => Key === `${folder}${removalKey}`);
  const scope = parseScopeKeys(folder, body);
  const held = entries.filter(({ Session }) => text(Session) !== undefined).map(({ Key }) => String(Key));
  const holders = held.map(
    (key) => (key === `${folder}leader` ? scope.leader : key.split("/").at(-1)) ?? key,
  );
  return { keys: { ...scope, removalBegun, alive: [...new Set(holders)].sort() }, index: reply.index };
}

/** Notes that the data is about to be deleted. */
export async function beginRemoval(inputs: StorageInputs): Promise<void> {
  await write(inputs, "PUT", "true");
}

/** Takes the note back: the data that is left is in use again. */
export async function cancelRemoval(inputs: StorageInputs): Promise<void> {
  await write(inputs, "DELETE", undefined);
}

async function write(
  inputs: StorageInputs,
  method: "PUT" | "DELETE",
  body: string | undefined,
): Promise<void> {
  await sendJson(consulApi(inputs.consulAddress), {
    method,
    path: `${folderPath(inputs)}${removalKey}`,
    right: `key_prefix "${inputs.dcsPath}/" write`,
    ...(body === undefined ? {} : { body }),
  });
}

/** Deletes everything that Patroni keeps of the cluster. */
export async function deleteKeys(inputs: StorageInputs): Promise<void> {
  await sendJson(consulApi(inputs.consulAddress), {
    method: "DELETE",
    path: folderPath(inputs),
    query: { recurse: "true" },
    right: `key_prefix "${inputs.dcsPath}/" write`,
  });
}
