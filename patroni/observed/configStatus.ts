import type { PendingParameter } from "../configChange";
import { fields, number, text } from "./json";
import { parseRestStatus, type RestStatus } from "./restStatus";

/** What a member says over REST that matters while its configuration changes. */
export interface ConfigStatus extends RestStatus {
  /** Whether the cluster was paused in the keys that the member last read. */
  readonly paused: boolean;
  /** Parameters that only a restart puts into effect, by name. */
  readonly pending: readonly PendingParameter[];
  /**
   * When the member last read the cluster's keys, in seconds since 1970 by its own clock. Its HA loop does so at
   * the start of every cycle, and applies a changed configuration at the end of the same cycle.
   */
  readonly dcsLastSeen: number | undefined;
  /** When its PostgreSQL started, in PostgreSQL's own words: another text means another start. */
  readonly startedAt: string | undefined;
}

/** Reads the body of `GET /patroni` (`_write_status_response` in patroni/api.py). */
export function parseConfigStatus(status: number, body: unknown): ConfigStatus {
  const document = fields(body);
  const reasons = Object.entries(fields(document["pending_restart_reason"]));
  return {
    ...parseRestStatus(status, body),
    paused: document["pause"] === true,
    pending: reasons
      .map(([name, reason]) => ({
        name: name.toLowerCase(),
        running: text(fields(reason)["old_value"]) ?? "",
        wanted: text(fields(reason)["new_value"]) ?? "",
      }))
      .sort((one, other) => (one.name < other.name ? -1 : 1)),
    dcsLastSeen: number(document["dcs_last_seen"]),
    startedAt: text(document["postmaster_start_time"]),
  };
}

/** Whether its PostgreSQL was to run and doesn't. */
export function isDown({ state }: Pick<ConfigStatus, "state">): boolean {
  return ["start failed", "restart failed", "stop failed", "crashed"].includes(state);
}
