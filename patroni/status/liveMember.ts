import { parseConfigStatus, type ConfigStatus } from "../observed/configStatus";
import { fields, number, text } from "../observed/json";

/** What a member says over REST, as far as a status needs it. */
export interface LiveMember extends ConfigStatus {
  /** The cluster that it belongs to: ports are handed out anew, and another tenant's member may have this one's. */
  readonly scope: string | undefined;
  readonly patroniVersion: string | undefined;
  /** For example `17.5`. */
  readonly postgresVersion: string | undefined;
  /** Set on a replica that synchronous mode counts on. */
  readonly synchronous: "sync standby" | "quorum standby" | undefined;
  /** Why Patroni doesn't let it lead, however well it streams. */
  readonly failoverLimitation: "nofailover" | "watchdog" | undefined;
}

/** Reads the body of `GET /patroni` (`get_postgresql_status` and `_write_status_response` in patroni/api.py). */
export function parseLiveMember(status: number, body: unknown): LiveMember {
  const document = fields(body);
  const patroni = fields(document["patroni"]);
  return {
    ...parseConfigStatus(status, body),
    scope: text(patroni["scope"]),
    patroniVersion: text(patroni["version"]),
    postgresVersion: versionText(number(document["server_version"])),
    synchronous: synchronousRole(document),
    failoverLimitation: failoverLimitation(document),
  };
}

function synchronousRole(document: Readonly<Record<string, unknown>>): LiveMember["synchronous"] {
  if (document["sync_standby"] === true) return "sync standby";
  return document["quorum_standby"] === true ? "quorum standby" : undefined;
}

/**
 * `_MemberStatus.failover_limitation` in patroni/ha.py, with the tags of `Tags.nofailover` in patroni/tags.py: a
 * `failover_priority` of 0 or less counts where `nofailover` isn't there.
 */
function failoverLimitation(document: Readonly<Record<string, unknown>>): LiveMember["failoverLimitation"] {
  const tags = fields(document["tags"]);
  const priority = number(tags["failover_priority"]) ?? 1;
  const nofailover = tags["nofailover"] ?? priority <= 0;
  if (nofailover !== false) return "nofailover";
  return document["watchdog_failed"] === true ? "watchdog" : undefined;
}

/**
 * `170005` is 17.5, since PostgreSQL 10.
 * https://www.postgresql.org/docs/17/libpq-status.html#LIBPQ-PQSERVERVERSION
 */
function versionText(version: number | undefined): string | undefined {
  if (version === undefined || version < 100_000) return undefined;
  return `${Math.floor(version / 10_000)}.${version % 10_000}`;
}
