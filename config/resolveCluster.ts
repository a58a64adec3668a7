import {
  agentAddressDefaults,
  clusterDefaults,
  credentialFieldDefaults,
  firstGeneration,
  storageDefaults,
} from "./defaults";
import { resolveDatabases } from "./databases/resolve";
import type { LayeredSettings } from "./layers";
import { resolveAccess } from "./resolveAccess";
import type { Cluster, CredentialSource, Placement, Storage } from "./model";
import type { ClusterSettings } from "./schema/cluster";
import { withoutOuterSlashes } from "./schema/vault";

/** What the platform's settings add to each cluster. */
export interface ClusterSurroundings {
  /** `platform.consul.agentAddress`, if set. */
  readonly agentAddress: string | undefined;
  /** Where generated credentials go. */
  readonly kvMount: string;
  readonly kvPath: string;
}

/** What is known of a cluster besides its settings. */
export interface ClusterIdentity {
  readonly name: string;
  readonly configPath: string;
}

/** Words that a cluster's config has to hold, exactly, for its data to be deleted with it. */
export function deletionPhrase(name: string): string {
  return `delete all data of ${name}`;
}

/** Applies the defaults. What is still missing or contradictory is for the rules to find. */
export function resolveCluster(
  { name, configPath }: ClusterIdentity,
  { settings }: LayeredSettings,
  surroundings: ClusterSurroundings,
): Cluster {
  const networkMode = settings.networkMode ?? clusterDefaults.networkMode;
  const replicationNetworks = settings.networks?.replication ?? [];
  return {
    name,
    configPath,
    members: settings.members ?? clusterDefaults.members,
    postgresVersion: settings.postgresVersion ?? clusterDefaults.postgresVersion,
    parameters: settings.parameters ?? clusterDefaults.parameters,
    resources: { ...clusterDefaults.resources, ...settings.resources },
    storage: resolveStorage(name, settings.storage),
    replicationNetworks,
    clientNetworks: settings.networks?.clients ?? replicationNetworks,
    placement: resolvePlacement(settings.placement),
    driver: settings.driver ?? clusterDefaults.driver,
    networkMode,
    consulAgentAddress: surroundings.agentAddress ?? agentAddressDefaults[networkMode],
    patroni: { ...clusterDefaults.patroni, ...settings.patroni },
    credentials: resolveCredentials(name, settings.credentials, surroundings),
    ...resolveDatabases(name, settings),
    postgresPort: settings.postgresPort,
    access: resolveAccess(settings.access),
    timeouts: { ...clusterDefaults.timeouts, ...settings.timeouts },
  };
}

function resolvePlacement(placement: ClusterSettings["placement"]): Placement {
  return { ...clusterDefaults.placement, ...placement };
}

function resolveStorage(name: string, settings: ClusterSettings["storage"]): Storage {
  if (settings?.type === "ephemeral") {
    return { type: "ephemeral", sizeMb: settings.sizeMb ?? storageDefaults.ephemeral.sizeMb };
  }
  const { capacity, pluginId, constraints, whenRemoved } = { ...storageDefaults.volume, ...settings };
  return {
    type: "volume",
    volumeName: `postgres-${name}`,
    capacityMinBytes: capacity.minBytes,
    capacityMaxBytes: capacity.maxBytes,
    pluginId,
    constraints,
    whenRemoved: whenRemoved === deletionPhrase(name) ? "delete" : "keep",
  };
}

function resolveCredentials(
  name: string,
  settings: ClusterSettings["credentials"],
  { kvMount, kvPath }: ClusterSurroundings,
): CredentialSource {
  const { generation = firstGeneration, maxAgeDays } = settings ?? {};
  const rotation = { generation, maxAgeDays };
  if (settings?.existing === undefined) {
    const fields = credentialFieldDefaults;
    return { kind: "generated", mount: kvMount, path: `${kvPath}/${name}`, fields, ...rotation };
  }
  const { mount = kvMount, path = "", fields } = settings.existing;
  return {
    kind: "existing",
    mount: withoutOuterSlashes(mount),
    path: withoutOuterSlashes(path),
    fields: { ...credentialFieldDefaults, ...fields },
    ...rotation,
  };
}
