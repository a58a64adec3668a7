import type { Expectation } from "../observed/snapshot";
import { scopeFolder } from "../observed/consulKeys";
import { shortId, type Allocation } from "../observed/nomadState";
import { clusterNames } from "../names";
import { consulKvCommand, nomadCommand } from "../operatorCommands";
import { memberPaths } from "../patroniYml";

/** Shows what a member's task wrote. */
export function logsCommand(
  expectation: Expectation,
  allocation: Pick<Allocation, "id">,
  task: string,
): string {
  return nomadCommand(expectation, "alloc logs", `-stderr ${shortId(allocation.id)} ${task}`);
}

/** Shows an allocation with its tasks' events. */
export function allocationCommand(expectation: Expectation, allocation: Pick<Allocation, "id">): string {
  return nomadCommand(expectation, "alloc status", shortId(allocation.id));
}

/** Shows whether a member has data, and whose it is. */
export function listDataCommand(expectation: Expectation, runsIn: Pick<Allocation, "id">): string {
  const folders = `${memberPaths.volumeMount} ${memberPaths.ephemeralData}`;
  return inMemberCommand(expectation, runsIn, `ls -lan ${folders}`);
}

/** Deletes a scope's keys from Consul. */
export function deleteKeysCommand(expectation: Expectation): string {
  return deleteKeyCommand(expectation, `-recurse ${scopeFolder(expectation.keyPrefix, expectation.scope)}`);
}

/** Deletes one key from Consul. */
export function deleteKeyCommand(expectation: Expectation, key: string): string {
  return consulKvCommand(expectation, "delete", key);
}

/**
 * Makes a member throw its data away and copy the leader's anew.
 * https://patroni.readthedocs.io/en/latest/patronictl.html#patronictl-reinit
 */
export function reinitCommand(
  expectation: Expectation,
  runsIn: Pick<Allocation, "id">,
  member: string,
): string {
  const patronictl = `/patroni/bin/patronictl -c ${memberPaths.config}`;
  return inMemberCommand(expectation, runsIn, `${patronictl} reinit ${expectation.scope} ${member} --force`);
}

/** Runs a command in a member's container. */
function inMemberCommand(expectation: Expectation, runsIn: Pick<Allocation, "id">, command: string): string {
  const { task } = clusterNames({ name: expectation.cluster });
  return nomadCommand(expectation, "alloc exec", `-task ${task} ${shortId(runsIn.id)} ${command}`);
}

/** Looks at a KV v2 secret; the path's first part is its mount. */
export function secretCommand(expectation: Expectation): string {
  const [mount, ...path] = expectation.vaultSecretPath.split("/");
  return `vault kv get -mount=${mount ?? ""} ${path.join("/")}`;
}
