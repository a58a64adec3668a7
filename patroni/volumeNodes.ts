import type { Constraint } from "../config/model";
import { judgeConstraint, targetValue } from "./nomadConstraint";
import type { NomadNode } from "./observed/nomadNode";

/** A Nomad client as far as the choice of nodes for volumes needs it. */
export interface NodeFacts extends NomadNode {
  /** Host volumes in the node's last report, name to ID; the ID is empty for those in its configuration file. */
  readonly hostVolumes: Readonly<Record<string, string>>;
}

/** What a cluster's volumes ask of their nodes. */
export interface VolumeRequest {
  readonly volumeName: string;
  readonly nodePool: string;
  /** As in a jobspec, `*` standing for any text. */
  readonly datacenters: readonly string[];
  readonly constraints: readonly Constraint[];
  readonly pluginId: string;
}

/** Whether a node can take a volume. `reasons` is empty exactly when it fits. */
export interface NodeVerdict {
  readonly node: NodeFacts;
  /** `unsure`: only Nomad can judge one of the constraints, and nothing else stands against the node. */
  readonly outcome: "fits" | "unsure" | "refused";
  readonly reasons: readonly string[];
}

/**
 * Judges a node. Nomad itself looks at the pool, the constraints and the plugin only, and only when it is left to
 * choose (`placeHostVolume` in its nomad/host_volume_endpoint.go, 1.11.3): it places volumes on nodes that are
 * down, drained or in a datacenter where the job may not run.
 */
export function judgeNode(request: VolumeRequest, node: NodeFacts): NodeVerdict {
  const refused = [...standingReasons(request, node), ...placeReasons(request, node)];
  const unsure: string[] = [];
  for (const constraint of request.constraints) {
    const verdict = judgeConstraint(constraint, node);
    if (verdict === "unmet") refused.push(unmetReason(constraint, node));
    if (verdict === "unsure") unsure.push(`only Nomad can judge ${constraintText(constraint)}`);
  }
  if (refused.length > 0) return { node, outcome: "refused", reasons: refused };
  return { node, outcome: unsure.length > 0 ? "unsure" : "fits", reasons: unsure };
}

function standingReasons(request: VolumeRequest, node: NodeFacts): readonly string[] {
  const reasons: string[] = [];
  if (node.status !== "ready") reasons.push(node.status === "" ? "has no status" : `is ${node.status}`);
  if (node.draining) reasons.push("is being drained");
  else if (node.eligibility !== "eligible") reasons.push("is set ineligible for new work");
  if (node.attributes[`plugins.host_volume.${request.pluginId}.version`] === undefined) {
    reasons.push(`has no host volume plugin "${request.pluginId}"`);
  }
  return reasons;
}

function placeReasons(request: VolumeRequest, node: NodeFacts): readonly string[] {
  const reasons: string[] = [];
  if (!request.datacenters.some((pattern) => globMatches(pattern, node.datacenter))) {
    reasons.push(`is in datacenter ${node.datacenter}, not in ${request.datacenters.join(" or ")}`);
  }
  if (request.nodePool !== "all" && node.nodePool !== request.nodePool) {
    reasons.push(`is in node pool ${node.nodePool}, not in ${request.nodePool}`);
  }
  if (node.hostVolumes[request.volumeName] === "") {
    reasons.push(`has a host volume "${request.volumeName}" in its own configuration file`);
  }
  return reasons;
}

/** `${meta.rack} = r1`, as an operator wrote it. */
export function constraintText(constraint: Constraint): string {
  return [constraint.attribute, constraint.operator, constraint.value]
    .filter((part) => part !== "")
    .join(" ");
}

function unmetReason(constraint: Constraint, node: NodeFacts): string {
  const found = targetValue(constraint.attribute, node);
  return `doesn't meet ${constraintText(constraint)} (${found === undefined ? "not set" : `found "${found}"`})`;
}

/**
 * Orders the nodes that may take a volume, best first: those without a leftover of this name in their last report,
 * then those with the fewest volumes, then by a hash of volume and node, so that clusters made at the same moment
 * spread over the nodes and the same question always gets the same answer.
 */
export function rankNodes(volumeName: string, nodes: readonly NodeFacts[]): readonly NodeFacts[] {
  const rank = (node: NodeFacts) => ({
    node,
    leftover: Object.hasOwn(node.hostVolumes, volumeName) ? 1 : 0,
    volumes: Object.values(node.hostVolumes).filter((id) => id !== "").length,
    hash: textHash(`${volumeName}/${node.id}`),
  });
  return nodes
    .map(rank)
    .sort(
      (a, b) =>
        a.leftover - b.leftover ||
        a.volumes - b.volumes ||
        a.hash - b.hash ||
        (a.node.id < b.node.id ? -1 : 1),
    )
    .map(({ node }) => node);
}

/** Nomad matches a job's datacenters with `*` for any text (`IsInAnyDC` in its nomad/structs/structs.go). */
export function globMatches(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let middle = text.slice(first.length, text.length - last.length);
  for (const part of rest) {
    const at = middle.indexOf(part);
    if (at < 0) return false;
    middle = middle.slice(at + part.length);
  }
  return true;
}

/** FNV-1a with a final mix, 32 bits: spreads well enough, and needs no crypto module. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
