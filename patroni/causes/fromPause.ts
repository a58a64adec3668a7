import { memberOf } from "../observed/memberOf";
import { currentAllocations, type Expectation, type Snapshot } from "../observed/snapshot";
import type { CauseFinder } from "./cause";

/** Longer than a demotion or a start shows as `stopped` in a member's entry. */
const heldAfterMs = 15_000;

/** Name of the fact that a pause keeps a member from coming up. */
export const heldByPause = "held-by-pause";

/** Names of the members that are there and whose PostgreSQL doesn't run, while the cluster is paused. */
export function membersHeldByPause(expectation: Expectation, snapshot: Snapshot): readonly string[] {
  const { keys } = snapshot;
  if (keys?.paused !== true) return [];
  return currentAllocations(expectation, snapshot)
    .filter(({ client }) => client === "running")
    .flatMap((allocation) => memberOf(allocation, keys, snapshot.apiPorts.get(allocation.id)) ?? [])
    .filter(({ state }) => state === "stopped")
    .map(({ name }) => name);
}

/**
 * A paused cluster's member whose PostgreSQL doesn't run: Patroni neither starts it nor copies the data of the leader
 * for it, and nobody else takes the leader lock (`Ha._run_cycle` in patroni/ha.py, 4.1.5: 'postgres is not running',
 * 'running with empty data directory'). Certain when it has been so for 15 s.
 */
export const causeInPause: CauseFinder = ({ expectation, snapshot }) => {
  const names = membersHeldByPause(expectation, snapshot);
  if (names.length === 0 || snapshot.heldMs(heldByPause) < heldAfterMs) return undefined;
  return {
    code: "paused",
    headline: `the cluster is paused, and Patroni starts no PostgreSQL until it is resumed: ${names.join(", ")}`,
    details: snapshot.keys?.leader === undefined ? ["nobody holds the leader lock, and nobody takes it"] : [],
    nextCommand: "Set patroni.pause to false, then run pulumi up: it resumes the cluster first",
  };
};
