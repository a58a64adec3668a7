import { elements, fields, number, text, type Fields } from "../observed/json";

/** Names of the node that a member leaves and of the one that it goes to. */
export interface MoveNote {
  readonly from: string;
  readonly to: string;
}

/** A cluster's Nomad job, as far as a move changes it. */
export interface MovableJob {
  /** As `GET /v1/job/:id` gives it. */
  readonly document: Fields;
  /** For compare-and-set: another registration changes it. */
  readonly modifyIndex: number;
  readonly stopped: boolean;
  /** Members that Nomad is to run. */
  readonly count: number;
  /** The move that is under way; undefined: none. */
  readonly note: MoveNote | undefined;
  /** IDs of the nodes that the move leaves to the members; none without a move. */
  readonly nodes: readonly string[];
}

/** What a move asks of the job for the time being. */
export interface MovingJob extends MoveNote {
  readonly count: number;
  /** IDs of the only nodes where members may run. */
  readonly nodes: readonly string[];
}

const target = "${node.unique.id}";
const operand = "set_contains_any";
const noteForm = /^move from (\S+) to (\S+)$/;

/** Reads `GET /v1/job/:id` of a job of one group. */
export function parseMovableJob(body: unknown): MovableJob {
  const document = fields(body);
  const parts = elements(document["Constraints"]).flatMap((each) => noteParts(each) ?? []);
  return {
    document,
    modifyIndex: number(document["JobModifyIndex"]) ?? 0,
    stopped: document["Stop"] === true,
    count: number(fields(elements(document["TaskGroups"])[0])["Count"]) ?? 0,
    note: parsedNote(parts),
    nodes: parts.slice(0, -1),
  };
}

/**
 * The job for a step of a move: with so many members, on these nodes alone. The constraint carries a note of the move:
 * Nomad takes `set_contains_any` as met when one of the list is found, so an element that no node has does no harm, and
 * a command that was interrupted finds in the job what it was about. A change of count or constraints replaces no
 * member whose node still fits (`tasksUpdated` in Nomad's scheduler/util.go, 1.11.3).
 */
export function movingJob({ document }: MovableJob, { from, to, nodes, count }: MovingJob): Fields {
  const list = [...nodes, `move from ${from} to ${to}`].join(",");
  const constraint = { LTarget: target, Operand: operand, RTarget: list };
  return { ...withCount(document, count), Constraints: [...ownConstraints(document), constraint] };
}

/** The job as it was before the move. */
export function restoredJob({ document }: MovableJob, count: number): Fields {
  return { ...withCount(document, count), Constraints: ownConstraints(document) };
}

/** Whether the job is the one of this step already. */
export function isMoving({ count, note, nodes }: MovableJob, wanted: MovingJob): boolean {
  const same = nodes.length === wanted.nodes.length && wanted.nodes.every((id) => nodes.includes(id));
  return same && count === wanted.count && note?.from === wanted.from && note.to === wanted.to;
}

function ownConstraints(document: Fields): readonly unknown[] {
  return elements(document["Constraints"]).filter((each) => noteParts(each) === undefined);
}

function withCount(document: Fields, count: number): Fields {
  const [group, ...others] = elements(document["TaskGroups"]);
  return { ...document, TaskGroups: [{ ...fields(group), Count: count }, ...others] };
}

/** The move of which a constraint is part; undefined: of none. */
export function moveNoteOf(constraint: unknown): MoveNote | undefined {
  return parsedNote(noteParts(constraint) ?? []);
}

function parsedNote(parts: readonly string[]): MoveNote | undefined {
  const [, from, to] = noteForm.exec(parts.at(-1) ?? "") ?? [];
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** The list of a constraint that a move has set: nodes, and the note as its last element. */
function noteParts(constraint: unknown): readonly string[] | undefined {
  const { LTarget, Operand, RTarget } = fields(constraint);
  const parts = (text(RTarget) ?? "").split(",");
  const own = LTarget === target && Operand === operand && noteForm.test(parts.at(-1) ?? "");
  return own ? parts : undefined;
}
