import { surveyVolumes, type VolumeSurvey } from "../../patroni/volumePlan";
import { ProviderFailure } from "../failure";
import { refuseLost } from "./lostVolumes";
import type { StorageInputs } from "./model";
import { listNodes } from "./nomadNodes";
import { readVolumes } from "./nomadVolumes";
import type { NomadScope } from "./nomadScope";
import type { Progress } from "../progress";
import { nodeName, type Scene } from "./scene";

/**
 * Waits until every member has a volume whose node reports it. A Nomad client reports a new volume 5 to 10 s after
 * it made it (`nodeUpdateRetryIntv` and its stagger in Nomad's client/client.go), and both show in the list of
 * nodes, which a blocking query follows.
 *
 * Throws a ProviderFailure when a node goes away meanwhile, or at the deadline (milliseconds since 1970).
 */
export async function waitUntilReady(
  scope: NomadScope,
  inputs: StorageInputs,
  progress: Progress,
  first: Scene,
  deadline: number,
): Promise<Scene> {
  const announced = new Set<string>();
  let scene = first;
  for (;;) {
    const survey = surveyVolumes(inputs.members, scene.volumes, scene.nodes);
    announceReady(inputs, progress, scene, survey, announced);
    if (announced.size >= inputs.members) return scene;
    refuseLost(inputs, scene, survey);
    const remainingSeconds = (deadline - Date.now()) / 1000;
    if (remainingSeconds <= 0) throw deadlineFailure(inputs, scene, survey);
    progress.waitingFor(`Nomad's report of ${pending(scene, survey).join(", ")}`);
    const waitSeconds = Math.min(5, remainingSeconds);
    const { nodes, index } = await listNodes(scope, { index: scene.nodesIndex, waitSeconds });
    // The volumes after the nodes: a report that shows in the nodes then shows in the volumes as well.
    scene = { volumes: await readVolumes(scope, inputs.volumeName), nodes, nodesIndex: Math.max(1, index) };
  }
}

function announceReady(
  inputs: StorageInputs,
  progress: Progress,
  scene: Scene,
  { usable, standing }: VolumeSurvey,
  announced: Set<string>,
): void {
  const ready = usable.filter((volume) => standing.get(volume) === "ready");
  // A volume can stop being ready, when its node goes down.
  for (const id of announced) if (!ready.some((volume) => volume.id === id)) announced.delete(id);
  const fresh = ready.filter(({ id }) => !announced.has(id));
  if (fresh.length === 0) return;
  for (const { id } of fresh) announced.add(id);
  const nodes = fresh.map((volume) => nodeName(scene.nodes, volume.nodeId)).join(", ");
  const total = Math.max(inputs.members, usable.length);
  const what = fresh.length === 1 ? `volume on ${nodes} is` : `volumes on ${nodes} are`;
  progress.line(`${what} ready (${announced.size} of ${total})`);
}

function pending(scene: Scene, { usable, standing }: VolumeSurvey): readonly string[] {
  return usable
    .filter((volume) => standing.get(volume) === "pending")
    .map((volume) => `the volume on ${nodeName(scene.nodes, volume.nodeId)}`);
}

function deadlineFailure(inputs: StorageInputs, scene: Scene, survey: VolumeSurvey): ProviderFailure {
  const waiting = survey.usable.filter((volume) => survey.standing.get(volume) === "pending");
  return new ProviderFailure(
    `The volumes of ${inputs.cluster} are not ready after ${inputs.timeoutSeconds} s: ${waiting.length} of ${inputs.members} not reported by their nodes.`,
    [
      ...waiting.map(
        (volume) => `volume ${volume.id} on ${nodeName(scene.nodes, volume.nodeId)} is ${volume.state}`,
      ),
      "The Nomad client's log on that node says why (look for host_volume_manager). `pulumi up` goes on from here.",
    ],
  );
}
