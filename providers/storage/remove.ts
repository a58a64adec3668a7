import { jobStillWantedRefusal, keptLines } from "../../patroni/storageRemovalMessages";
import { beginRemoval, deleteKeys } from "./consulKeys";
import { deleteVolumes } from "./deleteVolumes";
import { refuseForeign } from "./ensureVolumes";
import type { StorageInputs, StorageVolume } from "./model";
import { readJob } from "./nomadJob";
import { nomadScope } from "./nomadScope";
import type { Progress } from "../progress";
import { refused } from "./refused";
import { lookAround } from "./scene";
import { allocationsEnd, sessionsEnd, type StopWait } from "./waitUntilStopped";

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
  const wait: StopWait = { scope, inputs, progress, deadline, purpose: "deleted" };
  const job = await readJob(scope, inputs.jobId);
  if (job === "wanted") throw refused(jobStillWantedRefusal(inputs));
  await allocationsEnd(wait);
  const keys = await sessionsEnd(wait, job === "absent" ? "everyMember" : "leader");
  const hasKeys = keys.count > 0;
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
