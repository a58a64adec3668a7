import type { CauseCode } from "./cause";

/** The causes that a member's own log names. */
export type LogCode = Extract<
  CauseCode,
  | "system-id-mismatch"
  | "data-not-writable"
  | "disk-full"
  | "data-damaged"
  | "parameter-rejected"
  | "wal-removed"
  | "member-consul-denied"
  | "member-consul-unreachable"
  | "replication-refused"
  | "stuck"
  | "start-failed"
>;

/** A sentence in a member's log that names a cause. */
export interface LogSign {
  readonly code: LogCode;
  /** The sentence, in Patroni's or PostgreSQL's own words. */
  readonly pattern: RegExp;
  /**
   * How often it must stand in the recent log before it is certain: once where the process can't go on without
   * someone's help, twice where a second try may succeed, three times where nothing is said of why it fails.
   */
  readonly times: 1 | 2 | 3;
  /** A line that must stand there too, the same or a later one. */
  readonly confirmedBy?: RegExp;
  /** Only of a member that has no entry in Consul: one that had has lost its agent for a while. */
  readonly unregistered?: true;
  /** Later lines that show that it is over. */
  readonly clearedBy: RegExp;
}

/** Patroni's main loop has got past its start. */
const patroniRuns =
  /no action\. I am|trying to bootstrap|bootstrap(ped)? from|initialized a new cluster|waiting for leader|starting as a/;

/** PostgreSQL accepts connections, or Patroni copies a new data directory. */
const postgresRuns =
  /database system is ready to accept|no action\. I am|initialized a new cluster|bootstrap(ped)? from/;

/** The order is that of telling: the first sign that is found names the cause. */
export const logSigns: readonly LogSign[] = [
  {
    // ha.py `_run_cycle`: Patroni exits, since joining would destroy data.
    code: "system-id-mismatch",
    pattern:
      /system ID mismatch, node (?<member>\S+) belongs to a different cluster: (?<scope>\d+) != (?<data>\d+)/,
    times: 1,
    clearedBy: patroniRuns,
  },
  {
    // utils.py `validate_directory`; initdb and pg_basebackup; PostgreSQL's own check of its data directory.
    code: "data-not-writable",
    pattern:
      /the directory is not writable|couldn't create the directory|could not (access|create|change permissions of) directory "[^"]*": Permission denied|PermissionError: \[Errno 13\][^\n]*|data directory is not accessible: [^\n]*|data directory "[^"]*" has (wrong ownership|invalid permissions)/,
    times: 1,
    clearedBy: postgresRuns,
  },
  {
    code: "disk-full",
    pattern: /No space left on device/,
    times: 2,
    clearedBy: postgresRuns,
  },
  {
    // ha.py `_run_cycle`: repeated in every loop until someone reinitialises the member.
    code: "data-damaged",
    pattern: /data dir for the cluster is not empty, but system ID is invalid/,
    times: 2,
    clearedBy: postgresRuns,
  },
  {
    // PostgreSQL stops at its configuration: guc.c, guc-file.l, dfmgr.c, sysv_shmem.c, xlogrecovery.c. A session's
    // own SET would be an ERROR, and a reload goes on without the bad value: only with a FATAL is it the end.
    code: "parameter-rejected",
    pattern:
      /(LOG|FATAL|DETAIL): +(invalid value for parameter "(?<invalid>[\w.]+)"|parameter "(?<typed>[\w.]+)" requires|.*outside the valid range for parameter "(?<range>[\w.]+)"|unrecognized configuration parameter "(?<unknown>[\w.]+)"|could not (access|load) (file|library) "(?<library>[^"]+)"|could not map anonymous shared memory|(?<standby>\w+) = \d+ is a lower setting than on the primary server)/,
    times: 1,
    confirmedBy: /FATAL:/,
    clearedBy: postgresRuns,
  },
  {
    // walsender.c and slot.c, as the replica repeats them: it asks again every wal_retrieve_retry_interval, 5 s.
    code: "wal-removed",
    pattern:
      /requested WAL segment (?<segment>\w+) has already been removed|(cannot read from|can no longer access) (physical )?replication slot "(?<slot>[^"]+)"/,
    times: 2,
    clearedBy: /(bootstrap(ped)? from|pg_rewind exit code=0|restored log file)/,
  },
  {
    // py-consul raises ACLPermissionDenied for a 403; "ACL not found" is Consul's answer to an unknown token. The
    // refusal of a login is `image/consul_identity.py`'s.
    code: "member-consul-denied",
    pattern:
      /(ACLPermissionDenied|ACL not found|refused this task's identity|lacks permission '(session|key|service|agent|node):)[^\n]*/,
    times: 2,
    clearedBy: patroniRuns,
  },
  {
    // utils.py `Retry` says so once it has tried for retry_timeout, 10 s before the configuration is known.
    code: "member-consul-unreachable",
    pattern: /Retry got exception: .*(url: \/v1\/[^\n]*)/,
    times: 1,
    unregistered: true,
    clearedBy: patroniRuns,
  },
  {
    // pg_hba.conf or the password turn the replica away; Patroni tries to clone again and again.
    code: "replication-refused",
    pattern:
      /(pg_basebackup: error|could not connect to the primary server): .*(no pg_hba\.conf entry|password authentication failed|role "[^"]+" does not exist)/,
    times: 2,
    clearedBy: /bootstrap(ped)? from|started streaming WAL/,
  },
  {
    // image/rebuild.py, every 30 s: it has been stuck for longer than the limit, and rebuilding it would do harm or no good.
    code: "stuck",
    pattern:
      /WARNING: stuck: \S+ since (?<since>[\d-]+ [\d:]+ UTC): (?<what>[^;]*); isn't rebuilt: (?<why>(?!rebuild_stuck_after).*)/,
    times: 1,
    clearedBy: /bootstrap(ped)? from/,
  },
  {
    // ha.py `post_recover`, in every loop. What is wrong says PostgreSQL itself; whatever has no sign of its own above.
    code: "start-failed",
    pattern: /INFO: failed to start postgres/,
    times: 3,
    clearedBy: postgresRuns,
  },
];
