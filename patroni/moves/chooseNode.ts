import { refused, type Refusal } from "../acts/ledCluster";
import { judgeNode } from "../volumeNodes";
import { placeVolumes } from "../volumePlan";
import { placeAt, type MemberPlace, type MoveScene } from "./moveScene";

/** Where a member goes, and what is there for it. */
export interface NewHome {
  readonly kind: "chosen";
  /** Of the node. */
  readonly name: string;
  readonly volume: "new" | "spare" | "made before";
}

/**
 * Chooses the node that a member goes to: `wanted`, or the best of those that qualify. One with a volume that no member
 * ever had comes first, because only an interrupted move makes such a one; then nodes without a volume, then spare ones.
 */
export function chooseNode(scene: MoveScene, from: string, wanted: string | undefined): NewHome | Refusal {
  if (wanted !== undefined) return named(scene, from, wanted);
  const withVolume = scene.nodes
    .map(({ name }) => placeAt(scene, name))
    .filter((place) => place.name !== from && place.volume !== undefined && canServe(scene, place));
  const fresh = withVolume.find(({ claims, volume }) => claims.length === 0 && volume?.users.length === 0);
  const everUsed = (name: string) => scene.allocations.some(({ nodeName }) => nodeName === name);
  if (fresh !== undefined && !everUsed(fresh.name)) return home(fresh.name, "made before");
  const { chosen, verdicts } = placeVolumes(scene.request, 1, scene.nodes, occupied(scene));
  const [best] = chosen;
  if (best !== undefined) return home(best.node.name, "new");
  const [spare] = withVolume;
  if (spare !== undefined) return home(spare.name, "spare");
  const reasons = verdicts.map(({ node, reasons: own }) => `${node.name} ${own.join("; ")}`);
  return refused(`no node can take the member of ${from}: ${reasons.join("; ")}.`);
}

function named(scene: MoveScene, from: string, wanted: string): NewHome | Refusal {
  const place = placeAt(scene, wanted);
  const { node, volume, allocation } = place;
  if (wanted === from) return refused(`${from} is where the member is.`);
  if (node === undefined)
    return refused(
      `Nomad has no node ${wanted}. Its nodes: ${scene.nodes
        .map(({ name }) => name)
        .sort()
        .join(", ")}.`,
    );
  if (allocation !== undefined)
    return refused(`${wanted} has a member already, and a node holds one at most.`);
  const { outcome, reasons } = judgeNode(scene.request, node);
  if (outcome === "refused") return refused(`${wanted} can't take the member: it ${reasons.join("; ")}.`);
  return home(wanted, volume === undefined ? "new" : "spare");
}

/** Whether a node with a volume that nobody uses can take a member. */
function canServe(scene: MoveScene, { node, allocation, standing }: MemberPlace): boolean {
  if (node === undefined || allocation !== undefined) return false;
  return (
    (standing === "ready" || standing === "pending") && judgeNode(scene.request, node).outcome !== "refused"
  );
}

function occupied({ volumes }: MoveScene): ReadonlyMap<string, string> {
  return new Map(volumes.map(({ nodeId }) => [nodeId, "has a volume of this name already"]));
}

function home(name: string, volume: NewHome["volume"]): NewHome {
  return { kind: "chosen", name, volume };
}
