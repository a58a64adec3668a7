import type { Cluster, PatroniSettings, PermanentSlot, StandbyCluster } from "../config/model";
import { accessAuthentication } from "./access/accessAuthentication";

/** A value in Patroni's dynamic configuration. */
export type DynamicValue =
  string | number | boolean | readonly DynamicValue[] | { readonly [key: string]: DynamicValue };

/**
 * The cluster's dynamic configuration: what Patroni keeps in `<namespace>/<scope>/config` and what a running
 * cluster takes up by itself. It is written there before the job starts, so that the first member already
 * bootstraps with it, and changed there afterwards: none of it is part of the job.
 *
 * Source: https://patroni.readthedocs.io/en/latest/dynamic_configuration.html
 */
export function dynamicConfig(cluster: Cluster): { readonly [key: string]: DynamicValue } {
  const { patroni } = cluster;
  return {
    ttl: patroni.ttlSeconds,
    loop_wait: patroni.loopWaitSeconds,
    retry_timeout: patroni.retryTimeoutSeconds,
    maximum_lag_on_failover: patroni.maxLagBytes,
    primary_start_timeout: patroni.primaryStartTimeoutSeconds,
    // A replica on another timeline than the last known one must not become leader.
    check_timeline: true,
    ...synchronous(patroni),
    ...given({
      synchronous_mode_strict: patroni.synchronousModeStrict,
      maximum_lag_on_syncnode: patroni.maxLagOnSyncnodeBytes,
      primary_stop_timeout: patroni.primaryStopTimeoutSeconds,
      failsafe_mode: patroni.failsafeMode,
      member_slots_ttl: patroni.memberSlotsTtlSeconds,
      max_timelines_history: patroni.maxTimelinesHistory,
      slots: patroni.slots && slots(patroni.slots),
      ignore_slots: patroni.ignoreSlots,
      standby_cluster: patroni.standbyCluster && standby(patroni.standbyCluster),
    }),
    // None of Patroni's, which leaves alone what it doesn't know: read by `image/rebuild.py`. Absent: never.
    ...(patroni.rebuildStuckAfterSeconds === "never"
      ? {}
      : { rebuild_stuck_after: patroni.rebuildStuckAfterSeconds }),
    // Absent unless paused, as `patronictl resume` leaves it.
    ...(patroni.pause ? { pause: true } : {}),
    postgresql: {
      parameters: { password_encryption: "scram-sha-256", ...noAlterSystem, ...cluster.parameters },
      pg_hba: hostBasedAuthentication(cluster),
    },
  };
}

function slots(permanent: Readonly<Record<string, PermanentSlot>>): DynamicValue {
  return Object.fromEntries(Object.entries(permanent).map(([name, slot]) => [name, given({ ...slot })]));
}

function standby(other: StandbyCluster): DynamicValue {
  return given({
    host: other.host,
    port: other.port,
    primary_slot_name: other.primarySlotName,
    restore_command: other.restoreCommand,
    archive_cleanup_command: other.archiveCleanupCommand,
  });
}

/** The settings that are there. */
function given(settings: { readonly [key: string]: DynamicValue | undefined }): {
  readonly [key: string]: DynamicValue;
} {
  return Object.fromEntries(Object.entries(settings).filter((entry) => entry[1] !== undefined)) as {
    readonly [key: string]: DynamicValue;
  };
}

/**
 * Settings have one place, the config. Nobody sets another by accident with `ALTER SYSTEM`; a tenant may allow it.
 * https://www.postgresql.org/docs/17/runtime-config-compatible.html#GUC-ALLOW-ALTER-SYSTEM
 */
const noAlterSystem = { allow_alter_system: "off" };

function synchronous(patroni: PatroniSettings): { readonly [key: string]: DynamicValue } {
  switch (patroni.synchronousMode) {
    case "off":
      return { synchronous_mode: false };
    case "on":
      return { synchronous_mode: true, synchronous_node_count: patroni.synchronousNodeCount };
    case "quorum":
      return { synchronous_mode: "quorum", synchronous_node_count: patroni.synchronousNodeCount };
  }
}

/**
 * Who may connect, first match wins. Members come over the replication networks, for replication and, as
 * pg_rewind does, to the database `postgres`; everyone else over the client networks. Nothing else matches,
 * and PostgreSQL refuses what doesn't match.
 *
 * Source: https://www.postgresql.org/docs/17/auth-pg-hba-conf.html,
 * https://www.postgresql.org/docs/17/app-pgrewind.html
 */
function hostBasedAuthentication(cluster: Cluster): readonly string[] {
  const rule = (database: string, network: string) => `host ${database} all ${network} scram-sha-256`;
  return [
    "local all all scram-sha-256",
    // Patroni asks its own member for its timeline over a replication connection.
    "local replication all scram-sha-256",
    ...accessAuthentication(cluster),
    ...cluster.replicationNetworks.flatMap((network) => [
      rule("replication", network),
      rule("postgres", network),
    ]),
    ...cluster.clientNetworks.map((network) => rule("all", network)),
  ];
}
