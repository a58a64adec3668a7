import * as pulumi from "@pulumi/pulumi";
import type { Constraint } from "../config/model";
import { projectProvider } from "./projectProvider";
import type { StorageVolume } from "./storage/model";

/** What a cluster's storage is made from. The part for volumes is needed with kind `volume` only. */
export interface PatroniStorageArgs {
  /** The cluster's name, for messages. */
  readonly cluster: pulumi.Input<string>;
  /** `volume`: dynamic host volumes of the cluster's own. `ephemeral`: the allocations' own directories. */
  readonly kind: pulumi.Input<"volume" | "ephemeral">;
  /** Members of the cluster; each needs a volume. */
  readonly members: pulumi.Input<number>;
  readonly nomadAddress: pulumi.Input<string>;
  readonly nomadNamespace: pulumi.Input<string>;
  readonly nomadRegion: pulumi.Input<string>;
  readonly consulAddress: pulumi.Input<string>;
  /** Folder of the cluster's keys in Consul, without slashes at its ends: `operations/acme`. */
  readonly dcsPath: pulumi.Input<string>;
  /** Nomad job whose allocations use the data: data is deleted only when none of them runs. */
  readonly jobId: pulumi.Input<string>;
  /** What becomes of data and Patroni's keys when the resource is deleted. */
  readonly whenRemoved: pulumi.Input<"keep" | "delete">;
  /** Deadline of one create, update or delete. */
  readonly timeoutSeconds: pulumi.Input<number>;
  readonly datacenters: pulumi.Input<readonly string[]>;
  readonly nodePool: pulumi.Input<string>;
  /** Which nodes may hold a member, in Nomad's own terms. */
  readonly constraints: pulumi.Input<readonly Constraint[]>;
  /** Name shared by the cluster's volumes; no other cluster of the namespace may use it. */
  readonly volumeName?: pulumi.Input<string>;
  /** Nomad's dynamic host volume plugin; `mkdir` unless said. */
  readonly pluginId?: pulumi.Input<string>;
  /** Parameters of the plugin; `mkdir` knows mode, uid and gid. */
  readonly parameters?: pulumi.Input<Readonly<Record<string, string>>>;
  readonly capacityMinBytes?: pulumi.Input<number>;
  readonly capacityMaxBytes?: pulumi.Input<number>;
}

const provider = projectProvider("./providers/storage/provider");

/**
 * A cluster's data, and what Patroni keeps of it in Consul, which live and die together: one dynamic host volume
 * for each member, or throw-away data in the allocations. See docs/storage.md.
 */
export class PatroniStorage extends pulumi.dynamic.Resource {
  /** Every volume of the cluster's name, spare ones included, by node name. */
  declare readonly volumes: pulumi.Output<readonly StorageVolume[]>;
  declare readonly volumeCount: pulumi.Output<number>;
  /** Whether the last create or update ended well and nothing has been missed since. */
  declare readonly ready: pulumi.Output<boolean>;

  constructor(name: string, args: PatroniStorageArgs, opts?: pulumi.CustomResourceOptions) {
    const inputs = {
      volumeName: "",
      pluginId: "mkdir",
      parameters: {},
      capacityMinBytes: 0,
      capacityMaxBytes: 0,
      accessMode: "single-node-single-writer",
      attachmentMode: "file-system",
      ...args,
    };
    const outputs = {
      volumes: undefined,
      volumeCount: undefined,
      ready: undefined,
      providerVersion: undefined,
    };
    super(provider, name, { ...inputs, ...outputs }, opts, "patroni", "Storage");
  }
}
