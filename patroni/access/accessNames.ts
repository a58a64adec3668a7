import type { AccessKind, AccessRole, Cluster } from "../../config/model";

/** The roles in PostgreSQL that stand behind the logins of one database. None of them is anybody's own. */
export interface DatabaseGroups {
  /** Vault's own login, which makes and drops the others' logins; no superuser. */
  readonly manager: string;
  /** What a kind's logins are members of. */
  readonly kinds: Readonly<Record<AccessKind, string>>;
}

/** Names of a database's group roles. What tells them apart comes first, so that no two databases share one. */
export function databaseGroups(database: string): DatabaseGroups {
  return {
    manager: `access_manager_${database}`,
    kinds: {
      readonly: `access_readonly_${database}`,
      readwrite: `access_readwrite_${database}`,
      owner: `access_owner_${database}`,
    },
  };
}

/**
 * A role's name in Vault's database engine, and its policy's. Clusters' names have no dot, so that no two clusters'
 * roles share a name.
 */
export function vaultAccessName(cluster: Pick<Cluster, "name">, { name }: Pick<AccessRole, "name">): string {
  return `postgres-${cluster.name}.${name}`;
}

/** The name of a database's connection in Vault's database engine. */
export function vaultConnectionName(cluster: Pick<Cluster, "name">, database: string): string {
  return `postgres-${cluster.name}.${database}`;
}

/** Path below the engine's mount at which a role's login is read. */
export function credentialsPath(cluster: Pick<Cluster, "name">, role: AccessRole): string {
  const kind = role.type === "oneTime" ? "creds" : "static-creds";
  return `${kind}/${vaultAccessName(cluster, role)}`;
}

/** Path below the engine's mount at which a role is written. */
export function rolePath(cluster: Pick<Cluster, "name">, role: AccessRole): string {
  const kind = role.type === "oneTime" ? "roles" : "static-roles";
  return `${kind}/${vaultAccessName(cluster, role)}`;
}

/** The databases that roles are for, by name. */
export function accessDatabases(roles: readonly Pick<AccessRole, "database">[]): readonly string[] {
  return [...new Set(roles.map(({ database }) => database))].sort();
}
