import { defaultUsernames } from "../../patroni/credentials";

/** PostgreSQL cuts longer names off at 63 bytes. */
const pattern = /^[a-z][a-z0-9_-]{0,62}$/;

/** What the name of a database or a role has to be. */
export const nameAllowed = "a name of at most 63 small letters, digits, `_` and `-`, from a letter";

/** Databases that every cluster has. */
const reservedDatabases: readonly string[] = ["postgres", "template0", "template1"];

/** `none` and `public` are words of PostgreSQL's (`check_rolespec_name`); the others log in for Patroni. */
const reservedRoles: readonly string[] = [
  "none",
  "public",
  ...Object.values<string>({ ...defaultUsernames }),
];

/**
 * Roles of PostgreSQL 17 that others can be made members of. Left out are `pg_database_owner`, which takes no members,
 * and those that reach the server's files and programs: whoever is one of them reads the members' passwords.
 *
 * Source: https://www.postgresql.org/docs/17/predefined-roles.html
 */
export const predefinedRoles: readonly string[] = [
  "pg_checkpoint",
  "pg_create_subscription",
  "pg_maintain",
  "pg_monitor",
  "pg_read_all_data",
  "pg_read_all_settings",
  "pg_read_all_stats",
  "pg_signal_backend",
  "pg_stat_scan_tables",
  "pg_use_reserved_connections",
  "pg_write_all_data",
];

/** Why a database or a role can't have a name, as what was found; undefined where it can. */
export function nameProblem(kind: "database" | "role", name: string): string | undefined {
  if (!pattern.test(name))
    return `the name ${JSON.stringify(name.length > 70 ? `${name.slice(0, 70)}…` : name)}`;
  const reserved = kind === "database" ? reservedDatabases : reservedRoles;
  if (reserved.includes(name) || name.startsWith("pg_"))
    return `the name \`${name}\`, which is PostgreSQL's or Patroni's own`;
  return undefined;
}
