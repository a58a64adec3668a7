import { escapeIdentifier as identifier } from "pg";
import type { AccessRole } from "../../config/model";
import {
  accessDatabases,
  databaseGroups,
  rolePath,
  vaultAccessName,
  vaultConnectionName,
} from "../../patroni/access/accessNames";
import { ProviderFailure } from "../failure";
import { PostgresError, type PostgresAddress } from "../postgresSession";
import type { Progress } from "../progress";
import { asSuperuser } from "./asSuperuser";
import { findHosts } from "./findHosts";
import type { AccessState } from "./model";
import { deleteEntry, revokeLogins, VaultRefusal } from "./vaultDatabase";

/**
 * Removes all of it: the logins that are out, the roles and the connections in Vault, and Vault's own logins. Where there
 * is no leader, Vault forgets the logins, which then end at their time in the data that is kept.
 *
 * Throws a ProviderFailure.
 */
export async function removeAccess(state: AccessState, progress: Progress): Promise<void> {
  const { leader } = await findHosts(state);
  if (leader === undefined)
    progress.line(
      "access: there is no leader, so logins that are out are forgotten, and end at their own time",
    );
  await removeRoles(state, state.roles, leader !== undefined, progress);
  await removeConnections(state, [], leader, progress);
}

/** Ends what roles have given out, and removes them from Vault. Throws a ProviderFailure. */
export async function removeRoles(
  state: AccessState,
  roles: readonly AccessRole[],
  hasLeader: boolean,
  progress: Progress,
): Promise<void> {
  for (const role of roles) {
    const name = vaultAccessName({ name: state.cluster }, role);
    const path = rolePath({ name: state.cluster }, role);
    await explained(`end the logins of the access role ${role.name}`, async () => {
      if (role.type === "oneTime") await revokeLogins(state, name, !hasLeader);
      await deleteEntry(state, path);
    });
    progress.line(`access: ${state.mount}/${path} is gone, and every login that it gave out`);
  }
}

/** Removes the connections of databases that no role is for any more. Throws a ProviderFailure. */
export async function removeConnections(
  state: AccessState,
  kept: readonly string[],
  leader: PostgresAddress | undefined,
  progress: Progress,
): Promise<void> {
  for (const database of accessDatabases(state.roles).filter((name) => !kept.includes(name))) {
    const path = `config/${vaultConnectionName({ name: state.cluster }, database)}`;
    await explained(`forget the database ${database}`, () => deleteEntry(state, path));
    if (leader !== undefined) await closeManager(state, leader, database);
    progress.line(`access: Vault has no login in the database ${database} any more`);
  }
}

/** The groups stay: they own what their members made, and nobody is in them. */
async function closeManager(state: AccessState, leader: PostgresAddress, database: string): Promise<void> {
  const manager = identifier(databaseGroups(database).manager);
  try {
    await asSuperuser(state, leader, "postgres", async (query) => {
      const [found] = await query("SELECT FROM pg_roles WHERE rolname = $1", [
        databaseGroups(database).manager,
      ]);
      if (found !== undefined) await query(`ALTER ROLE ${manager} NOLOGIN PASSWORD NULL`);
    });
  } catch (error) {
    if (!(error instanceof PostgresError)) throw error;
    throw new ProviderFailure(error.message);
  }
}

async function explained(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof VaultRefusal)) throw error;
    throw new ProviderFailure(`Vault can't ${what}: ${error.reason}`, [
      "npm run status says how the members are; pulumi up goes on from here",
    ]);
  }
}
