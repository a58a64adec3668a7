import type { AccessRole, OneTimeRole } from "../../config/model";
import { databaseGroups, vaultConnectionName } from "./accessNames";
import { creationStatements, revocationStatements } from "./roleStatements";

/** A PostgreSQL server, where Vault may find the leader. */
export interface PostgresHost {
  readonly host: string;
  readonly port: number;
}

/**
 * How Vault reaches the leader: every host in turn, until one answers that takes writes. Vault's plugin connects by pgx,
 * which does that for each new connection. The hosts have the cluster's own port, so that neither a failover nor a new
 * allocation changes the address. A host without a listener answers at once; one that is lost costs `connect_timeout`.
 *
 * Source: https://pkg.go.dev/github.com/jackc/pgx/v5/pgconn#ParseConfig
 */
export function connectionUrl(database: string, hosts: readonly PostgresHost[]): string {
  const list = hosts.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`).join(",");
  const options = "target_session_attrs=read-write&connect_timeout=2&application_name=vault";
  return `postgresql://{{username}}:{{password}}@${list}/${encodeURIComponent(database)}?${options}`;
}

/** A connection of Vault's database engine, without its password. */
export interface ConnectionDocument {
  readonly plugin_name: "postgresql-database-plugin";
  readonly connection_url: string;
  readonly username: string;
  readonly allowed_roles: readonly string[];
  readonly password_authentication: "scram-sha-256";
  readonly max_open_connections: number;
  readonly max_connection_lifetime: string;
}

/** @param allowed names in Vault of the roles that it is for */
export function connectionDocument(
  database: string,
  hosts: readonly PostgresHost[],
  allowed: readonly string[],
): ConnectionDocument {
  return {
    plugin_name: "postgresql-database-plugin",
    connection_url: connectionUrl(database, hosts),
    username: databaseGroups(database).manager,
    allowed_roles: [...allowed].sort(),
    // Vault hashes the password itself: PostgreSQL, and its log, never see it.
    password_authentication: "scram-sha-256",
    max_open_connections: 8,
    // Connections to a node that is lost hang; these are given up before another leader is elected.
    max_connection_lifetime: "5s",
  };
}

/** A role of Vault's database engine as it is written. */
export type RoleDocument = Readonly<Record<string, string | number | readonly string[]>>;

/** What a role is in Vault's database engine. Times in seconds. */
export function roleDocument(cluster: { readonly name: string }, role: AccessRole): RoleDocument {
  const db_name = vaultConnectionName(cluster, role.database);
  if (role.type === "static")
    return { db_name, username: role.username, rotation_period: role.rotateEverySeconds };
  return {
    db_name,
    creation_statements: creationStatements(role),
    revocation_statements: revocationStatements(role),
    default_ttl: role.ttlSeconds,
    max_ttl: role.maxTtlSeconds,
  };
}

/** What is to be told of a role whose times are longer than Vault's mount allows; undefined where they aren't. */
export function tooLong(role: OneTimeRole, mountMaxSeconds: number): string | undefined {
  const [key, seconds] =
    role.ttlSeconds > mountMaxSeconds ? ["ttl", role.ttlSeconds] : ["maxTtl", role.maxTtlSeconds];
  return seconds > mountMaxSeconds ? `${key} of ${seconds} s` : undefined;
}

/** Whether Vault holds what was to be written: every key of `wanted` with its value. */
export function holds(found: Readonly<Record<string, unknown>>, wanted: object): boolean {
  return Object.entries(wanted).every(([key, value]) => JSON.stringify(found[key]) === JSON.stringify(value));
}
