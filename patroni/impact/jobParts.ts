import { createHash } from "node:crypto";
import type { NomadJob } from "../nomadJob";

/** A part of a job by its name for people: a value such as `512 MB`, or a digest (`isDigest`). */
export type Parts = Readonly<Record<string, string>>;

/** A job, sorted by what Nomad does to a running member when a part of it changes. */
export interface JobParts {
  /** Every member is replaced. */
  readonly replacing: Parts;
  /** Changed under the running member. */
  readonly inPlace: Parts;
  /** Members stay where the node still fits. One clause each: `datacenter dc1`, `${meta.storage} = ssd`. */
  readonly placement: readonly string[];
}

const digestPrefix = "sha256:";

/** Whether a part is known by a digest only, so that there is no value to show. */
export function isDigest(value: string): boolean {
  return value.startsWith(digestPrefix);
}

/**
 * Sorts a job's parts. Whatever isn't named below falls under `the rest of the task`, which counts as replacing:
 * rather too much is announced than too little. The name, region and namespace are the job's place and not a part.
 *
 * Source: `tasksUpdated` and `genericAllocUpdateFn` in Nomad's scheduler/util.go (1.11.3): a change of the
 * ephemeral disk, networks, volumes, or of a task's driver, config, environment, Vault block, templates, volume
 * mounts, resources or identities replaces the allocation; so does a node that no longer fits; all else is in place.
 */
export function jobParts(job: NomadJob): JobParts {
  const [group] = job.TaskGroups;
  const [task] = group?.Tasks ?? [];
  if (group === undefined || task === undefined) throw new Error(`the job ${job.ID} has no task`);
  const { image, network_mode, shm_size, ...otherConfig } = task.Config;
  const { Env, Vault, Identities, Templates, VolumeMounts } = task;
  return {
    replacing: {
      image: imageName(image),
      driver: task.Driver,
      "network mode": String(network_mode),
      cpu: `${task.Resources.CPU} MHz`,
      memory: `${task.Resources.MemoryMB} MB`,
      "shared memory": String(shm_size),
      "ephemeral disk": `${group.EphemeralDisk.SizeMB} MB`,
      environment: digest(Env),
      "patroni.yml": digest(Templates),
      "Vault identity": digest([Vault, Identities]),
      "the rest of the task": digest([otherConfig, VolumeMounts, group.Volumes, group.Networks]),
    },
    inPlace: {
      "time to stop": digest(task.KillTimeout),
      "services and checks": digest(task.Services),
      "log files": digest(task.LogConfig),
      "deadlines of an update": digest([job.Update, group.Migrate]),
      "rules for a failed or lost member": digest([
        group.RestartPolicy,
        group.ReschedulePolicy,
        group.Disconnect,
      ]),
      "spread and priority": digest([job.Spreads, job.Priority]),
    },
    placement: [
      ...job.Datacenters.map((name) => `datacenter ${name}`),
      `node pool ${job.NodePool}`,
      ...job.Constraints.map(({ LTarget, Operand, RTarget }) =>
        [LTarget, Operand, RTarget].filter((part) => part !== undefined && part !== "").join(" "),
      ),
    ],
  };
}

/** Names and values of the parts that differ, for people; undefined when none does. */
export function describeParts(before: Parts, after: Parts): string | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => before[name] !== after[name]);
  // It follows from the memory, and is worth words only when it changes by itself.
  const told = changed.filter((name) => name !== "shared memory" || !changed.includes("memory"));
  if (told.length === 0) return undefined;
  return told.map((name) => describePart(name, before[name], after[name])).join(", ");
}

function describePart(name: string, from = "nothing", to = "nothing"): string {
  if (isDigest(from) || isDigest(to)) return `${name} changed`;
  const shared = name === "image" ? sharedRepository(from, to) : 0;
  return `${name} ${from.slice(shared)} → ${to.slice(shared)}`;
}

/** Length of what two images have in common up to the tag. */
function sharedRepository(one: string, other: string): number {
  const tagAt = one.lastIndexOf(":") + 1;
  return other.startsWith(one.slice(0, tagAt)) ? tagAt : 0;
}

/** Without the architecture, which each node fills in. */
function imageName(image: unknown): string {
  return String(image).replace(/-\$\{attr\.cpu\.arch\}$/, "");
}

function digest(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return digestPrefix + createHash("sha256").update(text).digest("hex").slice(0, 12);
}
