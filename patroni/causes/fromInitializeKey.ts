import { namesDatabase, scopeFolder } from "../observed/consulKeys";
import { memberOf } from "../observed/memberOf";
import { currentAllocations, type Expectation, type Snapshot } from "../observed/snapshot";
import type { CauseFinder } from "./cause";
import { deleteKeyCommand } from "./commands";

/** A member knows what is in its data directory before it registers; this is only for what Consul shows late. */
const leftOverAfterMs = 2_000;

/** Name of the fact that nobody has the data which Consul says exists. */
export const initializeLeftOver = "initialize-left-over";

/** What an empty member says of itself while it has nothing to do. */
const idle = new Set(["stopped", "unknown"]);

/**
 * Whether Consul says that the cluster exists, nobody holds the lock, and every expected member is there with an
 * empty data directory and nothing under way. While a member bootstraps, `initialize` is empty, which is not it.
 */
export function isLeftOver(expectation: Expectation, snapshot: Snapshot): boolean {
  const { keys } = snapshot;
  if (keys === undefined || keys.leader !== undefined || !namesDatabase(keys.initialize)) return false;
  const members = currentAllocations(expectation, snapshot).flatMap(
    (allocation) => memberOf(allocation, keys, snapshot.apiPorts.get(allocation.id)) ?? [],
  );
  return (
    members.length === expectation.members &&
    members.every(({ role, state }) => role === "uninitialized" && idle.has(state))
  );
}

/**
 * The initialize key was left by a cluster that no longer exists: the members wait for a leader that can't come
 * (ha.py `bootstrap`: 'waiting for leader to bootstrap'). Certain when it has been so for 2 s with all of them
 * there, since a member that had the data would start from it.
 */
export const causeInInitializeKey: CauseFinder = ({ expectation, snapshot }) => {
  if (!isLeftOver(expectation, snapshot) || snapshot.heldMs(initializeLeftOver) < leftOverAfterMs)
    return undefined;
  const key = `${scopeFolder(expectation.keyPrefix, expectation.scope)}initialize`;
  return {
    code: "initialize-left-over",
    headline: `Consul's key ${key} speaks of a cluster whose data is gone: every member is empty and waits for a leader that can't come`,
    details: [`${key} holds system identifier ${snapshot.keys?.initialize ?? ""}; no member has data of it`],
    nextCommand: `If the data is meant to be gone, delete the key, and the members start a new cluster: ${deleteKeyCommand(expectation, key)}`,
  };
};
