import { ledCluster, refused, type LedCluster, type Refusal } from "../acts/ledCluster";
import { judgeNode } from "../volumeNodes";
import { deleteVolumeCommand, forgetVolumeCommand, type StoragePlace } from "../storageCommands";
import type { MoveNote } from "./moveJob";
import { chooseNode, type NewHome } from "./chooseNode";
import { memberNodes, missingMembers, placeAt, type MemberPlace, type MoveScene } from "./moveScene";

/** What somebody asks for. */
export interface MoveWish {
  /** Name of the member, which is its node's. */
  readonly member: string;
  /** Name of the node that it is to go to; undefined: the best one. */
  readonly to: string | undefined;
  /** Whether the copy of a member whose node is away, or whose volume is gone, is given up. */
  readonly giveUp: boolean;
}

/** A member's way to another node. */
export interface MovePlan extends MoveNote {
  readonly kind: "planned";
  readonly cluster: string;
  readonly leader: string;
  /** What will happen, for people. */
  readonly lines: readonly string[];
  /** What to do afterwards, for people. */
  readonly afterwards: readonly string[];
}

/** Which member goes where, or why it can't. */
export function planMove(scene: MoveScene, wish: MoveWish, place: StoragePlace): MovePlan | Refusal {
  const cluster = ledCluster(scene.observation);
  if (cluster.kind === "refused") return cluster;
  const { name, keys } = cluster;
  const { job } = scene;
  if (job === "absent" || job.stopped) return refused(`${name} has no job that runs: pulumi up starts it.`);
  if (keys.paused)
    return refused(`${name} is paused, and a new member copies no data meanwhile: resume it first.`);
  const obstacle = obstacleTo(scene, wish, name) ?? givenUp(scene, wish);
  if (obstacle !== undefined) return obstacle;
  const home = job.note === undefined ? chooseNode(scene, wish.member, wish.to) : noted(scene, job.note);
  if (home.kind === "refused") return home;
  const from = placeAt(scene, wish.member);
  return {
    kind: "planned",
    cluster: name,
    leader: cluster.leader.name,
    from: from.name,
    to: home.name,
    lines: [
      ...(job.note === undefined ? [] : ["A move that was begun goes on."]),
      ...describe(scene, cluster, from, home),
    ],
    afterwards: afterwards(scene, from, place),
  };
}

function obstacleTo(scene: MoveScene, { member, to }: MoveWish, name: string): Refusal | undefined {
  const { job, observation } = scene;
  if (job === "absent") return undefined;
  const { note } = job;
  if (note !== undefined) {
    if (note.from === member && (to === undefined || to === note.to)) return undefined;
    return refused(
      `a move of ${note.from} to ${note.to} is under way. First: npm run move -- --tenant ${name} --member ${note.from}`,
    );
  }
  const { members } = observation.wanted;
  if (job.count !== members)
    return refused(
      `the config asks for ${members} members of ${name}, and Nomad for ${job.count}: pulumi up first.`,
    );
  const missing = missingMembers(scene, member);
  if (missing.length > 0) return othersMissing(scene, name, missing);
  return isMember(scene, member)
    ? undefined
    : refused(`${name} has no member ${member}. Its members: ${memberNodes(scene).join(", ")}.`);
}

/** Runs, or is the one that the others leave room for. */
function isMember(scene: MoveScene, member: string): boolean {
  const { allocation, claims, volume } = placeAt(scene, member);
  if (allocation?.desired === "run") return true;
  const others = memberNodes(scene).filter((name) => name !== member && placeAt(scene, name).runs);
  if (others.length >= scene.observation.wanted.members) return false;
  return (
    claims.length > 0 || volume !== undefined || scene.allocations.some(({ nodeName }) => nodeName === member)
  );
}

function othersMissing(scene: MoveScene, name: string, missing: readonly string[]): Refusal {
  return refused(
    `${missing.join(" and ")} of ${name} ${missing.length === 1 ? "doesn't" : "don't"} run, and Nomad places nobody elsewhere as long as it waits for ${missing.length === 1 ? "that one" : "those"}: move ${missing.length === 1 ? "it" : "them"} first, or bring back the node. npm run status shows how they are.`,
  );
}

/** A copy is given up only in words. */
function givenUp(scene: MoveScene, { member, giveUp }: MoveWish): Refusal | undefined {
  const from = placeAt(scene, member);
  const away = whyAway(from);
  if (from.held || away === undefined || giveUp) return undefined;
  return refused(
    `${member} ${away}. ${from.standing === undefined ? "What it held is lost" : "Its member comes back by itself, with its data, when the node does"}; with --give-up its copy is given up, and the member made anew elsewhere.`,
  );
}

/** Why a member's copy can't be had, after its name; undefined when it can. */
function whyAway({ node, volume }: MemberPlace): string | undefined {
  if (node === undefined) return "is a node that Nomad no longer knows";
  if (node.status !== "ready") return `is a node that is ${node.status}`;
  return volume === undefined ? "has no volume any more" : undefined;
}

/** Where a move that was begun goes. */
function noted(scene: MoveScene, { to }: MoveNote): NewHome | Refusal {
  const { node, volume } = placeAt(scene, to);
  if (node?.status === "ready" && volume !== undefined)
    return { kind: "chosen", name: to, volume: "made before" };
  const verdict = node === undefined ? undefined : judgeNode(scene.request, node);
  if (verdict !== undefined && verdict.outcome !== "refused")
    return { kind: "chosen", name: to, volume: "new" };
  return refused(
    `the move was to ${to}, which ${verdict?.reasons.join("; ") ?? "Nomad no longer knows"}. Bring it back; pulumi refresh and pulumi up give the move up, and start the job as the config has it.`,
  );
}

function describe(
  scene: MoveScene,
  cluster: LedCluster,
  from: MemberPlace,
  home: NewHome,
): readonly string[] {
  const { name, leader } = cluster;
  const { members } = scene.observation.wanted;
  const others = memberNodes(scene).filter(
    (each) => each !== from.name && each !== home.name && placeAt(scene, each).runs,
  );
  const volume = {
    new: `a volume "${scene.request.volumeName}" is made on ${home.name}`,
    spare: `the spare volume on ${home.name} is taken up: what is in it is brought up to date`,
    "made before": `the volume on ${home.name} is there`,
  }[home.volume];
  const head = `  leader   ${leader.name}, timeline ${leader.timeline ?? "unknown"}`;
  const data = `  data     ${from.volume === undefined ? `${from.name} has no volume any more` : `${from.name}'s volume ${from.volume.id} isn't touched: it stays as a spare`}`;
  if (from.held)
    return [
      `Move of ${from.name} of ${name} to ${home.name}: a new copy first, then the old member goes.`,
      head,
      `  first    ${volume}, and a member there copies the leader's data: ${members + 1} members meanwhile, of ${members} wanted`,
      `  then     ${from.name === leader.name ? `${from.name} hands over, to ${home.name} if that can lead: nobody can write for a moment; then it` : from.name} stops. At no time are there fewer than ${members} copies`,
      data,
    ];
  const left = others.length === 0 ? "none" : others.join(", ");
  return [
    `Replacement of ${from.name} of ${name} by ${home.name}: ${whyAway(from) === undefined ? `${from.name} runs no member` : `it ${whyAway(from) ?? ""}`}.`,
    head,
    `  first    ${volume}`,
    `  then     Nomad keeps no member for ${from.name} any more, and a member on ${home.name} copies the leader's data`,
    `  copies   ${left}, until ${home.name} streams: ${others.length} of ${members}`,
    data,
  ];
}

function afterwards(scene: MoveScene, from: MemberPlace, place: StoragePlace): readonly string[] {
  const down = from.node?.status !== "ready";
  const command = down ? forgetVolumeCommand : deleteVolumeCommand;
  return [
    ...(from.volume === undefined
      ? []
      : [
          down
            ? `If ${from.name} never comes back, make Nomad forget its volume: ${command(place, from.volume.id)}`
            : `Delete ${from.name}'s volume with its data when nobody needs it: ${command(place, from.volume.id)}`,
        ]),
    "The job has a new version in Nomad: run pulumi refresh before the next change of it.",
  ];
}
