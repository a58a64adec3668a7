import { namesDatabase, scopeFolder } from "../observed/consulKeys";
import { memberOf } from "../observed/memberOf";
import { currentAllocations, type Expectation, type Snapshot } from "../observed/snapshot";
import type { CauseFinder } from "./cause";
import { postgresUser } from "../patroniTask";
import { deleteKeyCommand, listDataCommand } from "./commands";

/** A member knows what is in its data directory before it registers; this is only for what Consul shows late. */
const leftOverAfterMs = 2_000;

/** Name of the fact that nobody has the data which Consul says exists. */
export const initializeLeftOver = "initialize-left-over";

/** What an empty member says of itself while it has nothing to do. */
const idle = new Set(["stopped", "unknown"]);

/**
 * Whether Consul says that the cluster exists, nobody holds the lock, and every expected member is there with an
 * empty data directory and nothing under way. While a member bootstraps, `initialize` is empty, which is not it;
 * while the cluster is paused, nobody looks for data.
 */
export function isLeftOver(expectation: Expectation, snapshot: Snapshot): boolean {
  const { keys } = snapshot;
  if (keys === undefined || keys.paused || keys.leader !== undefined || !namesDatabase(keys.initialize))
    return false;
  const members = currentAllocations(expectation, snapshot).flatMap(
    (allocation) => memberOf(allocation, keys, snapshot.apiPorts.get(allocation.id)) ?? [],
  );
  return (
    members.length === expectation.members &&
    members.every(({ role, state }) => role === "uninitialized" && idle.has(state))
  );
}

/**
 * The initialize key speaks of data that no member sees: the members wait for a leader that can't come (ha.py
 * `bootstrap`: 'waiting for leader to bootstrap'). Certain when it has been so for 2 s with all of them there,
 * since a member that saw the data would start from it. That the data is gone is not certain: Patroni takes a
 * directory that it may not read for an empty one (postgresql/__init__.py `data_directory_empty`).
 */
export const causeInInitializeKey: CauseFinder = ({ expectation, snapshot }) => {
  if (!isLeftOver(expectation, snapshot) || snapshot.heldMs(initializeLeftOver) < leftOverAfterMs)
    return undefined;
  const key = `${scopeFolder(expectation.keyPrefix, expectation.scope)}initialize`;
  const members = currentAllocations(expectation, snapshot);
  return {
    code: "initialize-left-over",
    headline: `Consul's key ${key} speaks of a cluster whose data no member sees: every data directory is empty, or can't be read, and all wait for a leader that can't come`,
    details: [
      `${key} holds system identifier ${snapshot.keys?.initialize ?? ""}`,
      ...members.map((one) => `look at ${one.nodeName}'s data: ${listDataCommand(expectation, one)}`),
    ],
    nextCommand: `If it is there but belongs to another user, give it back to ${postgresUser.uid}:${postgresUser.gid}, mode 0700. If it is meant to be gone, delete the key, and the members start a new cluster: ${deleteKeyCommand(expectation, key)}`,
  };
};
