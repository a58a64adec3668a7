import { parseDocument } from "../configDocument";
import { parseScopeKeys, scopeValues, type ScopeKeys } from "../observed/consulKeys";
import { elements, fields, number, text } from "../observed/json";
import type { Failover } from "./model";

/** A cluster's keys in Consul, as far as its status needs them. */
export interface ClusterKeys extends ScopeKeys {
  /** Patroni's maintenance mode: nobody takes over by itself. */
  readonly paused: boolean;
  /** Whether the leader follows another cluster. */
  readonly standby: boolean;
  /** The latest first. */
  readonly failovers: readonly Failover[];
}

/** Reads Consul's answer to `GET /v1/kv/<folder>?recurse`. */
export function parseClusterKeys(folder: string, body: unknown): ClusterKeys {
  const values = scopeValues(folder, body);
  const config = fields(parseDocument(values.get("config") ?? ""));
  const standby = fields(config["standby_cluster"]);
  return {
    ...parseScopeKeys(folder, body),
    paused: isOn(config["pause"]),
    // `GlobalConfig.is_standby_cluster` in patroni/global_config.py.
    standby: ["host", "port", "restore_command"].some((name) => Boolean(standby[name])),
    failovers: parseHistory(values.get("history") ?? ""),
  };
}

/** Patroni's reading of a switch (`parse_bool` in patroni/utils.py). */
function isOn(value: unknown): boolean {
  return ["on", "true", "yes", "1"].includes(String(value).toLowerCase());
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
