import { accessDatabases, rolePath, vaultConnectionName } from "../../patroni/access/accessNames";
import { holds, roleDocument } from "../../patroni/access/vaultDocuments";
import { heldConnection, wantedConnection } from "./ensureAccess";
import { findHosts } from "./findHosts";
import type { AccessResult, AccessState } from "./model";
import { isPrepared } from "./prepareDatabase";
import { readEntry } from "./vaultDatabase";

/**
 * Whether Vault has the connections and roles as they were written, PostgreSQL the groups, and every node that a member
 * may come to is among the hosts. What isn't so is told, one line each.
 *
 * Throws a ProviderFailure.
 */
export async function lookAtAccess(state: AccessState, say: (line: string) => void): Promise<AccessResult> {
  const { leader, hosts } = await findHosts(state);
  const drift: string[] = [];
  const unknown = hosts.filter((host) => !state.hosts.includes(host));
  if (unknown.length > 0) drift.push(`Vault doesn't look for the leader on ${unknown.join(", ")}`);
  for (const database of accessDatabases(state.roles)) {
    const name = vaultConnectionName({ name: state.cluster }, database);
    const held = await readEntry(state, `config/${name}`);
    if (held === undefined) drift.push(`Vault has no connection ${name}`);
    else if (!holds(heldConnection(held), wantedConnection(state, database, state.hosts)))
      drift.push(`Vault's connection ${name} is another one`);
    if (leader !== undefined && !(await isPrepared(state, leader, database)))
      drift.push(`PostgreSQL lacks roles for logins to the database ${database}`);
  }
  for (const role of state.roles) {
    const path = rolePath({ name: state.cluster }, role);
    const held = await readEntry(state, path);
    if (held === undefined) drift.push(`Vault has no ${path}`);
    else if (!holds(held, roleDocument({ name: state.cluster }, role)))
      drift.push(`Vault's ${path} is another one`);
  }
  for (const line of drift) say(`access: ${line}; pulumi up puts it right`);
  return { hosts: state.hosts, ready: drift.length === 0 };
}
