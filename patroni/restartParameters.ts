import { postgres17Contexts } from "../config/postgresParameters/postgres17Contexts";

/**
 * Parameters that a standby must not have lower than its primary, with the value that Patroni gives them where
 * the configuration has none: a standby that has less stops replaying, or doesn't start. So they are raised on
 * the replicas first, and lowered on the leader first.
 *
 * Sources: https://www.postgresql.org/docs/17/hot-standby.html#HOT-STANDBY-ADMIN,
 * https://patroni.readthedocs.io/en/latest/patroni_configuration.html, Patroni's `effective_configuration` and
 * `CMDLINE_OPTIONS` (postgresql/config.py)
 */
export const standbySensitiveDefaults: ReadonlyMap<string, number> = new Map([
  ["max_connections", 100],
  ["max_locks_per_transaction", 64],
  ["max_prepared_transactions", 0],
  ["max_wal_senders", 10],
  ["max_worker_processes", 8],
]);

/**
 * Parameters that can be set in the dynamic configuration alone: Patroni gives them to PostgreSQL on its command
 * line, where neither `ALTER SYSTEM` nor a member's own file reaches (`CMDLINE_OPTIONS` in its
 * postgresql/config.py, less those that it fixes itself).
 */
export const patroniControlledParameters: ReadonlySet<string> = new Set([
  ...standbySensitiveDefaults.keys(),
  "max_replication_slots",
  "track_commit_timestamp",
  "wal_keep_size",
  "wal_level",
  "wal_log_hints",
]);

/**
 * PostgreSQL 17's parameters of context `postmaster`, which take effect at a restart. Parameters of extensions
 * aren't known; members tell what really needs a restart.
 */
export const restartParameters: ReadonlySet<string> = new Set(postgres17Contexts.postmaster);
