import { count } from "../../patroni/storageMessages";
import { stillRunningRefusal, strangersRefusal } from "../../patroni/storageRemovalMessages";
import { readKeys, type ClusterKeys } from "./consulKeys";
import type { StorageInputs } from "./model";
import { aliveAllocations } from "./nomadJob";
import type { NomadScope } from "./nomadScope";
import type { Progress } from "../progress";
import { refused } from "./refused";

/** A wait for members to end: on whose behalf, and until when (milliseconds since 1970). */
export interface StopWait {
  readonly scope: NomadScope;
  readonly inputs: StorageInputs;
  readonly progress: Progress;
  readonly deadline: number;
  /** What is done with the data afterwards, for messages. */
  readonly purpose: "deleted" | "taken up";
}

/**
 * Waits until no allocation of the job runs, so that its data can be deleted. Throws a ProviderFailure that names
 * those left at the deadline.
 */
export async function allocationsEnd(wait: StopWait): Promise<void> {
  const { scope, inputs, progress, deadline } = wait;
  let { allocations, index } = await aliveAllocations(scope, inputs.jobId);
  if (allocations.length > 0) {
    const nodes = allocations.map(({ nodeName }) => nodeName).sort();
    const ends = `${count(allocations.length, "allocation")} to end on ${nodes.join(", ")}`;
    progress.line(`waiting for ${ends} before the data is deleted`);
  }
  while (allocations.length > 0) {
    const remainingSeconds = (deadline - Date.now()) / 1000;
    if (remainingSeconds <= 0) {
      throw refused(stillRunningRefusal(inputs, allocations, inputs.timeoutSeconds));
    }
    progress.waitingFor(`${count(allocations.length, "allocation")} of ${inputs.jobId} to end`);
    const since = { index: Math.max(1, index), waitSeconds: Math.min(5, remainingSeconds) };
    ({ allocations, index } = await aliveAllocations(scope, inputs.jobId, since));
  }
}

/**
 * Waits until no member shows a sign of life in Consul: by `leader`, until nobody holds the leader lock; by
 * `everyMember`, until no member's own entry is held either. A member that was killed leaves both to its session,
 * which Consul ends after at most twice its TTL; one that outlives that isn't this job's.
 *
 * `everyMember` is for a job that Nomad doesn't know: a purged job takes its allocations out of Nomad's memory at
 * once, while their containers still stop (`deleteAllocsForJobTxn` in Nomad's nomad/state/state_store.go, 1.11.3).
 *
 * Returns the keys as last seen. Throws a ProviderFailure at the deadline.
 */
export async function sessionsEnd(wait: StopWait, of: "leader" | "everyMember"): Promise<ClusterKeys> {
  const { inputs, progress, deadline, purpose } = wait;
  const awaited = ({ leader, alive }: ClusterKeys) =>
    of === "everyMember" ? alive : leader === undefined ? [] : [leader];
  let { keys, index } = await readKeys(inputs);
  if (awaited(keys).length > 0) {
    const names = awaited(keys).join(", ");
    progress.line(`waiting for the Consul session of ${names} to end before the data is ${purpose}`);
  }
  while (awaited(keys).length > 0) {
    progress.waitingFor(`the Consul session of ${awaited(keys).join(", ")} to end`);
    const remainingSeconds = (deadline - Date.now()) / 1000;
    if (remainingSeconds <= 0) throw refused(strangersRefusal(inputs, awaited(keys), purpose === "deleted"));
    const since = { index: Math.max(1, index), waitSeconds: Math.min(5, remainingSeconds) };
    ({ keys, index } = await readKeys(inputs, since));
  }
  return keys;
}
