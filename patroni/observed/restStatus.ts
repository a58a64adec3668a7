import { elements, fields, number, text } from "./json";

/** A replication connection that the leader serves (`pg_stat_replication`). */
export interface WalSender {
  /** The replica's member name: Patroni puts it in `primary_conninfo`. */
  readonly applicationName: string;
  /** `startup`, `catchup`, `streaming`, `backup`, `stopping`. */
  readonly state: string;
}

/** A member's live answer over Patroni's REST API (`get_postgresql_status` in patroni/api.py). */
export interface RestStatus {
  /** HTTP status of the path that was asked. */
  readonly status: number;
  readonly name: string | undefined;
  readonly state: string;
  /** `primary`, `replica` or `standby_leader`: what its PostgreSQL is, whoever holds the lock. */
  readonly role: string | undefined;
  readonly timeline: number | undefined;
  /** `streaming` on a replica that receives WAL from its source. */
  readonly replicationState: string | undefined;
  /** Bytes of WAL: written by a primary, replayed by a replica. */
  readonly location: number | undefined;
  readonly replication: readonly WalSender[];
  readonly systemIdentifier: string | undefined;
}

/** What came of asking a member: its answer, or why there was none. */
export type RestAnswer<Status = RestStatus> =
  | { readonly kind: "answered"; readonly status: Status }
  | { readonly kind: "silent"; readonly url: string; readonly reason: string };

/** Reads the body of `GET /primary`, `/standby-leader` or `/patroni`; all three carry the same document. */
export function parseRestStatus(status: number, body: unknown): RestStatus {
  const document = fields(body);
  const xlog = fields(document["xlog"]);
  return {
    status,
    name: text(fields(document["patroni"])["name"]),
    state: text(document["state"]) ?? "unknown",
    role: text(document["role"]),
    timeline: number(document["timeline"]),
    replicationState: text(document["replication_state"]),
    location: number(xlog["location"]) ?? number(xlog["replayed_location"]),
    replication: elements(document["replication"]).map((sender) => ({
      applicationName: text(fields(sender)["application_name"]) ?? "",
      state: text(fields(sender)["state"]) ?? "",
    })),
    systemIdentifier: text(document["database_system_identifier"]),
  };
}
