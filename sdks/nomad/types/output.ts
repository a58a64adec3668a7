/** How a dynamic host volume may be used. */
export interface DynamicHostVolumeCapability {
  /** How allocations may mount the volume, for example `single-node-single-writer`. */
  accessMode: string;
  /** The storage interface: `file-system` or `block-device`. */
  attachmentMode: string;
}

/** A rule that a node had to satisfy for the volume to be placed on it. */
export interface DynamicHostVolumeConstraint {
  /** Node attribute that was looked at. */
  attribute: string;
  /** Comparison; equality when it is absent. */
  operator?: string;
  /** What the attribute was compared with. */
  value?: string;
}

/** Options of the HCL2 parser. */
export interface JobHcl2 {
  /** Whether the jobspec may call functions that read the file system. */
  allowFs?: boolean;
  /** Values of the jobspec's HCL2 variables. */
  vars?: Record<string, string>;
}

/** A constraint on the nodes that a job may run on. */
export interface JobConstraint {
  /** Attribute that is constrained. */
  ltarget: string;
  /** Comparison. */
  operand: string;
  /** Value that the attribute is compared with. */
  rtarget: string;
}

/** A periodic job's schedule. */
export interface JobPeriodicConfig {
  enabled: boolean;
  /** Whether a launch waits until the one before has ended. */
  prohibitOverlap: boolean;
  /** Cron expression. */
  spec: string;
  /** Kind of the expression; Nomad knows `cron`. */
  specType: string;
  /** Time zone in which the expression is read. */
  timezone: string;
}

/** A job's task group. */
export interface JobTaskGroup {
  count: number;
  meta: Record<string, string>;
  name: string;
  tasks: JobTaskGroupTask[];
  updateStrategies: JobTaskGroupUpdateStrategy[];
  volumes: JobTaskGroupVolume[];
}

/** A group's task. */
export interface JobTaskGroupTask {
  driver: string;
  meta: Record<string, string>;
  name: string;
  volumeMounts: JobTaskGroupTaskVolumeMount[];
}

/** Where a task mounts a volume. */
export interface JobTaskGroupTaskVolumeMount {
  /** Path inside the task. */
  destination: string;
  readOnly: boolean;
  /** Name of the group's volume. */
  volume: string;
}

/** How a group is updated. Durations are Go's, such as `10s`. */
export interface JobTaskGroupUpdateStrategy {
  autoRevert: boolean;
  canary: number;
  /** `checks`, `task_states` or `manual`. */
  healthCheck: string;
  healthyDeadline: string;
  maxParallel: number;
  minHealthyTime: string;
  stagger: string;
}

/** A group's claim on a volume. */
export interface JobTaskGroupVolume {
  name: string;
  readOnly: boolean;
  source: string;
  /** `host` or `csi`. */
  type: string;
}

/** How a job is updated. Durations are Go's, such as `10s`. */
export interface JobUpdateStrategy {
  autoRevert: boolean;
  canary: number;
  /** `checks`, `task_states` or `manual`. */
  healthCheck: string;
  healthyDeadline: string;
  maxParallel: number;
  minHealthyTime: string;
  stagger: string;
}
