import { undeletedRefusal } from "../../patroni/storageRemovalMessages";
import { HttpError, oneLine } from "../http";
import { refused } from "./refused";
import type { StorageInputs, StorageVolume } from "./model";
import { deleteVolume, readVolume } from "./nomadVolumes";
import type { NomadScope } from "./nomadScope";
import type { Progress } from "../progress";
import { nodeName, type Scene } from "./scene";

/**
 * Deletes the cluster's volumes with their data: those of exactly its name in its namespace, as `scene` has them,
 * which includes the recorded ones. Throws a ProviderFailure that names those that could not be deleted; all are
 * tried.
 */
export async function deleteVolumes(
  scope: NomadScope,
  inputs: StorageInputs,
  scene: Scene,
  recorded: readonly StorageVolume[],
  progress: Progress,
): Promise<void> {
  const { volumes } = scene;
  for (const { id, nodeName: name } of recorded) {
    if (!volumes.some((volume) => volume.id === id))
      progress.line(`volume ${id} on ${name} was gone already`);
  }
  const undeleted = (
    await Promise.all(volumes.map((volume) => deleteOne(scope, progress, scene, volume)))
  ).filter((each) => each !== undefined);
  if (undeleted.length > 0) throw refused(undeletedRefusal(inputs, undeleted));
}

async function deleteOne(
  scope: NomadScope,
  progress: Progress,
  { nodes }: Scene,
  volume: { readonly id: string; readonly nodeId: string },
) {
  const place = nodeName(nodes, volume.nodeId);
  const refusal = await deletionRefusal(scope, volume.id);
  if (refusal === undefined) {
    progress.line(`deleted the volume on ${place} with its data`);
    return undefined;
  }
  const status = nodes.find(({ id }) => id === volume.nodeId)?.status ?? "no longer known to Nomad";
  const away = status !== "ready";
  return { volume, nodeName: place, reason: away ? `its node is ${status}` : refusal, away };
}

/** Why a volume could not be deleted; undefined when it is gone, by us or by an earlier attempt. */
async function deletionRefusal(scope: NomadScope, id: string): Promise<string | undefined> {
  try {
    const reply = await deleteVolume(scope, id);
    if (reply.status < 300 || (await readVolume(scope, id, [])) === undefined) return undefined;
    return oneLine(reply.text);
  } catch (error) {
    // One volume's failure must not hide what became of the others.
    if (error instanceof HttpError) return error.message;
    throw error;
  }
}
