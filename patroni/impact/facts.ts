import type { ConfigDocument } from "../configDocument";
import { dynamicConfig } from "../dynamicConfig";
import { jobspec } from "../jobspec";
import type { AllowedDrop, PostgresVersion, Storage } from "../../config/model";
import type { Objects } from "../databases/model";
import { dcsPath } from "../names";
import type { JobspecInput } from "../patroniTask";
import { jobParts, type JobParts } from "./jobParts";

/** Raised when the shape of `TenantFacts` changes: facts of another version are not compared. */
export const factsVersion = 1;

/** What has to be known of a cluster to say what a change does to it. Plain data without a secret in it. */
export interface TenantFacts {
  readonly postgresVersion: PostgresVersion;
  readonly members: number;
  /** Patroni's dynamic configuration. */
  readonly config: ConfigDocument;
  readonly job: JobParts;
  readonly storage: StorageFacts;
  readonly credentials: {
    readonly kind: "generated" | "existing";
    /** Mount and path of the secret. */
    readonly secret: string;
    /** Generation of the passwords; absent where a record is older than generations are. */
    readonly generation?: number;
  };
  /** What is declared to be in the databases, and may be dropped; absent where a record is older than such declarations. */
  readonly declared?: Objects & { readonly drops: readonly AllowedDrop[] };
  /** Where job, data and keys are, by what they are called: it can't change while there is data. */
  readonly place: Readonly<Record<string, string>>;
}

/** A cluster's storage; sizes in bytes, 0 for throw-away data. */
export interface StorageFacts {
  readonly type: Storage["type"];
  readonly whenRemoved: "keep" | "delete";
  readonly pluginId: string;
  readonly capacityMinBytes: number;
  readonly capacityMaxBytes: number;
}

/** The stack's clusters by name. */
export type StackFacts = Readonly<Record<string, TenantFacts>>;

/** The facts of a cluster as it is wanted, from its documents alone. */
export function tenantFacts(input: JobspecInput): TenantFacts {
  const { cluster, platform } = input;
  const { databases, roles, drops } = cluster;
  const { kind, mount, path, generation } = cluster.credentials;
  return {
    postgresVersion: cluster.postgresVersion,
    members: cluster.members,
    config: dynamicConfig(cluster),
    job: jobParts(jobspec(input)),
    storage: storageFacts(cluster.storage),
    credentials: { kind, secret: `${mount}/${path}`, generation },
    declared: { databases, roles, drops },
    place: {
      "folder in Consul": dcsPath(platform.consul.keyPrefix, cluster),
      "Nomad region": platform.nomad.region,
      "Nomad namespace": platform.nomad.namespace,
      "storage type": cluster.storage.type,
    },
  };
}

function storageFacts(storage: Storage): StorageFacts {
  if (storage.type === "ephemeral")
    return {
      type: "ephemeral",
      whenRemoved: "delete",
      pluginId: "",
      capacityMinBytes: 0,
      capacityMaxBytes: 0,
    };
  const { type, whenRemoved, pluginId, capacityMinBytes, capacityMaxBytes } = storage;
  return { type, whenRemoved, pluginId, capacityMinBytes, capacityMaxBytes };
}
