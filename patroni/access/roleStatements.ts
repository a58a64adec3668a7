import { escapeIdentifier as identifier, escapeLiteral as literal } from "pg";
import type { AccessKind, OneTimeRole } from "../../config/model";
import { databaseGroups } from "./accessNames";

/**
 * What Vault runs to make a login, one transaction. Vault puts in `{{name}}`, `{{password}}` (a SCRAM verifier) and
 * `{{expiration}}`. What a kind may do it may as a member of the kind's group: nothing is granted to a login itself, so
 * that fifty at once wait for nobody's table.
 *
 * Source: https://openbao.org/docs/secrets/databases/postgresql/
 */
export function creationStatements(role: OneTimeRole): readonly string[] {
  return role.kind === "custom" ? role.create : kindStatements(role.kind, role.database);
}

function kindStatements(kind: AccessKind, database: string): readonly string[] {
  const { kinds } = databaseGroups(database);
  const create = `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE ${identifier(kinds[kind])}`;
  if (kind !== "owner") return [create];
  // What an owner makes belongs to the group from the start, and stays when the login goes.
  const asGroup = `ALTER ROLE "{{name}}" IN DATABASE ${identifier(database)} SET role = ${literal(kinds.owner)}`;
  return [create, asGroup];
}

/** What Vault runs to remove a login, one transaction. */
export function revocationStatements(role: OneTimeRole): readonly string[] {
  return role.revoke.length > 0 ? role.revoke : [removal(role.database)];
}

/**
 * Ends the login's sessions, gives what it owns to the group of owners, and drops it. It is one block, because Vault
 * asks again where it failed, and a login that is gone already is no failure. Sessions are ended a second time at the
 * end: a pool connects anew at once, and may until this is committed.
 */
function removal(database: string): string {
  const owner = identifier(databaseGroups(database).kinds.owner);
  const endSessions = "PERFORM pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE usesysid = login;";
  return [
    "DO $revoke$",
    "DECLARE login oid := (SELECT oid FROM pg_roles WHERE rolname = '{{name}}');",
    "BEGIN",
    "  IF login IS NULL THEN RETURN; END IF;",
    `  ${endSessions}`,
    `  REASSIGN OWNED BY "{{name}}" TO ${owner};`,
    `  DROP OWNED BY "{{name}}";`,
    "  PERFORM pg_stat_clear_snapshot();",
    `  ${endSessions}`,
    `  DROP ROLE "{{name}}";`,
    "END $revoke$;",
  ].join("\n");
}
