import type { NodeFacts, NodeVerdict, VolumeRequest } from "./volumeNodes";
import { judgeNode, rankNodes } from "./volumeNodes";

/** A dynamic host volume as Nomad's servers know it. Sizes are bytes. */
export interface VolumeFacts {
  readonly id: string;
  readonly name: string;
  readonly nodeId: string;
  /** `pending`, `ready` or `unavailable`. Nomad leaves it at `ready` when the node goes down. */
  readonly state: string;
  /** What the plugin made; 0 where it sets no limit, as `mkdir`. */
  readonly capacityBytes: number;
  readonly pluginId: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly capabilities: readonly { readonly accessMode: string; readonly attachmentMode: string }[];
  readonly hostPath: string;
  /** Jobs with an allocation that holds it now. */
  readonly users: readonly string[];
  /** Jobs that Nomad keeps it for: their allocations go back to it (`sticky`). */
  readonly claimants: readonly string[];
}

/** Where a volume stands, from the point of view of a member that wants its data. */
export type VolumeStanding =
  /** Its node runs and reports it. */
  | "ready"
  /** Its node runs and hasn't reported it yet. */
  | "pending"
  /** Its node is known to Nomad and not running. */
  | "nodeDown"
  /** Nomad no longer knows its node. */
  | "nodeGone";

/** Which of a cluster's volumes can serve, and how many more it needs. */
export interface VolumeSurvey {
  readonly standing: ReadonlyMap<VolumeFacts, VolumeStanding>;
  /** Volumes on running nodes, by node name. */
  readonly usable: readonly VolumeFacts[];
  /** Volumes on nodes that are down or gone, by node name. */
  readonly lost: readonly VolumeFacts[];
  /** Volumes to make: members without a usable or a lost one. */
  readonly missing: number;
  /** Usable ones beyond the members. */
  readonly spare: number;
}

/**
 * Surveys the volumes of a cluster's name. A lost volume isn't replaced: as long as it exists, Nomad keeps a member
 * for it and puts that member on no other volume (`sticky` claims, `HostVolumeChecker` in its
 * scheduler/feasible/feasible.go), so a replacement would only lie there empty.
 */
export function surveyVolumes(
  members: number,
  volumes: readonly VolumeFacts[],
  nodes: readonly NodeFacts[],
): VolumeSurvey {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const nameOf = (volume: VolumeFacts) => byId.get(volume.nodeId)?.name ?? volume.nodeId;
  const sorted = [...volumes].sort((a, b) => compareText(nameOf(a), nameOf(b)) || compareText(a.id, b.id));
  const standing = new Map(sorted.map((volume) => [volume, standingOf(volume, byId.get(volume.nodeId))]));
  const usable = sorted.filter((volume) => isUsable(standing.get(volume)));
  const lost = sorted.filter((volume) => !isUsable(standing.get(volume)));
  return {
    standing,
    usable,
    lost,
    missing: Math.max(0, members - usable.length - lost.length),
    spare: Math.max(0, usable.length - members),
  };
}

/**
 * Where a volume stands. `ready` takes the node's own report of this very volume: right after a volume was deleted
 * and made again, Nomad calls the new one ready on the strength of the old one's report.
 */
export function standingOf(volume: VolumeFacts, node: NodeFacts | undefined): VolumeStanding {
  if (node === undefined) return "nodeGone";
  if (node.status !== "ready") return "nodeDown";
  return volume.state === "ready" && node.hostVolumes[volume.name] === volume.id ? "ready" : "pending";
}

function isUsable(standing: VolumeStanding | undefined): boolean {
  return standing === "ready" || standing === "pending";
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where new volumes go. */
export interface Placement {
  /** One node for each volume, as far as there are any: those that surely fit first. */
  readonly chosen: readonly NodeVerdict[];
  /** How many volumes find no node. */
  readonly short: number;
  /** Every node's verdict, by node name, for the message when nodes are short. */
  readonly verdicts: readonly NodeVerdict[];
}

/**
 * Chooses nodes for `count` new volumes: distinct, none with a volume of that name, best first (`rankNodes`), and
 * those on which only Nomad can judge a constraint last. `occupied` maps the IDs of nodes that can't be taken to
 * why; Nomad refuses two volumes of a name on one node whatever their namespaces.
 */
export function placeVolumes(
  request: VolumeRequest,
  count: number,
  nodes: readonly NodeFacts[],
  occupied: ReadonlyMap<string, string>,
): Placement {
  const verdicts = [...nodes]
    .sort((a, b) => compareText(a.name, b.name) || compareText(a.id, b.id))
    .map((node): NodeVerdict => {
      const verdict = judgeNode(request, node);
      const occupant = occupied.get(node.id);
      if (occupant === undefined) return verdict;
      const own = verdict.outcome === "refused" ? verdict.reasons : [];
      return { node, outcome: "refused", reasons: [occupant, ...own] };
    });
  const ranked = (outcome: NodeVerdict["outcome"]) =>
    rankVerdicts(
      request.volumeName,
      verdicts.filter((verdict) => verdict.outcome === outcome),
    );
  const chosen = [...ranked("fits"), ...ranked("unsure")].slice(0, count);
  return { chosen, short: count - chosen.length, verdicts };
}

function rankVerdicts(volumeName: string, verdicts: readonly NodeVerdict[]): readonly NodeVerdict[] {
  const byNode = new Map(verdicts.map((verdict) => [verdict.node, verdict]));
  const order = rankNodes(volumeName, [...byNode.keys()]);
  return order.map((node) => byNode.get(node)).filter((verdict) => verdict !== undefined);
}
