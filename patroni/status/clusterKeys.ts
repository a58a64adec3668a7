import { followsAnother } from "../standbyCluster";
import { parseDocument } from "../configDocument";
import { parseScopeKeys, scopeValues, type ScopeKeys } from "../observed/consulKeys";
import { elements, fields, number, text } from "../observed/json";
import { isOn } from "../switchedOn";
import type { Failover } from "./model";

/** A cluster's keys in Consul, as far as its status needs them. */
export interface ClusterKeys extends ScopeKeys {
  /** Whether the leader follows another cluster. */
  readonly standby: boolean;
  readonly synchronousMode: "off" | "on" | "quorum";
  /** A switchover or failover that was asked for and isn't over, or is to happen at a time. */
  readonly failoverRequest: FailoverRequest | undefined;
  /** The latest first. */
  readonly failovers: readonly Failover[];
}

/** The key `failover` (`AbstractDCS.manual_failover` in patroni/dcs/__init__.py). */
export interface FailoverRequest {
  readonly leader: string | undefined;
  readonly candidate: string | undefined;
  /** ISO 8601; undefined: at once. */
  readonly scheduledAt: string | undefined;
}

/** Reads Consul's answer to `GET /v1/kv/<folder>?recurse`. */
export function parseClusterKeys(folder: string, body: unknown): ClusterKeys {
  const values = scopeValues(folder, body);
  const config = fields(parseDocument(values.get("config") ?? ""));
  const standby = followsAnother(config);
  return {
    ...parseScopeKeys(folder, body),
    standby,
    synchronousMode: standby ? "off" : synchronousMode(config["synchronous_mode"]),
    failoverRequest: parseFailoverRequest(values.get("failover") ?? ""),
    failovers: parseHistory(values.get("history") ?? ""),
  };
}

/** `GlobalConfig.is_synchronous_mode` and `is_quorum_commit_mode` in patroni/global_config.py. */
function synchronousMode(value: unknown): ClusterKeys["synchronousMode"] {
  if (String(value).toLowerCase() === "quorum") return "quorum";
  return isOn(value) ? "on" : "off";
}

/** Patroni leaves the key as an empty object when the request is over. */
function parseFailoverRequest(document: string): FailoverRequest | undefined {
  const request = fields(parseDocument(document));
  const leader = text(request["leader"]);
  const candidate = text(request["member"]);
  const scheduledAt = text(request["scheduled_at"]);
  return leader === undefined && candidate === undefined ? undefined : { leader, candidate, scheduledAt };
}

/**
 * Reads the key `history`: a list of `[timeline that ended, WAL position, reason, time, new leader]`, the oldest
 * first; the last two are absent where Patroni never knew them (`Ha.update_cluster_history` in patroni/ha.py).
 */
export function parseHistory(document: string): readonly Failover[] {
  return elements(parsedList(document))
    .flatMap((line): readonly Failover[] => {
      const [ended, , , at, leader] = elements(line);
      const timeline = number(ended);
      return timeline === undefined
        ? []
        : [{ at: text(at) ?? null, leader: text(leader) ?? null, timeline: timeline + 1 }];
    })
    .reverse();
}

function parsedList(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch {
    return [];
  }
}
