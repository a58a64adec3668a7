import { lostVolumesRefusal } from "../../patroni/storageMessages";
import type { VolumeSurvey } from "../../patroni/volumePlan";
import { refused } from "./refused";
import type { StorageInputs } from "./model";
import { nodeName, nodeStatus, type Scene } from "./scene";

/** Throws when volumes on nodes that are away leave too few for the members. */
export function refuseLost(inputs: StorageInputs, scene: Scene, survey: VolumeSurvey): void {
  if (survey.lost.length === 0 || survey.usable.length >= inputs.members) return;
  const lost = survey.lost.map((volume) => ({
    volume,
    nodeName: nodeName(scene.nodes, volume.nodeId),
    nodeStatus: nodeStatus(scene.nodes, volume),
  }));
  throw refused(lostVolumesRefusal(inputs, inputs.members, survey.usable.length, lost));
}
