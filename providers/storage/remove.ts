import {
  count,
  jobStillWantedRefusal,
  keptLines,
  stillRunningRefusal,
  strangeLeaderRefusal,
} from "../../patroni/storageMessages";
import { beginRemoval, deleteKeys, readKeys } from "./consulKeys";
import { deleteVolumes } from "./deleteVolumes";
import { refused } from "./refused";
import { lookAround } from "./scene";
import { refuseForeign } from "./ensureVolumes";
import type { StorageInputs, StorageVolume } from "./model";
import { aliveAllocations, readJob } from "./nomadJob";
import { nomadScope, type NomadScope } from "./nomadScope";
import type { Progress } from "../progress";

/**
 * Deletes a cluster's data and what Patroni keeps of it in Consul, or leaves both and says where they are.
 *
 * The order makes it safe to interrupt and to repeat: nothing before every allocation has ended and the leader lock
 * is free; then the volumes; the keys last, because data without keys could lose a race against an empty member
 * that bootstraps anew, while keys without data are noticed (`settleKeys`).
 *
 * Throws a ProviderFailure or an HttpError; what is left then is what the next attempt goes on with.
 */
export async function remove(
  inputs: StorageInputs,
  recorded: readonly StorageVolume[],
  progress: Progress,
): Promise<void> {
  if (inputs.whenRemoved === "keep") {
    for (const line of keptLines(inputs, recorded)) progress.line(line);
    return;
  }
  const scope = nomadScope(inputs);
  const deadline = Date.now() + inputs.timeoutSeconds * 1000;
  if ((await readJob(scope, inputs.jobId)) === "wanted") {
    throw refused(jobStillWantedRefusal(inputs));
  }
  await allocationsEnd(scope, inputs, progress, deadline);
  const hasKeys = await leaderLockIsFree(inputs, progress, deadline);
  if (inputs.kind === "volume") {
    const scene = await lookAround(scope, inputs);
    refuseForeign(inputs, scene);
    if (hasKeys) await beginRemoval(inputs);
    await deleteVolumes(scope, inputs, scene, recorded, progress);
  }
  if (!hasKeys) return;
  await deleteKeys(inputs);
  progress.line(`removed Patroni's keys at ${inputs.dcsPath}/ in Consul`);
}

async function allocationsEnd(
  scope: NomadScope,
  inputs: StorageInputs,
  progress: Progress,
  deadline: number,
): Promise<void> {
  let { allocations, index } = await aliveAllocations(scope, inputs.jobId);
  if (allocations.length > 0) {
    progress.line(
      `waiting for ${count(allocations.length, "allocation")} to end before the data goes: ${allocations.map(({ nodeName }) => nodeName).join(", ")}`,
    );
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
 * Waits until nobody holds the leader lock. A member that was killed leaves it to its session, which Consul ends
 * after at most twice its TTL; one that outlives that isn't ours. Returns whether the cluster has any keys.
 */
async function leaderLockIsFree(
  inputs: StorageInputs,
  progress: Progress,
  deadline: number,
): Promise<boolean> {
  let { keys, index } = await readKeys(inputs);
  if (keys.leader !== undefined) {
    progress.line(`waiting for the leader lock of ${keys.leader} to run out before anything is deleted`);
  }
  while (keys.leader !== undefined) {
    const remainingSeconds = (deadline - Date.now()) / 1000;
    if (remainingSeconds <= 0) throw refused(strangeLeaderRefusal(inputs, keys.leader, true));
    progress.waitingFor(`the leader lock of ${keys.leader} to run out`);
    const since = { index: Math.max(1, index), waitSeconds: Math.min(5, remainingSeconds) };
    ({ keys, index } = await readKeys(inputs, since));
  }
  return keys.count > 0;
}
