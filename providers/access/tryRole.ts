import { escapeIdentifier as identifier } from "pg";
import { randomBytes } from "node:crypto";
import type { OneTimeRole } from "../../config/model";
import { databaseGroups } from "../../patroni/access/accessNames";
import { creationStatements, revocationStatements } from "../../patroni/access/roleStatements";
import { asVaultRuns, filledIn } from "../../patroni/access/vaultSplit";
import { saltBytes, scramVerifier } from "../../patroni/scramVerifier";
import { ProviderFailure } from "../failure";
import { PostgresError, type Query } from "../postgresSession";

/**
 * Makes a login by a role's statements and removes it by them, as Vault's login would, in a transaction that is taken
 * back: a mistake in them shows when they are written, and not when an app needs a login.
 *
 * Throws a ProviderFailure that names the statement.
 */
export async function tryRole(query: Query, cluster: string, role: OneTimeRole): Promise<void> {
  const password = randomBytes(saltBytes).toString("hex");
  const placeholders = {
    name: `v-trial-${randomBytes(8).toString("hex")}`,
    password: scramVerifier(password, randomBytes(saltBytes)),
    expiration: new Date(Date.now() + role.ttlSeconds * 1000).toISOString(),
  };
  const attempts = [
    ...creationStatements(role).map((statement, at) => ({ statement, where: `create[${at}]` })),
    ...revocationStatements(role).map((statement, at) => ({ statement, where: `revoke[${at}]` })),
  ];
  await query("BEGIN");
  try {
    await query("SET LOCAL createrole_self_grant = 'set, inherit'");
    await query(`SET LOCAL SESSION AUTHORIZATION ${identifier(databaseGroups(role.database).manager)}`);
    for (const { statement, where } of attempts)
      for (const part of asVaultRuns(statement))
        await tried(cluster, role, where, part, () => query(filledIn(part, placeholders)));
  } finally {
    await query("ROLLBACK").catch(() => undefined);
  }
}

async function tried(
  cluster: string,
  role: OneTimeRole,
  where: string,
  statement: string,
  run: () => Promise<unknown>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof PostgresError) || error.kind !== "refused") throw error;
    throw new ProviderFailure(`access.roles.${role.name}.${where} of ${cluster} fails: ${error.reason}`, [
      `the statement: ${statement.replace(/\s+/g, " ").trim().slice(0, 300)}`,
      `it ran as ${databaseGroups(role.database).manager} in the database ${role.database}, and was taken back; nothing was written to Vault`,
    ]);
  }
}
