import { randomBytes } from "node:crypto";
import { generatePassword } from "../../patroni/credentials";
import {
  accessDatabases,
  rolePath,
  vaultAccessName,
  vaultConnectionName,
} from "../../patroni/access/accessNames";
import { connectionDocument, holds, roleDocument, tooLong } from "../../patroni/access/vaultDocuments";
import type { AccessRole } from "../../config/model";
import { ProviderFailure } from "../failure";
import type { PostgresAddress } from "../postgresSession";
import type { Progress } from "../progress";
import { findHosts } from "./findHosts";
import type { AccessInputs, AccessResult, AccessState } from "./model";
import { isPrepared, prepareDatabase, requireReplay, setManagerPassword } from "./prepareDatabase";
import { removeConnections, removeRoles } from "./removeAccess";
import { longestLifeSeconds, readEntry, VaultRefusal, writeEntry } from "./vaultDatabase";

/**
 * Makes the databases ready, and Vault's connections and roles what they are to be; what an earlier run made and nobody
 * wants any more goes. Safe to repeat, and to go on with where it stopped.
 *
 * Throws a ProviderFailure.
 */
export async function ensureAccess(
  inputs: AccessInputs,
  last: AccessState | undefined,
  progress: Progress,
): Promise<AccessResult> {
  const longest = await longestLifeSeconds(inputs);
  refuseTooLong(inputs, longest);
  const { leader, hosts } = await findHosts(inputs);
  if (leader === undefined)
    throw new ProviderFailure("there is no leader in which logins could be made ready", [
      "npm run status says how the members are; pulumi up goes on when there is a leader",
    ]);
  if (last !== undefined) await removeRoles(last, goneRoles(last, inputs), true, progress);
  for (const database of accessDatabases(inputs.roles)) {
    progress.waitingFor(`the database ${database} to be ready for logins`);
    const wasPrepared = await isPrepared(inputs, leader, database);
    await prepareDatabase(inputs, leader, database);
    const isNew = await ensureConnection(inputs, { database, leader, hosts, wasPrepared }, progress);
    for (const role of inputs.roles)
      if (role.database === database) await ensureRole(inputs, role, isNew, progress);
  }
  if (last !== undefined) await removeConnections(last, accessDatabases(inputs.roles), leader, progress);
  return { hosts, ready: true };
}

/** The connection of a database as Vault is to hold it. */
export function wantedConnection(inputs: AccessInputs, database: string, hosts: readonly string[]) {
  const allowed = inputs.roles
    .filter((role) => role.database === database)
    .map((role) => vaultAccessName({ name: inputs.cluster }, role));
  const addresses = hosts.map((host) => ({ host, port: inputs.postgresPort }));
  return connectionDocument(database, addresses, allowed);
}

/** What of Vault's answer to compare with what is wanted: it nests the plugin's own settings. */
export function heldConnection(entry: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const details = entry["connection_details"];
  return { ...entry, ...(typeof details === "object" ? details : {}) };
}

interface Connection {
  readonly database: string;
  readonly leader: PostgresAddress;
  readonly hosts: readonly string[];
  /** Whether Vault's login was there before this run. */
  readonly wasPrepared: boolean;
}

/**
 * A password that Vault knows is kept, so that nothing changes where nothing has to.
 *
 * @returns whether Vault has a new one: PostgreSQL didn't know the one that Vault had, if it had any
 */
async function ensureConnection(
  inputs: AccessInputs,
  { database, leader, hosts, wasPrepared }: Connection,
  progress: Progress,
): Promise<boolean> {
  const name = vaultConnectionName({ name: inputs.cluster }, database);
  const wanted = wantedConnection(inputs, database, hosts);
  const path = `config/${name}`;
  if (wasPrepared && (await readEntry(inputs, path)) !== undefined) {
    const works = await writeEntry(inputs, path, { ...wanted, verify_connection: true }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof VaultRefusal) return false;
        throw error;
      },
    );
    if (works) return false;
  }
  // It is in PostgreSQL and in this process's memory only until Vault has it, and has replaced it by one of its own.
  const password = generatePassword(randomBytes);
  await setManagerPassword(inputs, leader, database, password);
  const refused = (what: string) => (error: unknown) => {
    if (!(error instanceof VaultRefusal)) throw error;
    throw new ProviderFailure(`Vault can't ${what}: ${error.reason}`, [
      `Vault has to reach ${hosts.map((host) => `${host}:${inputs.postgresPort}`).join(", ")} and be in the cluster's networks.clients`,
      "pulumi up goes on from here",
    ]);
  };
  await writeEntry(inputs, path, { ...wanted, password, verify_connection: true }).catch(
    refused(`log in to the database ${database}`),
  );
  await writeEntry(inputs, `rotate-root/${name}`, {}).catch(
    refused(`change the password of its own login in the database ${database}`),
  );
  await requireReplay(inputs, leader);
  progress.line(
    `access: Vault has a login of its own in the database ${database}, whose password it alone knows`,
  );
  return true;
}

/** @param isNew whether Vault has only now come to know this data: its static roles' passwords are of other data */
async function ensureRole(
  inputs: AccessInputs,
  role: AccessRole,
  isNew: boolean,
  progress: Progress,
): Promise<void> {
  const cluster = { name: inputs.cluster };
  const path = rolePath(cluster, role);
  const wanted = roleDocument(cluster, role);
  const held = await readEntry(inputs, path);
  const refused = (error: unknown) => {
    if (!(error instanceof VaultRefusal)) throw error;
    throw new ProviderFailure(`Vault doesn't take the access role ${role.name}: ${error.reason}`);
  };
  if (held !== undefined && isNew && role.type === "static")
    await writeEntry(inputs, `rotate-role/${vaultAccessName(cluster, role)}`, {}).catch(refused);
  if (held !== undefined && holds(held, wanted)) return;
  await writeEntry(inputs, path, wanted).catch(refused);
  progress.line(`access: ${inputs.mount}/${path} ${held === undefined ? "is there" : "is changed"}`);
}

function refuseTooLong(inputs: AccessInputs, longest: number): void {
  const found = inputs.roles.flatMap((role) => {
    const what = role.type === "oneTime" ? tooLong(role, longest) : undefined;
    return what === undefined ? [] : [`access.roles.${role.name} has a ${what}`];
  });
  if (found.length === 0) return;
  const mount = inputs.mount;
  throw new ProviderFailure(
    `Vault lets no login of ${mount}/ live longer than ${longest} s: ${found.join(", ")}; nothing was changed`,
    [
      "choose shorter times (maxTtl is 24h where it isn't set), or let the mount allow more:",
      `  vault secrets tune -max-lease-ttl=<duration> ${mount}`,
    ],
  );
}

/** Roles that no longer are, or that are of another sort or another PostgreSQL role now: Vault can't change those. */
function goneRoles(last: AccessState, { roles }: AccessInputs): readonly AccessRole[] {
  return last.roles.filter((role) => {
    const next = roles.find(({ name, type }) => name === role.name && type === role.type);
    if (next?.database !== role.database) return true;
    return next.type === "static" && role.type === "static" && next.username !== role.username;
  });
}
