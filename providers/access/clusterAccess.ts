import type { Cluster, Platform } from "../../config/model";
import { dcsPath } from "../../patroni/names";
import type { AccessInputs } from "./model";

/** What a cluster's logins are made from. */
export function accessInputsOf(
  cluster: Cluster,
  platform: Platform,
  postgresPort: number,
): Omit<AccessInputs, "providerVersion"> {
  const { mount, path, fields } = cluster.credentials;
  return {
    cluster: cluster.name,
    vaultAddress: platform.vault.address,
    mount: platform.vault.databaseMount,
    roles: cluster.access,
    postgresPort,
    datacenters: cluster.placement.datacenters,
    nodePool: cluster.placement.nodePool,
    secretMount: mount,
    secretPath: path,
    superuserUsernameField: fields.superuserUsername,
    superuserPasswordField: fields.superuserPassword,
    consulAddress: platform.consul.address,
    dcsPath: dcsPath(platform.consul.keyPrefix, cluster),
    nomadAddress: platform.nomad.address,
    nomadNamespace: platform.nomad.namespace,
    nomadRegion: platform.nomad.region,
    timeoutSeconds: 60,
  };
}
