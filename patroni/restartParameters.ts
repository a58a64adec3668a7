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
 * PostgreSQL 17's parameters of context `postmaster`, which take effect at a restart, less those that Patroni
 * or a recovery target sets. Parameters of extensions aren't known; members tell what really needs a restart.
 *
 * Source: `postgres --describe-config`, and https://www.postgresql.org/docs/17/view-pg-settings.html
 */
export const restartParameters: ReadonlySet<string> = new Set([
  ...standbySensitiveDefaults.keys(),
  "archive_mode",
  "autovacuum_freeze_max_age",
  "autovacuum_max_workers",
  "autovacuum_multixact_freeze_max_age",
  "bonjour",
  "bonjour_name",
  "commit_timestamp_buffers",
  "data_sync_retry",
  "dynamic_shared_memory_type",
  "event_source",
  "external_pid_file",
  "huge_page_size",
  "huge_pages",
  "jit_provider",
  "logging_collector",
  "max_files_per_process",
  "max_logical_replication_workers",
  "max_notify_queue_pages",
  "max_pred_locks_per_transaction",
  "max_replication_slots",
  "min_dynamic_shared_memory",
  "multixact_member_buffers",
  "multixact_offset_buffers",
  "notify_buffers",
  "reserved_connections",
  "serializable_buffers",
  "shared_buffers",
  "shared_memory_type",
  "shared_preload_libraries",
  "subtransaction_buffers",
  "superuser_reserved_connections",
  "track_activity_query_size",
  "track_commit_timestamp",
  "transaction_buffers",
  "unix_socket_directories",
  "unix_socket_group",
  "unix_socket_permissions",
  "wal_buffers",
  "wal_decode_buffer_size",
  "wal_level",
  "wal_log_hints",
]);
