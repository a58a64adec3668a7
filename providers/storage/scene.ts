import type { NodeFacts } from "../../patroni/volumeNodes";
import { standingOf, type VolumeFacts } from "../../patroni/volumePlan";
import type { StorageInputs, StorageVolume } from "./model";
import { listNodes } from "./nomadNodes";
import { readVolumes } from "./nomadVolumes";
import type { NomadScope } from "./nomadScope";

/** What Nomad knows of a cluster's storage at one moment. */
export interface Scene {
  readonly volumes: readonly VolumeFacts[];
  readonly nodes: readonly NodeFacts[];
  /** For the next blocking query on the nodes. */
  readonly nodesIndex: number;
}

/** Looks at the cluster's volumes and at the nodes. */
export async function lookAround(scope: NomadScope, inputs: StorageInputs): Promise<Scene> {
  const [volumes, { nodes, index }] = await Promise.all([
    readVolumes(scope, inputs.volumeName),
    listNodes(scope),
  ]);
  return { volumes, nodes, nodesIndex: index };
}

/** A node's name, or its ID where Nomad no longer knows it. */
export function nodeName(nodes: readonly NodeFacts[], nodeId: string): string {
  const name = nodes.find(({ id }) => id === nodeId)?.name;
  return name === undefined || name === "" ? nodeId : name;
}

/** What is the matter with a volume's node, as a predicate: `down`, `gone from Nomad`. */
export function nodeStatus(nodes: readonly NodeFacts[], volume: VolumeFacts): string {
  const node = nodes.find(({ id }) => id === volume.nodeId);
  return standingOf(volume, node) === "nodeGone" ? "no longer known to Nomad" : (node?.status ?? "");
}

/** The volumes as the resource records them. */
export function recordedVolumes(scene: Pick<Scene, "volumes" | "nodes">): readonly StorageVolume[] {
  const byNode = (a: StorageVolume, b: StorageVolume) =>
    a.nodeName < b.nodeName ? -1 : a.nodeName > b.nodeName ? 1 : a.id < b.id ? -1 : 1;
  return scene.volumes
    .map(({ id, name, nodeId, capacityBytes }) => ({
      id,
      name,
      nodeId,
      nodeName: nodeName(scene.nodes, nodeId),
      capacityBytes,
    }))
    .sort(byNode);
}
