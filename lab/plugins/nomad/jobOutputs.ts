import type { Bag, Value } from "../framework/values";
import { goDuration } from "./goDuration";

/** Part of Nomad's `Job`, as its API answers. Go leaves pointers and empty lists null. */
interface ApiJob {
  readonly ID: string;
  readonly AllAtOnce?: boolean | null;
  readonly Constraints?: readonly ApiConstraint[] | null;
  readonly CreateIndex?: number | null;
  readonly Datacenters?: readonly string[] | null;
  readonly JobModifyIndex?: number | null;
  readonly Namespace?: string | null;
  readonly ParentID?: string | null;
  readonly Periodic?: ApiPeriodic | null;
  readonly Priority?: number | null;
  readonly Region?: string | null;
  readonly Stable?: boolean | null;
  readonly Status?: string | null;
  readonly StatusDescription?: string | null;
  readonly Stop?: boolean | null;
  readonly TaskGroups?: readonly ApiTaskGroup[] | null;
  readonly Type?: string | null;
  readonly Update?: ApiUpdate | null;
  readonly Version?: number | null;
}

interface ApiConstraint {
  readonly LTarget?: string;
  readonly RTarget?: string;
  readonly Operand?: string;
}

interface ApiPeriodic {
  readonly Enabled?: boolean;
  readonly ProhibitOverlap?: boolean;
  readonly Spec?: string;
  readonly SpecType?: string;
  readonly TimeZone?: string;
}

interface ApiUpdate {
  readonly AutoRevert?: boolean;
  readonly Canary?: number;
  readonly HealthCheck?: string;
  readonly HealthyDeadline?: number;
  readonly MaxParallel?: number;
  readonly MinHealthyTime?: number;
  readonly Stagger?: number;
}

interface ApiTaskGroup {
  readonly Name?: string | null;
  readonly Count?: number | null;
  readonly Meta?: Readonly<Record<string, string>> | null;
  readonly Tasks?: readonly ApiTask[] | null;
  readonly Update?: ApiUpdate | null;
  readonly Volumes?: Readonly<Record<string, ApiVolume>> | null;
}

interface ApiTask {
  readonly Name?: string;
  readonly Driver?: string;
  readonly Meta?: Readonly<Record<string, string>> | null;
  readonly VolumeMounts?: readonly { Volume?: string; Destination?: string; ReadOnly?: boolean }[] | null;
}

interface ApiVolume {
  readonly Name?: string;
  readonly Type?: string;
  readonly Source?: string;
  readonly ReadOnly?: boolean;
}

/** The outputs of a job that Nomad describes with `text`, except those of its allocations and deployment. */
export function jobOutputs(text: string): Bag {
  const job = JSON.parse(text) as ApiJob;
  return {
    allAtOnce: job.AllAtOnce ?? false,
    constraints: (job.Constraints ?? []).map(constraint),
    createIndex: job.CreateIndex ?? 0,
    datacenters: job.Datacenters ?? [],
    modifyIndex: String(job.JobModifyIndex ?? 0),
    name: job.ID,
    namespace: job.Namespace ?? "default",
    parentId: job.ParentID ?? "",
    periodicConfigs: job.Periodic == null ? [] : [periodic(job.Periodic)],
    priority: job.Priority ?? 0,
    region: job.Region ?? "",
    stable: job.Stable ?? false,
    status: job.Status ?? "",
    statusDescription: job.StatusDescription ?? "",
    stop: job.Stop ?? false,
    submitTime: submitTime(text),
    taskGroups: (job.TaskGroups ?? []).map(taskGroup),
    type: job.Type ?? "",
    updateStrategies: updateStrategies(job.Update),
    version: job.Version ?? 0,
  };
}

/** What a jobspec alone tells of the outputs, for a preview. */
export function foreseenOutputs(jobspec: Readonly<Record<string, unknown>>): Bag {
  const { Type, Datacenters } = jobspec;
  return {
    name: String(jobspec["ID"]),
    namespace: String(jobspec["Namespace"]),
    type: typeof Type === "string" ? Type : "service",
    ...(Array.isArray(Datacenters) ? { datacenters: Datacenters.map(String) } : {}),
  };
}

/** Nanoseconds since 1970 don't fit a JavaScript number, so their digits are taken from the text. */
function submitTime(text: string): string {
  return /"SubmitTime":\s*(\d+)/.exec(text)?.[1] ?? "0";
}

function constraint(given: ApiConstraint): Value {
  return { ltarget: given.LTarget ?? "", operand: given.Operand ?? "", rtarget: given.RTarget ?? "" };
}

function periodic(given: ApiPeriodic): Value {
  return {
    enabled: given.Enabled ?? false,
    prohibitOverlap: given.ProhibitOverlap ?? false,
    spec: given.Spec ?? "",
    specType: given.SpecType ?? "",
    timezone: given.TimeZone ?? "",
  };
}

function updateStrategies(given: ApiUpdate | null | undefined): Value[] {
  if (given == null) return [];
  return [
    {
      autoRevert: given.AutoRevert ?? false,
      canary: given.Canary ?? 0,
      healthCheck: given.HealthCheck ?? "",
      healthyDeadline: goDuration(given.HealthyDeadline ?? 0),
      maxParallel: given.MaxParallel ?? 0,
      minHealthyTime: goDuration(given.MinHealthyTime ?? 0),
      stagger: goDuration(given.Stagger ?? 0),
    },
  ];
}

function taskGroup(group: ApiTaskGroup): Value {
  const volumes = Object.values(group.Volumes ?? {}).map((volume) => ({
    name: volume.Name ?? "",
    readOnly: volume.ReadOnly ?? false,
    source: volume.Source ?? "",
    type: volume.Type ?? "",
  }));
  return {
    count: group.Count ?? 1,
    meta: group.Meta ?? {},
    name: group.Name ?? "",
    tasks: (group.Tasks ?? []).map(task),
    updateStrategies: updateStrategies(group.Update),
    volumes: volumes.sort((left, right) => (left.name < right.name ? -1 : 1)),
  };
}

function task(given: ApiTask): Value {
  return {
    driver: given.Driver ?? "",
    meta: given.Meta ?? {},
    name: given.Name ?? "",
    volumeMounts: (given.VolumeMounts ?? []).map((mount) => ({
      destination: mount.Destination ?? "",
      readOnly: mount.ReadOnly ?? false,
      volume: mount.Volume ?? "",
    })),
  };
}
