import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";
import * as utilities from "./utilities";

/**
 * A dynamic host volume that Nomad creates on a node of its choice, or on the one that is named.
 * Destroying the resource deletes the volume with everything in it.
 */
export class DynamicHostVolume extends pulumi.CustomResource {
  /** @internal */
  public static readonly __pulumiType = "nomad:index/dynamicHostVolume:DynamicHostVolume";

  /**
   * The state of a volume that exists already.
   *
   * @param id The volume's ID in Nomad.
   */
  public static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: DynamicHostVolumeState,
    opts?: pulumi.CustomResourceOptions,
  ): DynamicHostVolume {
    return new DynamicHostVolume(name, state, { ...opts, id });
  }

  /** Whether `obj` is a DynamicHostVolume, also when it comes from another copy of this package. */
  public static override isInstance(obj: unknown): obj is DynamicHostVolume {
    return (
      typeof obj === "object" &&
      obj !== null &&
      "__pulumiType" in obj &&
      obj.__pulumiType === DynamicHostVolume.__pulumiType
    );
  }

  declare public readonly capabilities: pulumi.Output<outputs.DynamicHostVolumeCapability[]>;
  /** Provisioned size as text, for example `1.0 GiB`. */
  declare public readonly capacity: pulumi.Output<string>;
  declare public readonly capacityBytes: pulumi.Output<number>;
  declare public readonly capacityMax: pulumi.Output<string | undefined>;
  declare public readonly capacityMaxBytes: pulumi.Output<number>;
  declare public readonly capacityMin: pulumi.Output<string | undefined>;
  declare public readonly capacityMinBytes: pulumi.Output<number>;
  declare public readonly constraints: pulumi.Output<outputs.DynamicHostVolumeConstraint[] | undefined>;
  /** Where the volume is on its node. */
  declare public readonly hostPath: pulumi.Output<string>;
  declare public readonly name: pulumi.Output<string>;
  declare public readonly namespace: pulumi.Output<string | undefined>;
  /** Node that holds the volume. */
  declare public readonly nodeId: pulumi.Output<string>;
  declare public readonly nodePool: pulumi.Output<string>;
  declare public readonly parameters: pulumi.Output<Record<string, string> | undefined>;
  declare public readonly pluginId: pulumi.Output<string>;
  /** `pending`, `ready` or `unavailable`. */
  declare public readonly state: pulumi.Output<string>;

  /** @param name Unique name of the resource. */
  constructor(name: string, args: DynamicHostVolumeArgs, opts?: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    argsOrState?: DynamicHostVolumeArgs | DynamicHostVolumeState,
    opts?: pulumi.CustomResourceOptions,
  );
  constructor(
    name: string,
    argsOrState?: DynamicHostVolumeArgs | DynamicHostVolumeState,
    opts: pulumi.CustomResourceOptions = {},
  ) {
    if (opts.id === undefined && opts.urn === undefined) {
      for (const required of ["capabilities", "pluginId"] as const) {
        if (argsOrState?.[required] === undefined) {
          throw new Error(`Missing required property '${required}'`);
        }
      }
    }
    const from = opts.id === undefined ? inputNames : [...inputNames, ...outputNames];
    const resourceInputs = utilities.resourceInputs(argsOrState, from, outputNames);
    const merged = pulumi.mergeOptions(utilities.resourceOptsDefaults(), opts);
    super(DynamicHostVolume.__pulumiType, name, resourceInputs, merged);
  }
}

/** Properties that the program sets. */
const inputNames = [
  "capabilities",
  "capacityMax",
  "capacityMin",
  "constraints",
  "name",
  "namespace",
  "nodeId",
  "nodePool",
  "parameters",
  "pluginId",
] as const;

/** Properties that Nomad alone determines. Naming them makes them outputs of a resource that is being created. */
const outputNames = [
  "capacity",
  "capacityBytes",
  "capacityMaxBytes",
  "capacityMinBytes",
  "hostPath",
  "state",
] as const;

/** What can be said when a volume is created. */
export interface DynamicHostVolumeArgs {
  /** How the volume may be used; at least one. */
  capabilities: pulumi.Input<pulumi.Input<inputs.DynamicHostVolumeCapability>[]>;
  /** Largest size to ask for, as a number of bytes or with a unit: `12 GiB`. What comes of it is the plugin's. */
  capacityMax?: pulumi.Input<string | undefined>;
  /** Smallest size to accept, as a number of bytes or with a unit: `1.0 GiB`. */
  capacityMin?: pulumi.Input<string | undefined>;
  /** Which nodes qualify. */
  constraints?: pulumi.Input<pulumi.Input<inputs.DynamicHostVolumeConstraint>[] | undefined>;
  /** What jobs claim the volume by; unique on a node. */
  name?: pulumi.Input<string | undefined>;
  /** `default` unless set. */
  namespace?: pulumi.Input<string | undefined>;
  /** Node to create the volume on; Nomad chooses one unless set. Changing it replaces the volume. */
  nodeId?: pulumi.Input<string | undefined>;
  /** Node pool to choose the node from. */
  nodePool?: pulumi.Input<string | undefined>;
  /** Passed to the plugin as they are, for example `mode`, `uid` and `gid` for `mkdir`. */
  parameters?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
  /** Dynamic host volume plugin on the client, for example `mkdir`. */
  pluginId: pulumi.Input<string>;
}

/** What a volume can be looked up with. */
export interface DynamicHostVolumeState {
  capabilities?: pulumi.Input<pulumi.Input<inputs.DynamicHostVolumeCapability>[] | undefined>;
  capacity?: pulumi.Input<string | undefined>;
  capacityBytes?: pulumi.Input<number | undefined>;
  capacityMax?: pulumi.Input<string | undefined>;
  capacityMaxBytes?: pulumi.Input<number | undefined>;
  capacityMin?: pulumi.Input<string | undefined>;
  capacityMinBytes?: pulumi.Input<number | undefined>;
  constraints?: pulumi.Input<pulumi.Input<inputs.DynamicHostVolumeConstraint>[] | undefined>;
  hostPath?: pulumi.Input<string | undefined>;
  name?: pulumi.Input<string | undefined>;
  namespace?: pulumi.Input<string | undefined>;
  nodeId?: pulumi.Input<string | undefined>;
  nodePool?: pulumi.Input<string | undefined>;
  parameters?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
  pluginId?: pulumi.Input<string | undefined>;
  state?: pulumi.Input<string | undefined>;
}
