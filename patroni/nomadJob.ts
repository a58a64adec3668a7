/**
 * The part of Nomad's job as its HTTP API takes it that this program writes. Durations are nanoseconds.
 * https://developer.hashicorp.com/nomad/api-docs/json-jobs
 */
export interface NomadJob {
  readonly ID: string;
  readonly Name: string;
  readonly Region: string;
  readonly Namespace: string;
  readonly Type: "service";
  readonly Priority: number;
  readonly Datacenters: readonly string[];
  readonly NodePool: string;
  readonly Constraints: readonly NomadConstraint[];
  readonly Spreads: readonly NomadSpread[];
  readonly Update: NomadUpdate;
  readonly TaskGroups: readonly NomadTaskGroup[];
}

/** https://developer.hashicorp.com/nomad/docs/job-specification/constraint */
export interface NomadConstraint {
  readonly LTarget?: string;
  readonly RTarget?: string;
  readonly Operand: string;
}

/** https://developer.hashicorp.com/nomad/docs/job-specification/spread */
export interface NomadSpread {
  readonly Attribute: string;
  readonly Weight: number;
}

/** https://developer.hashicorp.com/nomad/docs/job-specification/update */
export interface NomadUpdate {
  readonly MaxParallel: number;
  readonly HealthCheck: "checks";
  readonly MinHealthyTime: number;
  readonly HealthyDeadline: number;
  readonly ProgressDeadline: number;
  readonly AutoRevert: boolean;
  readonly AutoPromote: boolean;
  readonly Canary: number;
}

/** https://developer.hashicorp.com/nomad/docs/job-specification/group */
export interface NomadTaskGroup {
  readonly Name: string;
  readonly Count: number;
  readonly Networks: readonly NomadNetwork[];
  readonly Volumes?: Readonly<Record<string, NomadVolume>>;
  readonly EphemeralDisk: { readonly SizeMB: number; readonly Sticky: boolean; readonly Migrate: boolean };
  readonly RestartPolicy: {
    readonly Attempts: number;
    readonly Interval: number;
    readonly Delay: number;
    readonly Mode: "delay";
  };
  readonly ReschedulePolicy: {
    readonly Delay: number;
    readonly DelayFunction: "constant";
    readonly Unlimited: boolean;
  };
  readonly Disconnect: { readonly LostAfter: number; readonly Replace: boolean; readonly Reconcile: string };
  readonly Migrate: {
    readonly MaxParallel: number;
    readonly HealthCheck: "checks";
    readonly MinHealthyTime: number;
    readonly HealthyDeadline: number;
  };
  readonly Tasks: readonly NomadTask[];
}

/** https://developer.hashicorp.com/nomad/docs/job-specification/network */
export interface NomadNetwork {
  /** Ports with a number of their own on every node; absent: none. */
  readonly ReservedPorts?: readonly { readonly Label: string; readonly Value: number; readonly To: number }[];
  readonly DynamicPorts: readonly { readonly Label: string; readonly To: number }[];
}

/** https://developer.hashicorp.com/nomad/docs/job-specification/volume */
export interface NomadVolume {
  readonly Name: string;
  readonly Type: "host";
  readonly Source: string;
  readonly ReadOnly: boolean;
  readonly Sticky: boolean;
  readonly AccessMode: "single-node-single-writer";
  readonly AttachmentMode: "file-system";
}

/** https://developer.hashicorp.com/nomad/docs/job-specification/task */
export interface NomadTask {
  readonly Name: string;
  readonly Driver: "docker" | "podman";
  readonly Config: Readonly<Record<string, unknown>>;
  readonly Env: Readonly<Record<string, string>>;
  readonly Resources: { readonly CPU: number; readonly MemoryMB: number };
  readonly Identities: readonly {
    readonly Name: string;
    readonly Audience: readonly string[];
    readonly TTL: number;
    /** Whether it is written to `secrets/nomad_<Name>.jwt`, and anew before it expires. */
    readonly File?: boolean;
  }[];
  readonly Vault: {
    readonly Role: string;
    readonly Env: boolean;
    readonly DisableFile: boolean;
    readonly ChangeMode: "noop";
  };
  readonly Templates: readonly NomadTemplate[];
  readonly VolumeMounts?: readonly { readonly Volume: string; readonly Destination: string }[];
  readonly Services: readonly NomadService[];
  readonly KillTimeout: number;
  readonly LogConfig: { readonly MaxFiles: number; readonly MaxFileSizeMB: number };
}

/** https://developer.hashicorp.com/nomad/docs/job-specification/template */
export interface NomadTemplate {
  readonly DestPath: string;
  readonly EmbeddedTmpl: string;
  readonly Perms: string;
  readonly Uid: number;
  readonly Gid: number;
  readonly ChangeMode: "signal";
  readonly ChangeSignal: string;
  readonly Splay: number;
  /** How long more changes are waited for before rendering. */
  readonly Wait: { readonly Min: number; readonly Max: number };
}

/** https://developer.hashicorp.com/nomad/docs/job-specification/service */
export interface NomadService {
  readonly Name: string;
  readonly PortLabel: string;
  readonly Tags: readonly string[];
  readonly Checks: readonly NomadCheck[];
}

/** https://developer.hashicorp.com/nomad/docs/job-specification/check */
export interface NomadCheck {
  readonly Name: string;
  readonly Type: "tcp" | "http";
  readonly Path?: string;
  readonly PortLabel: string;
  readonly Interval: number;
  readonly Timeout: number;
  /** `ignore`: says nothing about whether a deployment is healthy. */
  readonly OnUpdate: "require_healthy" | "ignore";
}

const nanosecondsPerSecond = 1_000_000_000;

/** Nomad's nanoseconds from seconds. */
export function seconds(value: number): number {
  return Math.round(value * nanosecondsPerSecond);
}
