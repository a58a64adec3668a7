import type { Cluster } from "../config/model";

/**
 * Every name that a cluster has outside this program, derived from its own name in one place, so that two
 * clusters whose names differ never share anything.
 */
export interface ClusterNames {
  /** Nomad job ID. */
  readonly job: string;
  /** Nomad task group, and the task in it. */
  readonly group: string;
  readonly task: string;
  /** Consul service of Patroni's REST API: every member. */
  readonly apiService: string;
  /** Consul service of PostgreSQL: every member. */
  readonly postgresService: string;
  /** Consul service whose only healthy instance is the leader. */
  readonly primaryService: string;
  /** Consul service whose healthy instances are the running replicas. */
  readonly replicaService: string;
  /** Vault policy that reads the cluster's credentials, and nothing else. */
  readonly vaultPolicy: string;
  /** Role of Vault's JWT auth method, bound to the cluster's job. */
  readonly vaultRole: string;
  /** Policy and role in Consul of the cluster's members, and of the services that Nomad registers for them. */
  readonly consulMember: string;
  readonly consulServices: string;
  /** The cluster's own node in Consul's catalog, on which nothing runs: its sessions are there. */
  readonly consulNode: string;
}

/** Labels of the ports that Nomad hands out. */
export const portLabels = { postgres: "postgres", patroniApi: "patroni_api" } as const;

/** Derives a cluster's names. */
export function clusterNames(cluster: Pick<Cluster, "name">): ClusterNames {
  const { name } = cluster;
  return {
    job: `postgres-${name}`,
    group: "members",
    task: "patroni",
    apiService: `patroni-api-${name}`,
    postgresService: `postgres-${name}`,
    primaryService: `postgres-${name}-primary`,
    replicaService: `postgres-${name}-replica`,
    vaultPolicy: `postgres-${name}`,
    vaultRole: `postgres-${name}`,
    consulMember: `postgres-${name}`,
    consulServices: `postgres-${name}-services`,
    consulNode: `postgres-${name}`,
  };
}

/** Folder of everything that Patroni keeps of a cluster in Consul, without a slash at its end. */
export function dcsPath(keyPrefix: string, cluster: Pick<Cluster, "name">): string {
  return `${keyPrefix}/${cluster.name}`;
}
