import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";
import * as utilities from "./utilities";

/** A job that is registered with Nomad from a jobspec in HCL or JSON. */
export class Job extends pulumi.CustomResource {
  /** @internal */
  public static readonly __pulumiType = "nomad:index/job:Job";

  /**
   * The state of a job that exists already.
   *
   * @param id `<job ID>@<namespace>`.
   */
  public static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: JobState,
    opts?: pulumi.CustomResourceOptions,
  ): Job {
    return new Job(name, state, { ...opts, id });
  }

  /** Whether `obj` is a Job, also when it comes from another copy of this package. */
  public static override isInstance(obj: unknown): obj is Job {
    return (
      typeof obj === "object" &&
      obj !== null &&
      "__pulumiType" in obj &&
      obj.__pulumiType === Job.__pulumiType
    );
  }

  /** Whether the scheduler may place part of the job where nodes are oversubscribed. */
  declare public readonly allAtOnce: pulumi.Output<boolean>;
  /** Allocations of the job, when `readAllocationIds` is set. */
  declare public readonly allocationIds: pulumi.Output<string[]>;
  declare public readonly constraints: pulumi.Output<outputs.JobConstraint[]>;
  /** Raft index at which the job was created. */
  declare public readonly createIndex: pulumi.Output<number>;
  declare public readonly datacenters: pulumi.Output<string[]>;
  /** With `detach: false`, the deployment of the last create or update, if there was one. */
  declare public readonly deploymentId: pulumi.Output<string>;
  /** With `detach: false`, that deployment's status. */
  declare public readonly deploymentStatus: pulumi.Output<string>;
  declare public readonly deregisterOnDestroy: pulumi.Output<boolean | undefined>;
  declare public readonly deregisterOnIdChange: pulumi.Output<boolean | undefined>;
  declare public readonly detach: pulumi.Output<boolean | undefined>;
  declare public readonly hcl2: pulumi.Output<outputs.JobHcl2 | undefined>;
  declare public readonly jobspec: pulumi.Output<string>;
  declare public readonly json: pulumi.Output<boolean | undefined>;
  /** Raft index of the job's last change. */
  declare public readonly modifyIndex: pulumi.Output<string>;
  /** The job's name, from the jobspec. */
  declare public readonly name: pulumi.Output<string>;
  /** The job's namespace, from the jobspec. */
  declare public readonly namespace: pulumi.Output<string>;
  /** Job that launched this one, for periodic and parameterized jobs. */
  declare public readonly parentId: pulumi.Output<string>;
  declare public readonly periodicConfigs: pulumi.Output<outputs.JobPeriodicConfig[]>;
  declare public readonly policyOverride: pulumi.Output<boolean | undefined>;
  declare public readonly preserveCounts: pulumi.Output<boolean | undefined>;
  /** Scheduling priority. */
  declare public readonly priority: pulumi.Output<number>;
  declare public readonly purgeOnDestroy: pulumi.Output<boolean | undefined>;
  declare public readonly readAllocationIds: pulumi.Output<boolean | undefined>;
  declare public readonly region: pulumi.Output<string>;
  declare public readonly rerunIfDead: pulumi.Output<boolean | undefined>;
  /** Whether Nomad considers this version of the job stable. */
  declare public readonly stable: pulumi.Output<boolean>;
  /** `pending`, `running` or `dead`. */
  declare public readonly status: pulumi.Output<string>;
  declare public readonly statusDescription: pulumi.Output<string>;
  /** Whether the job has been stopped. */
  declare public readonly stop: pulumi.Output<boolean>;
  /** When the job was submitted, in nanoseconds since 1970. */
  declare public readonly submitTime: pulumi.Output<string>;
  declare public readonly taskGroups: pulumi.Output<outputs.JobTaskGroup[]>;
  /** `service`, `batch`, `system` or `sysbatch`. */
  declare public readonly type: pulumi.Output<string>;
  declare public readonly updateStrategies: pulumi.Output<outputs.JobUpdateStrategy[]>;
  /** The job's version, from 0. */
  declare public readonly version: pulumi.Output<number>;

  /** @param name Unique name of the resource. */
  constructor(name: string, args: JobArgs, opts?: pulumi.CustomResourceOptions);
  constructor(name: string, argsOrState?: JobArgs | JobState, opts?: pulumi.CustomResourceOptions);
  constructor(name: string, argsOrState?: JobArgs | JobState, opts: pulumi.CustomResourceOptions = {}) {
    if (opts.id === undefined && argsOrState?.jobspec === undefined && opts.urn === undefined) {
      throw new Error("Missing required property 'jobspec'");
    }
    const from = opts.id === undefined ? inputNames : [...inputNames, ...outputNames];
    const resourceInputs = utilities.resourceInputs(argsOrState, from, outputNames);
    super(
      Job.__pulumiType,
      name,
      resourceInputs,
      pulumi.mergeOptions(utilities.resourceOptsDefaults(), opts),
    );
  }
}

/** Properties that the program sets. */
const inputNames = [
  "deregisterOnDestroy",
  "deregisterOnIdChange",
  "detach",
  "hcl2",
  "jobspec",
  "json",
  "policyOverride",
  "preserveCounts",
  "purgeOnDestroy",
  "readAllocationIds",
  "rerunIfDead",
] as const;

/** Properties that Nomad alone determines. Naming them makes them outputs of a resource that is being created. */
const outputNames = [
  "allAtOnce",
  "allocationIds",
  "constraints",
  "createIndex",
  "datacenters",
  "deploymentId",
  "deploymentStatus",
  "modifyIndex",
  "name",
  "namespace",
  "parentId",
  "periodicConfigs",
  "priority",
  "region",
  "stable",
  "status",
  "statusDescription",
  "stop",
  "submitTime",
  "taskGroups",
  "type",
  "updateStrategies",
  "version",
] as const;

/** What can be said when a job is registered. */
export interface JobArgs {
  /** Whether destroying the resource stops the job. True unless set. */
  deregisterOnDestroy?: pulumi.Input<boolean | undefined>;
  /** Whether the old job is stopped when the jobspec's ID changes. True unless set. */
  deregisterOnIdChange?: pulumi.Input<boolean | undefined>;
  /** True unless set: registering is enough. False waits for the evaluation and then for the deployment. */
  detach?: pulumi.Input<boolean | undefined>;
  /** Options of the HCL2 parser. */
  hcl2?: pulumi.Input<inputs.JobHcl2 | undefined>;
  /** The jobspec's text, HCL unless `json` is set. */
  jobspec: pulumi.Input<string>;
  /** Whether the jobspec is JSON in the form of Nomad's API, with or without the outer `Job`. False unless set. */
  json?: pulumi.Input<boolean | undefined>;
  /** Registers the job even where a soft-mandatory Sentinel policy objects. False unless set. */
  policyOverride?: pulumi.Input<boolean | undefined>;
  /** Keeps the groups' counts that Nomad has, in place of the jobspec's. False unless set. */
  preserveCounts?: pulumi.Input<boolean | undefined>;
  /** Whether destroying the resource purges the job, so that Nomad forgets it at once. False unless set. */
  purgeOnDestroy?: pulumi.Input<boolean | undefined>;
  /**
   * Fills `allocationIds`.
   *
   * @deprecated The published package announces its removal; ask Nomad for the allocations.
   */
  readAllocationIds?: pulumi.Input<boolean | undefined>;
  /** Whether a job that is found dead is run again. False unless set. */
  rerunIfDead?: pulumi.Input<boolean | undefined>;
}

/** What a job can be looked up with. */
export interface JobState {
  allAtOnce?: pulumi.Input<boolean | undefined>;
  /** @deprecated The published package announces its removal; ask Nomad for the allocations. */
  allocationIds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  constraints?: pulumi.Input<pulumi.Input<inputs.JobConstraint>[] | undefined>;
  createIndex?: pulumi.Input<number | undefined>;
  datacenters?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  deploymentId?: pulumi.Input<string | undefined>;
  deploymentStatus?: pulumi.Input<string | undefined>;
  deregisterOnDestroy?: pulumi.Input<boolean | undefined>;
  deregisterOnIdChange?: pulumi.Input<boolean | undefined>;
  detach?: pulumi.Input<boolean | undefined>;
  hcl2?: pulumi.Input<inputs.JobHcl2 | undefined>;
  jobspec?: pulumi.Input<string | undefined>;
  json?: pulumi.Input<boolean | undefined>;
  modifyIndex?: pulumi.Input<string | undefined>;
  name?: pulumi.Input<string | undefined>;
  namespace?: pulumi.Input<string | undefined>;
  parentId?: pulumi.Input<string | undefined>;
  periodicConfigs?: pulumi.Input<pulumi.Input<inputs.JobPeriodicConfig>[] | undefined>;
  policyOverride?: pulumi.Input<boolean | undefined>;
  preserveCounts?: pulumi.Input<boolean | undefined>;
  priority?: pulumi.Input<number | undefined>;
  purgeOnDestroy?: pulumi.Input<boolean | undefined>;
  /** @deprecated The published package announces its removal; ask Nomad for the allocations. */
  readAllocationIds?: pulumi.Input<boolean | undefined>;
  region?: pulumi.Input<string | undefined>;
  rerunIfDead?: pulumi.Input<boolean | undefined>;
  stable?: pulumi.Input<boolean | undefined>;
  status?: pulumi.Input<string | undefined>;
  statusDescription?: pulumi.Input<string | undefined>;
  stop?: pulumi.Input<boolean | undefined>;
  submitTime?: pulumi.Input<string | undefined>;
  taskGroups?: pulumi.Input<pulumi.Input<inputs.JobTaskGroup>[] | undefined>;
  type?: pulumi.Input<string | undefined>;
  updateStrategies?: pulumi.Input<pulumi.Input<inputs.JobUpdateStrategy>[] | undefined>;
  version?: pulumi.Input<number | undefined>;
}
