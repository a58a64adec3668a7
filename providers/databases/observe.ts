import type { AllowedDrop } from "../../config/model";
import {
  extraAttributes,
  own,
  type Found,
  type FoundDatabase,
  type FoundRole,
  type Objects,
} from "../../patroni/databases/model";
import type { Query } from "../postgresSession";
import { asSuperuser, type Superuser } from "./superuser";

/** What PostgreSQL has, and what extensions its image has. */
export interface Observation {
  readonly found: Found;
  readonly available: readonly string[];
}

// Names are qualified: what a database's owner puts into its schemas must not answer for PostgreSQL's own.
const rolesQuery = `SELECT r.rolname AS name, r.rolcanlogin AS "LOGIN", r.rolsuper AS "SUPERUSER",
    r.rolcreatedb AS "CREATEDB", r.rolcreaterole AS "CREATEROLE", r.rolreplication AS "REPLICATION",
    r.rolbypassrls AS "BYPASSRLS",
    (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('group', g.rolname, 'grantor', b.rolname)
       ORDER BY g.rolname, b.rolname), '[]')
     FROM pg_catalog.pg_auth_members m
     JOIN pg_catalog.pg_roles g ON g.oid = m.roleid JOIN pg_catalog.pg_roles b ON b.oid = m.grantor
     WHERE m.member = r.oid) AS grants
  FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($1)`;

const databasesQuery = `SELECT d.datname AS name, pg_catalog.pg_get_userbyid(d.datdba) AS owner,
    d.datconnlimit = -2 AS invalid
  FROM pg_catalog.pg_database d WHERE d.datname = ANY ($1)`;

type RoleRow = Readonly<Record<(typeof extraAttributes)[number] | "LOGIN", boolean>> & {
  readonly name: string;
  readonly grants: FoundRole["grants"];
};
type DatabaseRow = { readonly name: string; readonly owner: string; readonly invalid: boolean };

/** Looks at what is declared and what may be dropped, and at nothing else. Throws a PostgresError. */
export async function observe(
  superuser: Superuser,
  { databases, roles }: Objects,
  drops: readonly AllowedDrop[],
): Promise<Observation> {
  const names = (kind: AllowedDrop["kind"], declared: object) => [
    ...Object.keys(declared),
    ...drops.filter((drop) => drop.kind === kind).map(({ name }) => name),
  ];
  return asSuperuser(superuser, async (query) => {
    const roleRows = await query<RoleRow>(rolesQuery, [names("role", roles)]);
    const rows = await query<DatabaseRow>(databasesQuery, [names("database", databases)]);
    const available = await query<{ name: string }>("SELECT name FROM pg_catalog.pg_available_extensions");
    const foundDatabases: [string, FoundDatabase][] = [];
    for (const { name, owner, invalid } of rows) {
      const wanted = own(databases, name)?.extensions ?? [];
      const look = wanted.length > 0 && !invalid;
      const extensions = look ? await asSuperuser(superuser, installed, name) : [];
      foundDatabases.push([name, { owner, invalid, extensions }]);
    }
    return {
      found: {
        roles: Object.fromEntries(roleRows.map((row) => [row.name, foundRole(row)])),
        databases: Object.fromEntries(foundDatabases),
      },
      available: available.map(({ name }) => name),
    };
  });
}

/** Extensions of the database that is asked. */
async function installed(query: Query): Promise<readonly string[]> {
  const rows = await query<{ name: string }>("SELECT extname AS name FROM pg_catalog.pg_extension");
  return rows.map(({ name }) => name);
}

function foundRole(row: RoleRow): FoundRole {
  const attributes = extraAttributes.filter((attribute) => row[attribute]);
  return { login: row.LOGIN, attributes, grants: row.grants };
}
