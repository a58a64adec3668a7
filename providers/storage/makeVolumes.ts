import { shortageRefusal } from "../../patroni/storageMessages";
import { placeVolumes } from "../../patroni/volumePlan";
import type { NodeVerdict } from "../../patroni/volumeNodes";
import { oneLine, type HttpReply } from "../http";
import { ProviderFailure } from "../failure";
import type { StorageInputs } from "./model";
import { withAttributes } from "./nomadNodes";
import { listVolumes, putVolume } from "./nomadVolumes";
import type { NomadScope } from "./nomadScope";
import type { Progress } from "../progress";
import { refused } from "./refused";
import type { Scene } from "./scene";

const hasVolume = "has a volume of this name already";

/**
 * Makes `missing` volumes on nodes without one, side by side: Nomad allows that because each request can only end
 * on a node of its own. (Left to choose, it places all of them on the same node.) A node that refuses is passed
 * over for the next best one.
 *
 * Throws a ProviderFailure when too few nodes are left.
 */
export async function makeVolumes(
  scope: NomadScope,
  inputs: StorageInputs,
  progress: Progress,
  scene: Scene,
  missing: number,
): Promise<void> {
  const nodes = await withAttributes(scope, scene.nodes);
  const occupied = new Map(scene.volumes.map(({ nodeId }) => [nodeId, hasVolume]));
  let left = missing;
  while (left > 0) {
    const placement = placeVolumes(inputs, left, nodes, occupied);
    if (placement.short > 0) {
      throw refused(shortageRefusal(inputs, inputs.members, inputs.members - left, placement));
    }
    progress.line(
      `making a volume on ${placement.chosen
        .map(({ node }) => node.name)
        .sort()
        .join(", ")}`,
    );
    const made = await Promise.all(placement.chosen.map((verdict) => makeOn(scope, inputs, verdict)));
    made.forEach((reason, index) => {
      const node = placement.chosen[index]?.node;
      if (node === undefined) return;
      occupied.set(node.id, reason ?? hasVolume);
      if (reason !== undefined) progress.line(`no volume on ${node.name}: it ${reason}`);
    });
    left = missing - ((await listVolumes(scope, inputs.volumeName)).length - scene.volumes.length);
  }
}

/** Makes a volume on a node; returns why the node can't be had, undefined when the volume is made. */
async function makeOn(
  scope: NomadScope,
  inputs: StorageInputs,
  { node, outcome }: NodeVerdict,
): Promise<string | undefined> {
  const reply = await putVolume(scope, inputs, { nodeId: node.id, judgedByNomad: outcome === "unsure" });
  return reply.status < 300 ? undefined : refusalReason(reply);
}

/**
 * Why a node can't be had, from Nomad's answer. Throws a ProviderFailure when the answer is about the request: no
 * node would help.
 */
function refusalReason(reply: HttpReply): string {
  const text = oneLine(reply.text);
  if (/^volume validation failed|dynamic host volumes|^no such namespace/.test(text)) {
    throw new ProviderFailure(`Nomad refuses the volumes: ${text}`);
  }
  if (text.includes("volume name already exists on this node")) {
    return "holds a volume of this name, of another namespace or one that Nomad's servers have forgotten";
  }
  if (text.includes("no node meets constraints")) return "doesn't meet the constraints, says Nomad";
  return `refused: ${text}`;
}
