import { escapeIdentifier as identifier, escapeLiteral as literal } from "pg";
import { randomBytes } from "node:crypto";
import type { AccessRole } from "../../config/model";
import { databaseGroups } from "../../patroni/access/accessNames";
import { databaseStatements, type DatabaseFacts } from "../../patroni/access/databaseStatements";
import { elements, text } from "../../patroni/observed/json";
import { saltBytes, scramVerifier } from "../../patroni/scramVerifier";
import { awaitReplay } from "../awaitReplay";
import { Deadline } from "../config/until";
import { ProviderFailure } from "../failure";
import { PostgresError, type PostgresAddress, type Query } from "../postgresSession";
import { asSuperuser } from "./asSuperuser";
import type { AccessInputs } from "./model";
import { tryRole } from "./tryRole";

/**
 * Makes a database ready for its logins: the groups and their rights, Vault's own login, and each role's statements
 * tried and taken back. Throws a ProviderFailure.
 */
export async function prepareDatabase(
  inputs: AccessInputs,
  leader: PostgresAddress,
  database: string,
): Promise<void> {
  const roles = inputs.roles.filter((role) => role.database === database);
  await requireDatabase(inputs, leader, database);
  await explained(database, () =>
    asSuperuser(inputs, leader, database, async (query) => {
      const statics = await staticRoles(query, roles);
      const facts = await readFacts(query, database);
      await inTransaction(query, async () => {
        for (const statement of databaseStatements(facts, statics)) await query(statement);
      });
      for (const role of roles) if (role.type === "oneTime") await tryRole(query, inputs.cluster, role);
    }),
  );
}

/** How long replicas may take to replay a password. */
const replaySeconds = 30;

/** Gives Vault's own login a password. Throws a ProviderFailure. */
export async function setManagerPassword(
  inputs: AccessInputs,
  leader: PostgresAddress,
  database: string,
  password: string,
): Promise<void> {
  const verifier = literal(scramVerifier(password, randomBytes(saltBytes)));
  const role = identifier(databaseGroups(database).manager);
  await explained(database, () =>
    asSuperuser(inputs, leader, database, async (query) => query(`ALTER ROLE ${role} PASSWORD ${verifier}`)),
  );
  await requireReplay(inputs, leader);
}

/**
 * Waits until every replica that streams knows the passwords that the leader has: pgx goes on to the next host where one
 * doesn't take writes, but not where one doesn't take the password (`connectOne` in its pgconn). Throws a ProviderFailure.
 */
export async function requireReplay(inputs: AccessInputs, leader: PostgresAddress): Promise<void> {
  const behind = await explained("postgres", () =>
    asSuperuser(inputs, leader, "postgres", async (query) => awaitReplay(query, new Deadline(replaySeconds))),
  );
  if (behind.length === 0) return;
  throw new ProviderFailure("not every replica has replayed the password of Vault's login in time", [
    ...behind,
    "Vault may ask it first, and give up there; pulumi up goes on when it has caught up",
  ]);
}

/** Whether there is Vault's own login, and the groups. Throws a ProviderFailure. */
export async function isPrepared(
  inputs: AccessInputs,
  leader: PostgresAddress,
  database: string,
): Promise<boolean> {
  const wanted = groupRoles(database);
  return explained(database, () =>
    asSuperuser(inputs, leader, "postgres", async (query) => {
      const found = await query("SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)", [wanted]);
      return found.length === wanted.length;
    }),
  );
}

/** Ends what is done as one, or not at all. */
export async function inTransaction(query: Query, work: () => Promise<void>): Promise<void> {
  await query("BEGIN");
  try {
    await work();
    await query("COMMIT");
  } catch (error) {
    await query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

function groupRoles(database: string): readonly string[] {
  const { manager, kinds } = databaseGroups(database);
  return [manager, ...Object.values(kinds)];
}

async function requireDatabase(
  inputs: AccessInputs,
  leader: PostgresAddress,
  database: string,
): Promise<void> {
  const found = await explained(database, () =>
    asSuperuser(inputs, leader, "postgres", async (query) =>
      query("SELECT FROM pg_database WHERE datname = $1 AND NOT datistemplate", [database]),
    ),
  );
  if (found.length > 0) return;
  const roles = inputs.roles.filter((role) => role.database === database).map(({ name }) => name);
  throw new ProviderFailure(
    `there is no database ${database}, for which there are roles (${roles.join(", ")})`,
    [`make it (CREATE DATABASE ${identifier(database)}), or name another one in access.roles`],
  );
}

/** Names of the roles whose password Vault is to change. Throws a ProviderFailure where Vault can't. */
async function staticRoles(query: Query, roles: readonly AccessRole[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const role of roles) {
    if (role.type !== "static") continue;
    const [found] = await query(
      "SELECT rolcanlogin AS login, rolsuper OR rolreplication OR rolbypassrls AS mighty FROM pg_roles WHERE rolname = $1",
      [role.username],
    );
    const trouble =
      found === undefined
        ? "isn't there"
        : found["mighty"] === true
          ? "is a superuser, may replicate or pass row security, which Vault's login may not change"
          : found["login"] === true
            ? undefined
            : "can't log in";
    if (trouble !== undefined)
      throw new ProviderFailure(
        `access role ${role.name}: the role ${role.username} in PostgreSQL ${trouble}`,
        [`a static role takes a login that is there: CREATE ROLE ${identifier(role.username)} LOGIN`],
      );
    names.push(role.username);
  }
  return names;
}

/** https://www.postgresql.org/docs/17/catalogs.html; relation kinds: tables, views, sequences and their like. */
async function readFacts(query: Query, database: string): Promise<DatabaseFacts> {
  const [row] = await query(
    `SELECT
       (SELECT coalesce(json_agg(rolname), '[]') FROM pg_roles WHERE rolname = ANY ($2)) AS roles,
       (SELECT rolname FROM pg_roles r, pg_database d
        WHERE d.datname = $1 AND r.oid = d.datdba AND NOT rolsuper) AS owner,
       (SELECT coalesce(json_agg(nspname ORDER BY nspname), '[]') FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema') AS schemas,
       (SELECT coalesce(json_agg(DISTINCT rolname), '[]') FROM pg_roles r WHERE r.rolname !~ '^pg_' AND r.oid IN (
          SELECT datdba FROM pg_database WHERE datname = $1
          UNION SELECT nspowner FROM pg_namespace WHERE nspname !~ '^pg_'
          UNION SELECT relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f'))) AS creators`,
    [database, groupRoles(database)],
  );
  const names = (key: string) => elements(row?.[key]).map(String);
  return {
    database,
    roles: names("roles"),
    owner: text(row?.["owner"]),
    schemas: names("schemas"),
    creators: names("creators"),
  };
}

async function explained<T>(database: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PostgresError)) throw error;
    throw new ProviderFailure(
      `the database ${database} could not be made ready for logins: ${error.message}`,
      ["nothing was changed in it; pulumi up goes on from here"],
    );
  }
}
