import { choice, integer, type ParameterType } from "./parameterType";

/**
 * Parameters that are not the operator's to set, with what to do instead. Patroni passes some on the command line,
 * writes others itself, and ignores what the config says of them; the rest decides where the image and the job keep
 * things. (`ConfigHandler.CMDLINE_OPTIONS`, `get_server_parameters` and `recovery_parameters` in patroni 4.1.5)
 */
export const controlledParameters: ReadonlyMap<string, string> = new Map([
  ["listen_addresses", "The address is the node's, or the container's in `networkMode: bridge`."],
  ["port", "Nomad assigns the port."],
  ["cluster_name", "It is the cluster's own name."],
  ["hot_standby", "Patroni needs it on, and it is."],
  ["full_page_writes", "pg_rewind needs it on, and it is."],
  ["data_directory", "It is a folder of the storage: set `storage`."],
  ["config_file", "Patroni writes the file: set `parameters`."],
  ["hba_file", "Patroni writes the file: set `networks.replication` and `networks.clients`."],
  ["ident_file", "Patroni writes the file."],
  ["external_pid_file", "Patroni watches the postmaster itself."],
  ["unix_socket_directories", "Patroni connects through the image's own folder."],
  ["primary_conninfo", "Patroni follows the leader."],
  ["primary_slot_name", "Patroni makes and names the slots."],
  ["recovery_target", "Recovery to a point in time is not a setting of a running cluster."],
  ["recovery_target_action", "Recovery to a point in time is not a setting of a running cluster."],
  ["recovery_target_inclusive", "Recovery to a point in time is not a setting of a running cluster."],
  ["recovery_target_lsn", "Recovery to a point in time is not a setting of a running cluster."],
  ["recovery_target_name", "Recovery to a point in time is not a setting of a running cluster."],
  ["recovery_target_time", "Recovery to a point in time is not a setting of a running cluster."],
  ["recovery_target_timeline", "Patroni makes replicas follow the leader's timeline."],
  ["recovery_target_xid", "Recovery to a point in time is not a setting of a running cluster."],
  ["recovery_min_apply_delay", "A replica that lags on purpose would never count as ready."],
  ["synchronous_standby_names", "Patroni names them: set `patroni.synchronousMode`."],
]);

/**
 * What Patroni narrows: it replaces any other value by its own default, with no more than a line in its log
 * (`ConfigHandler.CMDLINE_OPTIONS`). And md5 passwords are no longer to be made.
 */
export const narrowedParameters: ReadonlyMap<string, ParameterType> = new Map([
  ["wal_level", choice("replica", "logical")],
  ["max_connections", integer(25, 262143)],
  ["max_wal_senders", integer(3, 262143)],
  ["max_replication_slots", integer(4, 262143)],
  ["max_worker_processes", integer(2, 262143)],
  ["max_locks_per_transaction", integer(32, 2147483647)],
  ["wal_keep_size", integer(16, 2147483647, "MB")],
  ["password_encryption", choice("scram-sha-256")],
]);
