import type { DeclaredDatabase, DeclaredRole } from "../../config/model";

/**
 * What a role may have beyond LOGIN. None is ever declared.
 * https://www.postgresql.org/docs/17/role-attributes.html
 */
export const extraAttributes = ["SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS"] as const;
export type ExtraAttribute = (typeof extraAttributes)[number];

/** A role as it stands in a cluster, in the form of a declared one; `attributes` is absent where there are none. */
export interface StandingRole extends DeclaredRole {
  readonly attributes?: readonly ExtraAttribute[];
}

/** Databases and roles by name, as they are declared or as they stand. */
export interface Objects {
  readonly databases: Readonly<Record<string, DeclaredDatabase>>;
  readonly roles: Readonly<Record<string, StandingRole>>;
}

/** Nothing at all. */
export const noObjects: Objects = { databases: {}, roles: {} };

/** A database as PostgreSQL has it. */
export interface FoundDatabase extends DeclaredDatabase {
  /** What an interrupted DROP DATABASE left: nobody can connect to it any more (`datconnlimit` is -2). */
  readonly invalid: boolean;
}

/** A role as PostgreSQL has it. */
export interface FoundRole {
  readonly login: boolean;
  readonly attributes: readonly ExtraAttribute[];
  /** Direct memberships; one for each role that granted it (PostgreSQL 16 and later). */
  readonly grants: readonly { readonly group: string; readonly grantor: string }[];
}

/** What PostgreSQL has of the databases and roles that somebody asked for, by name. */
export interface Found {
  readonly databases: Readonly<Record<string, FoundDatabase>>;
  readonly roles: Readonly<Record<string, FoundRole>>;
}

/** A map's own value: a name may be that of something which every object inherits. */
export function own<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
