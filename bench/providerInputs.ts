import type { Cluster, Platform } from "../config/model";
import { defaultUsernames } from "../patroni/credentials";
import { clusterNames, dcsPath } from "../patroni/names";
import { postgresUser } from "../patroni/patroniTask";
import { configProviderVersion, type ConfigInputs } from "../providers/config/model";
import { credentialsProviderVersion, type CredentialsInputs } from "../providers/credentials/model";
import { leaderProviderVersion, type LeaderInputs } from "../providers/leaderWait/model";
import type { StorageInputs } from "../providers/storage/model";

/** A cluster and the platform that it is for. */
interface Subject {
  readonly cluster: Cluster;
  readonly context: { readonly platform: Platform };
}

/** Inputs of the credentials' provider, as the program's component gives them. */
export function credentialsInputs({ cluster, context: { platform } }: Subject): CredentialsInputs {
  const { mount, path, fields } = cluster.credentials;
  return {
    ...{ cluster: cluster.name, vaultAddress: platform.vault.address, mount, path, fields },
    usernames: defaultUsernames,
    whenRemoved: "delete",
    timeoutSeconds: 60,
    providerVersion: credentialsProviderVersion,
  };
}

/** Inputs of the dynamic configuration's provider. */
export function configInputs(subject: Subject, config: object): ConfigInputs {
  const { cluster, context } = subject;
  return {
    ...nomadInputs(subject),
    cluster: cluster.name,
    consulAddress: context.platform.consul.address,
    dcsPath: dcsPath(context.platform.consul.keyPrefix, cluster),
    config: JSON.stringify(config),
    drift: cluster.patroni.drift,
    alterSystem: {},
    vaultAddress: "",
    secretMount: "",
    secretPath: "",
    superuserUsernameField: "",
    superuserPasswordField: "",
    timeoutSeconds: cluster.timeouts.leaderSeconds,
    providerVersion: configProviderVersion,
  };
}

/** Inputs of the storage's provider; what the bench makes goes when the bench does. */
export function storageInputs(subject: Subject, owner: number = postgresUser.uid): StorageInputs {
  const { cluster, context } = subject;
  const { storage, placement } = cluster;
  const isVolume = storage.type === "volume";
  return {
    ...nomadInputs(subject),
    cluster: cluster.name,
    kind: storage.type,
    members: cluster.members,
    consulAddress: context.platform.consul.address,
    dcsPath: dcsPath(context.platform.consul.keyPrefix, cluster),
    jobId: clusterNames(cluster).job,
    whenRemoved: "delete",
    timeoutSeconds: cluster.timeouts.leaderSeconds,
    datacenters: placement.datacenters,
    nodePool: placement.nodePool,
    constraints: [...placement.constraints, ...(isVolume ? storage.constraints : [])],
    volumeName: isVolume ? storage.volumeName : "",
    pluginId: isVolume ? storage.pluginId : "mkdir",
    parameters: { uid: String(owner), gid: String(owner), mode: "0700" },
    capacityMinBytes: isVolume ? storage.capacityMinBytes : 0,
    capacityMaxBytes: isVolume ? storage.capacityMaxBytes : 0,
    accessMode: "single-node-single-writer",
    attachmentMode: "file-system",
  };
}

/** Inputs of the wait for the leader of a version of the job. */
export function leaderInputs(
  subject: Subject,
  registered: { readonly version: number; readonly modifyIndex: number },
): LeaderInputs {
  const { cluster, context } = subject;
  return {
    ...nomadInputs(subject),
    cluster: cluster.name,
    scope: cluster.name,
    keyPrefix: context.platform.consul.keyPrefix,
    memberCount: cluster.members,
    consulAddress: context.platform.consul.address,
    jobId: clusterNames(cluster).job,
    jobVersion: registered.version,
    jobModifyIndex: String(registered.modifyIndex),
    maxLagBytes: cluster.patroni.maxLagBytes,
    timeoutSeconds: cluster.timeouts.leaderSeconds,
    vaultSecretPath: `${cluster.credentials.mount}/${cluster.credentials.path}`,
    standby: false,
    providerVersion: leaderProviderVersion,
  };
}

function nomadInputs({ context: { platform } }: Subject) {
  return {
    nomadAddress: platform.nomad.address,
    nomadNamespace: platform.nomad.namespace,
    nomadRegion: platform.nomad.region,
  };
}
