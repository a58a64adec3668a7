import { standingOf } from "../../patroni/volumePlan";
import type { StorageInputs, StorageResult, StorageVolume } from "./model";
import { nomadScope } from "./nomadScope";
import type { Progress } from "../progress";
import { lookAround, nodeName, nodeStatus, recordedVolumes } from "./scene";

/**
 * Looks what has become of the recorded volumes. One that Nomad no longer has makes the storage unready, so that
 * the next update makes another; a node that is away is said, but may come back by itself, so it changes nothing.
 */
export async function refresh(
  inputs: StorageInputs,
  recorded: readonly StorageVolume[],
  wasReady: boolean,
  progress: Progress,
): Promise<StorageResult> {
  if (inputs.kind === "ephemeral") return { volumes: [], volumeCount: 0, ready: wasReady };
  const scene = await lookAround(nomadScope(inputs), inputs);
  const gone = recorded.filter(({ id }) => !scene.volumes.some((volume) => volume.id === id));
  for (const { id, nodeName: name } of gone) progress.line(`volume ${id} on ${name} is gone from Nomad`);
  for (const volume of scene.volumes) {
    const node = scene.nodes.find(({ id }) => id === volume.nodeId);
    const standing = standingOf(volume, node);
    if (standing === "ready") continue;
    const place = nodeName(scene.nodes, volume.nodeId);
    const state = standing === "pending" ? "has not reported it" : `is ${nodeStatus(scene.nodes, volume)}`;
    progress.line(`volume ${volume.id}: its node ${place} ${state}`);
  }
  const volumes = recordedVolumes(scene);
  return { volumes, volumeCount: volumes.length, ready: wasReady && gone.length === 0 };
}
