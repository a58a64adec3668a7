import type { Cluster, Platform, Storage } from "../../config/model";
import { clusterNames, dcsPath } from "../../patroni/names";
import { postgresUser } from "../../patroni/patroniTask";
import type { StorageInputs } from "./model";

/** Credentials, and what Patroni keeps in Consul, live as long as the data. */
export function whenRemovedOf(storage: Storage): "keep" | "delete" {
  return storage.type === "ephemeral" ? "delete" : storage.whenRemoved;
}

/** What a cluster of the stack's config asks of its storage. */
export function storageInputsOf(cluster: Cluster, platform: Platform): StorageInputs {
  const { storage, placement } = cluster;
  return {
    cluster: cluster.name,
    members: cluster.members,
    nomadAddress: platform.nomad.address,
    nomadNamespace: platform.nomad.namespace,
    nomadRegion: platform.nomad.region,
    nodePool: placement.nodePool,
    datacenters: placement.datacenters,
    consulAddress: platform.consul.address,
    dcsPath: dcsPath(platform.consul.keyPrefix, cluster),
    jobId: clusterNames(cluster).job,
    whenRemoved: whenRemovedOf(storage),
    timeoutSeconds: cluster.timeouts.leaderSeconds,
    kind: storage.type,
    accessMode: "single-node-single-writer",
    attachmentMode: "file-system",
    ...(storage.type === "ephemeral" ? noVolumes(cluster) : volumes(cluster, storage)),
  };
}

/** What is about volumes alone. */
type VolumeInputs = Pick<
  StorageInputs,
  "constraints" | "volumeName" | "pluginId" | "parameters" | "capacityMinBytes" | "capacityMaxBytes"
>;

function noVolumes({ placement: { constraints } }: Cluster): VolumeInputs {
  const sizes = { capacityMinBytes: 0, capacityMaxBytes: 0 };
  return { constraints, volumeName: "", pluginId: "mkdir", parameters: {}, ...sizes };
}

function volumes({ placement }: Cluster, storage: Storage & { readonly type: "volume" }): VolumeInputs {
  return {
    constraints: [...placement.constraints, ...storage.constraints],
    volumeName: storage.volumeName,
    pluginId: storage.pluginId,
    parameters: { uid: String(postgresUser.uid), gid: String(postgresUser.gid), mode: "0700" },
    capacityMinBytes: storage.capacityMinBytes,
    capacityMaxBytes: storage.capacityMaxBytes,
  };
}
