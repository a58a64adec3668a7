import { isAlive, type Allocation, type TaskState } from "../../patroni/observed/nomadState";
import { missingInVault } from "../../patroni/causes/fromVault";
import { allocationsOfVersion, deaths } from "../../patroni/observed/snapshot";
import { isMemberReady } from "../../patroni/readyCondition";
import { readLogTail } from "../nomadLogs";
import { pause } from "./followChanges";
import type { Observations } from "./observations";

/** How much of a log's end is read: some hundred lines. */
const tailBytes = 48 * 1024;

/** How often the log of a member that isn't ready is read again while it lives. */
const intervalMs = 2_000;

/** Until a member's log is first read: most are past their start by then, and have nothing to say. */
const firstAfterMs = 1_500;

/** So many last lines mark where a log ended when the wait began. */
const markLines = 3;

const streams = ["stdout", "stderr"] as const;
type Stream = (typeof streams)[number];

/** A task whose log is read. */
interface Reading {
  readonly allocation: Allocation;
  readonly task: TaskState;
  readonly state: ReadingState;
}

interface ReadingState {
  readAt: number;
  deaths: number;
  /** Whether the task had started when the wait began. What it had written by then is no news. */
  readonly old: boolean;
  /** Where each stream ended when the wait began, once that is known. */
  readonly marks: Map<Stream, readonly string[]>;
}

/** Reads the logs of members that aren't ready, every 2 s, and at once when a task has ended, until the signal. */
export async function watchLogs(observations: Observations, signal: AbortSignal): Promise<void> {
  const states = new Map<string, ReadingState>();
  while (!observations.nomad.answered && !signal.aborted) await observations.nextChange(1_000, signal);
  const atStart = readings(observations, states, true);
  await Promise.all(atStart.map((reading) => readLog(observations, reading, signal)));
  while (!signal.aborted) {
    const due = readings(observations, states, false).filter(isDue);
    await Promise.all(due.map((reading) => readLog(observations, reading, signal)));
    await pause(200, signal);
  }
}

/** Tasks that have started in members that aren't ready; `old` is said of those that weren't known before. */
function readings(
  observations: Observations,
  states: Map<string, ReadingState>,
  old: boolean,
): readonly Reading[] {
  const { expectation } = observations;
  const snapshot = observations.snapshot();
  return allocationsOfVersion(expectation, snapshot)
    .filter((allocation) => !isAlive(allocation) || !isMemberReady(expectation, snapshot, allocation))
    .flatMap((allocation) => allocation.tasks.map((task) => ({ allocation, task })))
    .filter(
      ({ task }) => missingInVault(task) === undefined && task.events.some(({ type }) => type === "Started"),
    )
    .map(({ allocation, task }) => {
      const key = logKey(allocation, task);
      const firstDue = Date.now() - intervalMs + firstAfterMs;
      const state = states.get(key) ?? {
        readAt: firstDue,
        deaths: 0,
        old,
        marks: new Map<Stream, readonly string[]>(),
      };
      states.set(key, state);
      return { allocation, task, state };
    });
}

function isDue({ allocation, task, state }: Reading): boolean {
  return deaths(task) > state.deaths || (isAlive(allocation) && Date.now() - state.readAt >= intervalMs);
}

function logKey(allocation: Allocation, task: TaskState): string {
  return `${allocation.id}/${task.name}`;
}

async function readLog(observations: Observations, reading: Reading, signal: AbortSignal): Promise<void> {
  const { allocation, task, state } = reading;
  const known = deaths(task);
  const read = await Promise.all(
    streams.map(async (stream) => ({ stream, lines: await readTail(observations, reading, stream, signal) })),
  );
  if (signal.aborted) return;
  state.readAt = Date.now();
  state.deaths = known;
  const fresh = read.flatMap(({ stream, lines }) => {
    if (lines === undefined) return [];
    const mark = state.marks.get(stream) ?? (state.old ? lines.slice(-markLines) : []);
    state.marks.set(stream, mark);
    return linesAfter(mark, lines);
  });
  const tail = read.flatMap(({ lines }) => lines ?? []);
  const key = logKey(allocation, task);
  observations.logs.set(key, {
    allocationId: allocation.id,
    task: task.name,
    lines: fresh,
    ranBefore: state.old,
    tail,
    deaths: known,
  });
  observations.changed();
}

/** What follows the mark; everything when the mark has left the log's end. */
export function linesAfter(mark: readonly string[], lines: readonly string[]): readonly string[] {
  if (mark.length === 0) return lines;
  for (let start = lines.length - mark.length; start >= 0; start--) {
    if (mark.every((line, offset) => lines[start + offset] === line)) return lines.slice(start + mark.length);
  }
  return lines;
}

/** The end of a task's standard output or error; undefined when it can't be read. */
async function readTail(
  { expectation }: Observations,
  { allocation, task }: Reading,
  stream: Stream,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const end = { allocationId: allocation.id, task: task.name, stream, bytes: tailBytes, signal };
  return readLogTail(expectation, end);
}
