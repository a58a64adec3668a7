import { escapeIdentifier as identifier } from "pg";
import { databaseGroups } from "./accessNames";

/** What has to be known of a database before its groups are made. */
export interface DatabaseFacts {
  readonly database: string;
  /** Those of the group roles that are there. */
  readonly roles: readonly string[];
  /** Its owner; undefined where that is a superuser, whose rights nobody gets by this. */
  readonly owner: string | undefined;
  /** Its schemas without PostgreSQL's own. */
  readonly schemas: readonly string[];
  /** Everyone who owns a schema, a table, a view or a sequence in it, and the database's owner. */
  readonly creators: readonly string[];
}

/**
 * What a superuser runs in a database, one transaction, for its logins to work: the groups, what they may do with all
 * that is there and with all that its creators will make, and the login by which Vault makes others. Safe to repeat.
 *
 * `statics`: roles whose password Vault is to change.
 *
 * CREATEROLE is all that the manager has. Since PostgreSQL 16 it reaches only the roles that it made or was given with
 * the admin option, and by `createrole_self_grant` it inherits those that it makes: without that it couldn't end their
 * sessions or give away what they own. https://www.postgresql.org/docs/17/role-attributes.html
 */
export function databaseStatements(facts: DatabaseFacts, statics: readonly string[]): readonly string[] {
  const { database, schemas, creators, owner } = facts;
  const { manager, kinds } = databaseGroups(database);
  const readonly = identifier(kinds.readonly);
  const readwrite = identifier(kinds.readwrite);
  const owners = identifier(kinds.owner);
  const here = identifier(database);
  const missing = [...Object.values(kinds), manager].filter((role) => !facts.roles.includes(role));
  const toManager = (role: string, alsoActAs = false) => {
    const acting = alsoActAs ? "TRUE" : "FALSE";
    return `GRANT ${role} TO ${identifier(manager)} WITH ADMIN TRUE, INHERIT ${acting}, SET ${acting}`;
  };
  return [
    ...missing.map((role) => `CREATE ROLE ${identifier(role)} NOLOGIN`),
    `ALTER ROLE ${identifier(manager)} LOGIN CREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS`,
    `ALTER ROLE ${identifier(manager)} SET createrole_self_grant = 'set, inherit'`,
    `GRANT ${readonly} TO ${readwrite}`,
    `GRANT ${readwrite} TO ${owners}`,
    ...(owner === undefined ? [] : [`GRANT ${identifier(owner)} TO ${owners}`]),
    toManager(readonly),
    toManager(readwrite),
    // It gives this group what a login leaves behind, which takes the right to act as the group.
    toManager(owners, true),
    ...statics.map((role) => toManager(identifier(role))),
    `GRANT CONNECT, TEMPORARY ON DATABASE ${here} TO ${readonly}, ${identifier(manager)}`,
    `GRANT CREATE ON DATABASE ${here} TO ${owners}`,
    ...schemas
      .map(identifier)
      .flatMap((schema) => [
        `GRANT USAGE ON SCHEMA ${schema} TO ${readonly}`,
        `GRANT CREATE ON SCHEMA ${schema} TO ${owners}`,
        `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${readonly}`,
        `GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${readonly}`,
        `GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${readwrite}`,
        `GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${readwrite}`,
      ]),
    ...[...new Set([kinds.owner, ...creators])].map(identifier).flatMap((creator) => {
      const later = `ALTER DEFAULT PRIVILEGES FOR ROLE ${creator} GRANT`;
      return [
        `${later} USAGE ON SCHEMAS TO ${readonly}`,
        `${later} SELECT ON TABLES TO ${readonly}`,
        `${later} SELECT ON SEQUENCES TO ${readonly}`,
        `${later} INSERT, UPDATE, DELETE ON TABLES TO ${readwrite}`,
        `${later} USAGE, UPDATE ON SEQUENCES TO ${readwrite}`,
      ];
    }),
  ];
}
