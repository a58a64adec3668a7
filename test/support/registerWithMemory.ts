import type { RealCluster, Registered } from "./realCluster";

/** Registers a new version of a cluster's job, which differs in its memory alone: Nomad replaces every member. */
export async function registerWithMemory(cluster: RealCluster, memoryMb: number): Promise<Registered> {
  return cluster.register((job) => {
    const [task] = job.TaskGroups[0]?.Tasks ?? [];
    if (task === undefined) throw new Error("the job has no task");
    const withMemory = { ...task, Resources: { ...task.Resources, MemoryMB: memoryMb } };
    return { ...job, TaskGroups: job.TaskGroups.map((group) => ({ ...group, Tasks: [withMemory] })) };
  });
}
