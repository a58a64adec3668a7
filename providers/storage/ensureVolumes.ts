import { volumeFit } from "../../patroni/volumeFit";
import { surveyVolumes, type VolumeFacts, type VolumeSurvey } from "../../patroni/volumePlan";
import {
  busyMisfitsRefusal,
  changeRefusal,
  count,
  foreignVolumesRefusal,
} from "../../patroni/storageMessages";
import { oneLine } from "../http";
import { refused } from "./refused";
import { refuseLost } from "./lostVolumes";
import { makeVolumes } from "./makeVolumes";
import type { StorageInputs } from "./model";
import { putVolume } from "./nomadVolumes";
import type { NomadScope } from "./nomadScope";
import type { Progress } from "../progress";
import { lookAround, nodeName, nodeStatus, type Scene } from "./scene";
import { waitUntilReady } from "./waitUntilReady";

/**
 * Brings a cluster to as many usable volumes as it has members: those that exist are taken up, missing ones made,
 * and all waited for. Never deletes, moves or empties one.
 *
 * `scene` is what was found at first, its volumes the cluster's own (`refuseForeign`); `recorded` holds the IDs of
 * the volumes that the resource knew before. Returns the scene at the end. Throws a ProviderFailure.
 */
export async function ensureVolumes(
  scope: NomadScope,
  inputs: StorageInputs,
  progress: Progress,
  scene: Scene,
  recorded: ReadonlySet<string>,
  deadline: number,
): Promise<Scene> {
  await changeMisfits(scope, inputs, progress, scene);
  const survey = surveyVolumes(inputs.members, scene.volumes, scene.nodes);
  refuseLost(inputs, scene, survey);
  sayWhatIsThere(inputs, progress, scene, survey, recorded);
  if (survey.missing > 0) await makeVolumes(scope, inputs, progress, scene, survey.missing);
  return waitUntilReady(scope, inputs, progress, await lookAround(scope, inputs), deadline);
}

/** Throws when a volume of the cluster's name is used by, or kept for, another job. */
export function refuseForeign(inputs: StorageInputs, scene: Scene): void {
  const foreign = scene.volumes
    .map((volume) => ({
      volume,
      nodeName: nodeName(scene.nodes, volume.nodeId),
      jobs: [...new Set([...volume.users, ...volume.claimants])].filter((job) => job !== inputs.jobId),
    }))
    .filter(({ jobs }) => jobs.length > 0);
  if (foreign.length > 0) throw refused(foreignVolumesRefusal(inputs, foreign));
}

function sayWhatIsThere(
  inputs: StorageInputs,
  progress: Progress,
  scene: Scene,
  { usable, lost, spare }: VolumeSurvey,
  recorded: ReadonlySet<string>,
): void {
  const place = (volume: VolumeFacts) => nodeName(scene.nodes, volume.nodeId);
  const found = usable.filter(({ id }) => !recorded.has(id));
  if (found.length > 0) {
    progress.line(`taking up ${count(found.length, "volume")} as found, on ${found.map(place).join(", ")}`);
  }
  for (const volume of lost) {
    const node = `${place(volume)} is ${nodeStatus(scene.nodes, volume)}`;
    progress.line(`volume ${volume.id} is not needed now; its node ${node}`);
  }
  if (spare > 0) {
    const numbers = `${count(usable.length, "volume")} for ${count(inputs.members, "member")}`;
    progress.line(`${numbers}: the spare stay, with their data, and serve again when the cluster grows`);
  }
  for (const volume of usable) {
    for (const remark of volumeFit(inputs, volume).remarks) {
      progress.line(`volume ${volume.id} on ${place(volume)} ${remark}`);
    }
  }
}

/** Changes volumes in place that don't fit, all or none of them: first makes sure that nothing holds one. */
async function changeMisfits(
  scope: NomadScope,
  inputs: StorageInputs,
  progress: Progress,
  scene: Scene,
): Promise<void> {
  const misfitting = scene.volumes
    .map((volume) => ({
      volume,
      nodeName: nodeName(scene.nodes, volume.nodeId),
      misfits: volumeFit(inputs, volume).misfits,
    }))
    .filter(({ misfits }) => misfits.length > 0);
  const busy = misfitting.filter(({ volume }) => volume.users.length > 0);
  if (busy.length > 0) throw refused(busyMisfitsRefusal(inputs, busy));
  for (const { volume, nodeName: place, misfits } of misfitting) {
    const reply = await putVolume(scope, inputs, { existing: volume.id, pluginId: volume.pluginId });
    if (reply.status >= 300) {
      throw refused(changeRefusal(inputs, volume, place, misfits, oneLine(reply.text)));
    }
    progress.line(`changed the volume on ${place}: it ${misfits.join("; ")}`);
    if (volume.pluginId === "mkdir" && misfits.some((misfit) => misfit.startsWith("was made with"))) {
      // HostVolumePluginMkdir.Create in Nomad's client/hostvolumemanager leaves a directory that exists alone.
      progress.line(
        `plugin mkdir leaves owner and mode of ${volume.hostPath} on ${place} as they are: set them there`,
      );
    }
  }
}
