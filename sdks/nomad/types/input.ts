import type * as pulumi from "@pulumi/pulumi";

/** How a dynamic host volume may be used. Both parts are validated by Nomad against the claims of jobs. */
export interface DynamicHostVolumeCapability {
  /**
   * How allocations may mount the volume: `single-node-reader-only`, `single-node-writer`,
   * `single-node-single-writer` or `single-node-multi-writer`.
   */
  accessMode: pulumi.Input<string>;
  /** The storage interface: `file-system` or `block-device`. */
  attachmentMode: pulumi.Input<string>;
}

/** A rule that a node must satisfy for a volume to be placed on it. */
export interface DynamicHostVolumeConstraint {
  /** Node attribute to look at, for example `${attr.kernel.name}`. */
  attribute: pulumi.Input<string>;
  /** Comparison; equality when it is absent. */
  operator?: pulumi.Input<string | undefined>;
  /** What the attribute is compared with. */
  value?: pulumi.Input<string | undefined>;
}

/** Options of the HCL2 parser; they have no effect with `json: true`. */
export interface JobHcl2 {
  /** Lets the jobspec call functions that read the file system. False unless set. */
  allowFs?: pulumi.Input<boolean | undefined>;
  /** Values of the jobspec's HCL2 variables. */
  vars?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
}

/** Login through one of Nomad's JWT auth methods. */
export interface ProviderAuthJwt {
  /** Name of the auth method. */
  authMethod: pulumi.Input<string>;
  /** Token of the outside issuer, exchanged for a Nomad ACL token. */
  loginToken: pulumi.Input<string>;
}

/** A header that goes with every request. */
export interface ProviderHeader {
  name: pulumi.Input<string>;
  value: pulumi.Input<string>;
}

/** Looking up a job's constraint. */
export interface JobConstraint {
  /** Attribute that is constrained. */
  ltarget?: pulumi.Input<string | undefined>;
  /** Comparison. */
  operand?: pulumi.Input<string | undefined>;
  /** Value that the attribute is compared with. */
  rtarget?: pulumi.Input<string | undefined>;
}

/** Looking up a periodic job's schedule. */
export interface JobPeriodicConfig {
  enabled?: pulumi.Input<boolean | undefined>;
  /** Whether a launch waits until the one before has ended. */
  prohibitOverlap?: pulumi.Input<boolean | undefined>;
  /** Cron expression. */
  spec?: pulumi.Input<string | undefined>;
  /** Kind of the expression; Nomad knows `cron`. */
  specType?: pulumi.Input<string | undefined>;
  /** Time zone in which the expression is read. */
  timezone?: pulumi.Input<string | undefined>;
}

/** Looking up a job's task group. */
export interface JobTaskGroup {
  count?: pulumi.Input<number | undefined>;
  meta?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
  name?: pulumi.Input<string | undefined>;
  tasks?: pulumi.Input<pulumi.Input<JobTaskGroupTask>[] | undefined>;
  updateStrategies?: pulumi.Input<pulumi.Input<JobTaskGroupUpdateStrategy>[] | undefined>;
  volumes?: pulumi.Input<pulumi.Input<JobTaskGroupVolume>[] | undefined>;
}

/** Looking up a group's task. */
export interface JobTaskGroupTask {
  driver?: pulumi.Input<string | undefined>;
  meta?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
  name?: pulumi.Input<string | undefined>;
  volumeMounts?: pulumi.Input<pulumi.Input<JobTaskGroupTaskVolumeMount>[] | undefined>;
}

/** Looking up where a task mounts a volume. */
export interface JobTaskGroupTaskVolumeMount {
  /** Path inside the task. */
  destination?: pulumi.Input<string | undefined>;
  readOnly?: pulumi.Input<boolean | undefined>;
  /** Name of the group's volume. */
  volume?: pulumi.Input<string | undefined>;
}

/** Looking up how a group is updated. Durations are Go's, such as `10s`. */
export interface JobTaskGroupUpdateStrategy {
  autoRevert?: pulumi.Input<boolean | undefined>;
  canary?: pulumi.Input<number | undefined>;
  /** `checks`, `task_states` or `manual`. */
  healthCheck?: pulumi.Input<string | undefined>;
  healthyDeadline?: pulumi.Input<string | undefined>;
  maxParallel?: pulumi.Input<number | undefined>;
  minHealthyTime?: pulumi.Input<string | undefined>;
  stagger?: pulumi.Input<string | undefined>;
}

/** Looking up a group's claim on a volume. */
export interface JobTaskGroupVolume {
  name?: pulumi.Input<string | undefined>;
  readOnly?: pulumi.Input<boolean | undefined>;
  source?: pulumi.Input<string | undefined>;
  /** `host` or `csi`. */
  type?: pulumi.Input<string | undefined>;
}

/** Looking up how a job is updated. Durations are Go's, such as `10s`. */
export interface JobUpdateStrategy {
  autoRevert?: pulumi.Input<boolean | undefined>;
  canary?: pulumi.Input<number | undefined>;
  /** `checks`, `task_states` or `manual`. */
  healthCheck?: pulumi.Input<string | undefined>;
  healthyDeadline?: pulumi.Input<string | undefined>;
  maxParallel?: pulumi.Input<number | undefined>;
  minHealthyTime?: pulumi.Input<string | undefined>;
  stagger?: pulumi.Input<string | undefined>;
}
