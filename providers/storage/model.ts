import type { Constraint } from "../../config/model";
import type { VolumeSpec } from "../../patroni/volumeFit";

/**
 * What a cluster's storage is made from, resolved. The same fields stand in the resource's inputs and outputs. What
 * is about volumes alone, their name among it, is empty or 0 for throw-away data.
 */
export interface StorageInputs extends VolumeSpec {
  /** The cluster's name, for messages. */
  readonly cluster: string;
  readonly kind: "volume" | "ephemeral";
  readonly members: number;
  readonly nomadAddress: string;
  readonly nomadNamespace: string;
  readonly nomadRegion: string;
  readonly consulAddress: string;
  /** Folder of the cluster's keys in Consul, without slashes at its ends: `operations/acme`. */
  readonly dcsPath: string;
  /** Nomad job whose allocations use the data. */
  readonly jobId: string;
  /** What becomes of data and keys when the resource is deleted; throw-away data has no `keep`. */
  readonly whenRemoved: "keep" | "delete";
  /** Deadline of one create, update or delete. */
  readonly timeoutSeconds: number;
  readonly datacenters: readonly string[];
  readonly nodePool: string;
  readonly constraints: readonly Constraint[];
  readonly volumeName: string;
}

/** One volume of the cluster. */
export interface StorageVolume {
  readonly id: string;
  readonly name: string;
  readonly nodeId: string;
  /** The node's ID again where Nomad no longer knows the node. */
  readonly nodeName: string;
  /** 0 where the plugin sets no limit. */
  readonly capacityBytes: number;
}

/** What the resource adds to its inputs. */
export interface StorageResult {
  /** Every volume of the cluster's name, spare ones included, by node name. */
  readonly volumes: readonly StorageVolume[];
  readonly volumeCount: number;
  /** Whether the last create or update ended well and nothing has been missed since. */
  readonly ready: boolean;
}

/** Raised when the provider's behaviour changes in a way that existing resources should take over by an update. */
export const storageProviderVersion = 1;
