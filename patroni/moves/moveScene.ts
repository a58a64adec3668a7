import { isAlive, type Allocation } from "../observed/nomadState";
import type { ClusterObservation } from "../status/observation";
import type { NodeFacts, VolumeRequest } from "../volumeNodes";
import { standingOf, type VolumeFacts, type VolumeStanding } from "../volumePlan";
import type { MovableJob, MoveNote } from "./moveJob";

/** A volume that Nomad keeps for a job: a member of it is placed there and nowhere else. */
export interface VolumeClaim {
  readonly id: string;
  readonly volumeId: string;
  readonly jobId: string;
}

/** Everything that a move looks at, at one moment. */
export interface MoveScene {
  readonly observation: ClusterObservation;
  readonly job: MovableJob | "absent";
  /** Of every version of the job. */
  readonly allocations: readonly Allocation[];
  /** Every volume of the cluster's name. */
  readonly volumes: readonly VolumeFacts[];
  readonly claims: readonly VolumeClaim[];
  /** Every node, with its attributes. */
  readonly nodes: readonly NodeFacts[];
  /** What the config asks of a node with a volume. */
  readonly request: VolumeRequest;
}

/** What there is of a cluster on one node. */
export interface MemberPlace {
  readonly name: string;
  /** Undefined: Nomad doesn't know the node. */
  readonly node: NodeFacts | undefined;
  readonly volume: VolumeFacts | undefined;
  readonly standing: VolumeStanding | undefined;
  /** IDs of the claims that bind a member to the volume. */
  readonly claims: readonly string[];
  /** One whose processes may still run; one that is to run before one that is to stop. */
  readonly allocation: Allocation | undefined;
  /** Whether Nomad runs a member there and wants it to. */
  readonly runs: boolean;
  /** Whether it runs one, or starts it (again), on a node that is there. */
  readonly held: boolean;
}

/** What Nomad has of a cluster's members. */
export type PlacedMembers = Pick<MoveScene, "allocations" | "volumes" | "claims" | "nodes">;

/** Looks at a node by its name. */
export function placeAt(scene: PlacedMembers, name: string): MemberPlace {
  const node = scene.nodes.find((each) => each.name === name);
  const allocations = scene.allocations.filter((each) => each.nodeName === name && isAlive(each));
  const allocation = allocations.find(({ desired }) => desired === "run") ?? allocations[0];
  // The volume of a node that Nomad has forgotten is known by the node's ID alone.
  const nodeId = node?.id ?? scene.allocations.find((each) => each.nodeName === name)?.nodeId;
  const volume = scene.volumes.find((each) => each.nodeId === nodeId);
  const held = node?.status === "ready" && allocation?.desired === "run";
  return {
    name,
    node,
    volume,
    standing: volume && standingOf(volume, node),
    claims: scene.claims.filter(({ volumeId }) => volumeId === volume?.id).map(({ id }) => id),
    allocation,
    runs: held && allocation.client === "running",
    held,
  };
}

/** Names of the nodes that the cluster's members have, running or not, by name. */
export function memberNodes(scene: MoveScene): readonly string[] {
  return scene.nodes
    .map(({ name }) => placeAt(scene, name))
    .filter(({ allocation, claims }) => allocation !== undefined || claims.length > 0)
    .map(({ name }) => name)
    .sort();
}

/**
 * Members besides `from` that the config asks for and that don't run, as the nodes that are kept for them; none when
 * enough others run.
 */
export function missingMembers(scene: MoveScene, from: string): readonly string[] {
  const others = memberNodes(scene).filter((name) => name !== from);
  const running = others.filter((name) => placeAt(scene, name).runs);
  if (running.length >= scene.observation.wanted.members - 1) return [];
  const missing = others.filter((name) => !running.includes(name));
  return missing.length > 0 ? missing : ["another member"];
}

/**
 * IDs of claims that no member needs, when all others run: an earlier, larger cluster has left them on spare volumes.
 */
export function leftoverClaims(scene: MoveScene, { from, to }: MoveNote): readonly string[] {
  return memberNodes(scene)
    .filter((name) => name !== from && name !== to)
    .map((name) => placeAt(scene, name))
    .filter(({ allocation }) => allocation === undefined)
    .flatMap(({ claims }) => claims);
}
