import type { Cluster, Platform } from "../config/model";
import { clusterNames, dcsPath } from "./names";

/**
 * What a member may do on Consul: read and write its own cluster's keys, hold sessions on the cluster's own node, and
 * see which nodes have failed. Patroni registers nothing (`register_service: false`).
 *
 * Consul's right to a session is one to all sessions of its node, whosoever they are. So they aren't on the nodes that
 * members run on, where others' are as well (`image/consul_sessions.py`).
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/acl/rule
 */
export function memberRules(cluster: Cluster, platform: Platform): string {
  return rules([
    ["key_prefix", `${dcsPath(platform.consul.keyPrefix, cluster)}/`, "write"],
    ["session", clusterNames(cluster).consulNode, "write"],
    ["node_prefix", "", "read"],
  ]);
}

/** What Nomad may register in Consul in the name of a cluster's members: the cluster's own services. */
export function serviceRules(cluster: Pick<Cluster, "name">): string {
  const { apiService, postgresService, primaryService, replicaService } = clusterNames(cluster);
  const services = [apiService, postgresService, primaryService, replicaService];
  return rules(services.map((service) => ["service", service, "write"] as const));
}

/** Which logins are a cluster's, by what Nomad says of them: as a member itself, or as one of its services. */
export function loginSelector(
  as: "member" | "service",
  cluster: Pick<Cluster, "name">,
  { nomad }: Pick<Platform, "nomad">,
): string {
  const { job, task } = clusterNames(cluster);
  const mine = `value.nomad_namespace == "${nomad.namespace}" and value.nomad_job_id == "${job}"`;
  switch (as) {
    case "member":
      return `${mine} and value.nomad_task == "${task}" and "nomad_service" not in value`;
    case "service":
      return `${mine} and "nomad_service" in value`;
  }
}

function rules(all: readonly (readonly [kind: string, name: string, policy: "read" | "write"])[]): string {
  return all.map(([kind, name, policy]) => `${kind} "${name}" {\n  policy = "${policy}"\n}\n`).join("\n");
}
