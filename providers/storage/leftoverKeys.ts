import { leftoverKeysRefusal } from "../../patroni/storageMessages";
import { strangersRefusal } from "../../patroni/storageRemovalMessages";
import { cancelRemoval, deleteKeys, readKeys } from "./consulKeys";
import { refused } from "./refused";
import type { StorageInputs } from "./model";
import { aliveAllocations, readJob } from "./nomadJob";
import type { NomadScope } from "./nomadScope";
import type { Progress } from "../progress";

/**
 * Makes sure that Patroni's keys and the data belong together. Called before anything is made.
 *
 * Without data, an `initialize` key makes every new member wait for a leader that can't come
 * (`Ha.bootstrap` in Patroni's patroni/ha.py). Then: if a removal of the data was interrupted, finishes it; else
 * throws a ProviderFailure. `hasVolumes` says whether any volume of the cluster exists.
 */
export async function settleKeys(
  scope: NomadScope,
  inputs: StorageInputs,
  progress: Progress,
  hasVolumes: boolean,
): Promise<void> {
  const { keys } = await readKeys(inputs);
  if (hasVolumes || (keys.initialize === undefined && keys.leader === undefined)) {
    if (keys.removalBegun) await cancelRemoval(inputs);
    return;
  }
  if (inputs.kind === "ephemeral" && (await isRunning(scope, inputs))) return;
  if (keys.leader !== undefined) throw refused(strangersRefusal(inputs, [keys.leader], false));
  if (!keys.removalBegun) throw refused(leftoverKeysRefusal(inputs, keys.initialize ?? ""));
  await deleteKeys(inputs);
  progress.line(
    `finished an interrupted removal: its volumes were gone, now so are its keys at ${inputs.dcsPath}/ in Consul`,
  );
}

/** Throw-away data lives in the allocations: a job that Nomad wants to run, or one that still does. */
async function isRunning(scope: NomadScope, inputs: StorageInputs): Promise<boolean> {
  if ((await readJob(scope, inputs.jobId)) === "wanted") return true;
  return (await aliveAllocations(scope, inputs.jobId)).allocations.length > 0;
}
