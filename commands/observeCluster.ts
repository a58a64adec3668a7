import type { Cluster, Platform } from "../config/model";
import { clusterNames, dcsPath } from "../patroni/names";
import type { ClusterObservation } from "../patroni/status/observation";
import { observeCluster as observe } from "../providers/acts/observeCluster";
import type { KeyPlace } from "../providers/config/configKey";

/** What the config asks for. */
export function wantedOf(cluster: Cluster): ClusterObservation["wanted"] {
  const { name, members, patroni } = cluster;
  return { name, members, maxLagBytes: patroni.maxLagBytes, jobId: clusterNames(cluster).job };
}

/** Where a cluster's keys are. */
export function keyPlaceOf({ consul }: Platform, cluster: Cluster): KeyPlace {
  return { consulAddress: consul.address, dcsPath: dcsPath(consul.keyPrefix, cluster) };
}

/** What Consul and the members say of one cluster. Throws an HttpError when Consul can't be asked. */
export async function observeCluster(platform: Platform, cluster: Cluster): Promise<ClusterObservation> {
  return observe(keyPlaceOf(platform, cluster), wantedOf(cluster));
}
