import { parseDocument } from "../configDocument";
import { isPaused } from "../pause";
import { elements, fields, number, parsedFields, text } from "./json";

/** What a member last wrote about itself to Consul: at most one `loop_wait` old, sooner when its state changed. */
export interface MemberKey {
  readonly name: string;
  /** Patroni's word: `running`, `starting`, `creating replica`, `stopped`, … (`PostgresqlState` in its source). */
  readonly state: string;
  /** `primary`, `replica`, `standby_leader`, `uninitialized`, … */
  readonly role: string;
  /** Where PostgreSQL listens, for the other members. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Base of the REST API, without a path; undefined until the member has said it. */
  readonly apiUrl: string | undefined;
  /** `streaming`, `in archive recovery`; absent on a leader. */
  readonly replicationState: string | undefined;
}

/** A cluster's keys in Consul, as Patroni writes them below `<namespace>/<scope>/` (patroni/dcs/consul.py). */
export interface ScopeKeys {
  /** The leader lock, held by a session: who has it. */
  readonly leader: string | undefined;
  /**
   * System identifier of the database that the scope belongs to; empty while a member bootstraps it
   * (`Ha.bootstrap` writes "" first); undefined when no member ever has.
   */
  readonly initialize: string | undefined;
  readonly members: readonly MemberKey[];
  /** Whether the dynamic configuration pauses the cluster: nobody takes over by itself, and no PostgreSQL is started. */
  readonly paused: boolean;
  /** How long a member may be stuck before it rebuilds itself, in seconds; undefined: it never does. */
  readonly rebuildAfterSeconds: number | undefined;
  /** How many keys there are, `config` included. */
  readonly count: number;
}

/** The folder of a scope's keys, with a slash at its end. */
export function scopeFolder(keyPrefix: string, scope: string): string {
  return `${keyPrefix}/${scope}/`;
}

/**
 * The values in Consul's answer to `GET /v1/kv/<folder>?recurse`, by key without the folder; none if the body isn't a
 * list of entries.
 */
export function scopeValues(folder: string, body: unknown): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const entry of elements(body)) {
    const { Key, Value, Session } = fields(entry);
    const key = text(Key);
    if (key === undefined || !key.startsWith(folder)) continue;
    // The lock without a session is nobody's: Consul gives it away to the next one who asks.
    if (key === `${folder}leader` && text(Session) === undefined) continue;
    values.set(key.slice(folder.length), Buffer.from(text(Value) ?? "", "base64").toString("utf8"));
  }
  return values;
}

/** Reads Consul's answer to `GET /v1/kv/<folder>?recurse`; a body that isn't a list of entries gives no keys. */
export function parseScopeKeys(folder: string, body: unknown): ScopeKeys {
  const values = scopeValues(folder, body);
  const config = parseDocument(values.get("config") ?? "") ?? {};
  const memberNames = [...values.keys()].filter((key) => /^members\/[^/]+$/.test(key)).sort();
  return {
    leader: text(values.get("leader")),
    initialize: values.get("initialize"),
    members: memberNames.map((key) => memberKey(key.slice("members/".length), values.get(key) ?? "")),
    paused: isPaused(config),
    rebuildAfterSeconds: number(config["rebuild_stuck_after"]),
    count: values.size,
  };
}

/**
 * Whether `initialize` names a database that exists: Patroni's own test (`Ha.sysid_valid`), at least ten digits.
 */
export function namesDatabase(initialize: string | undefined): initialize is string {
  return initialize !== undefined && /^\d{10,}$/.test(initialize);
}

function memberKey(name: string, document: string): MemberKey {
  const data = parsedFields(document);
  const connection = url(text(data["conn_url"]));
  const api = url(text(data["api_url"]));
  return {
    name,
    state: text(data["state"]) ?? "unknown",
    role: text(data["role"]) ?? "unknown",
    host: connection === undefined ? undefined : connection.hostname.replace(/^\[|\]$/g, ""),
    port: connection === undefined ? undefined : Number(connection.port || "5432"),
    apiUrl: api?.origin,
    replicationState: text(data["replication_state"]),
  };
}

/** A `postgres:` URL is parsed as `http:`, because only then are its host and port taken apart everywhere. */
function url(value: string | undefined): URL | undefined {
  if (value === undefined) return undefined;
  try {
    return new URL(value.replace(/^postgres(ql)?:/, "http:"));
  } catch {
    return undefined;
  }
}
