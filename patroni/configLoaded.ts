import type { PendingParameter } from "./configChange";
import type { ConfigStatus } from "./observed/configStatus";

/**
 * Whether a running member has put a new configuration into effect. Patroni doesn't say so; this is how it shows.
 *
 *     written      cycle begins            applied        next cycle begins
 *        |          dcs_last_seen changes     |           dcs_last_seen changes again
 *        |------------------|-----------------|------------------|---> time
 *                           |-- reload, 1 s --|
 *                                             pending_restart_reason is final
 *
 * A member's HA loop reads every key at the start of a cycle, and at the end of that cycle applies a
 * configuration that changed: it rewrites postgresql.conf and pg_hba.conf, reloads PostgreSQL, waits a second,
 * and asks PostgreSQL what needs a restart (`Patroni._run_cycle` in its patroni/__main__.py,
 * `ConfigHandler.reload_config` in its postgresql/config.py). So when `dcs_last_seen` has changed twice since the
 * key was written, one whole cycle lies between, and what it left pending is all there is.
 *
 * A request such as `GET /cluster` moves `dcs_last_seen` as well (`AbstractDCS.get_cluster`). So a `loop_wait`
 * must also have passed, which is as long as a member sleeps between two cycles.
 */
export interface LoadProgress {
  readonly lastSeen: number | undefined;
  /** How often `dcs_last_seen` has changed since the key was written. */
  readonly reads: number;
}

/** A member that hasn't been asked yet. */
export const notAsked: LoadProgress = { lastSeen: undefined, reads: 0 };

/** Longer than the second that Patroni waits after a reload, together with a cycle's own work. */
const applySeconds = 2;

/** Counts what a member just said. */
export function withAnswer(progress: LoadProgress, { dcsLastSeen }: ConfigStatus): LoadProgress {
  if (dcsLastSeen === undefined || dcsLastSeen === progress.lastSeen) return progress;
  return { lastSeen: dcsLastSeen, reads: progress.lastSeen === undefined ? 0 : progress.reads + 1 };
}

/** What is known besides the member's answers. */
export interface LoadExpectation {
  /** Since the key was written. */
  readonly elapsedMs: number;
  /** `loop_wait` of the configuration that the member had until now. */
  readonly loopWaitSeconds: number;
  /** Whether the configuration pauses the cluster. */
  readonly paused: boolean;
  /** Parameters that will certainly wait for a restart; none if it isn't certain. */
  readonly restarts: readonly PendingParameter[];
}

/**
 * Whether the member has put the configuration into effect as far as it can without a restart. A pause it shows
 * itself, as soon as it has read the keys, and acts by it in the cycle that begins with that reading. Where it is
 * certain what will be pending, to see it pending is proof enough, a cycle earlier.
 */
export function hasLoaded(
  progress: LoadProgress,
  status: ConfigStatus,
  expectation: LoadExpectation,
): boolean {
  const { elapsedMs, loopWaitSeconds, restarts } = expectation;
  if (status.paused !== expectation.paused) return false;
  const isPending = (wanted: PendingParameter) =>
    status.pending.some(({ name, wanted: value }) => name === wanted.name && value === wanted.wanted);
  if (restarts.length > 0 && restarts.every(isPending)) return true;
  return progress.reads >= 2 && elapsedMs >= (loopWaitSeconds + applySeconds) * 1000;
}
