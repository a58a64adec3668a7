import type { Allocation, TaskEvent, TaskState } from "../observed/nomadState";
import {
  allocationsOfVersion,
  deaths,
  newEvents,
  type Expectation,
  type Snapshot,
  type TaskLog,
} from "../observed/snapshot";
import type { CauseFinder } from "./cause";
import { allocationCommand, logsCommand } from "./commands";
import { lastWords } from "./lastWords";
import { message } from "./logLines";

/** A task that ends once may only have lost a race; one that ends three times while it is watched will again. */
const deathsNeeded = 3;

/** Two ends are enough where the task said the same each time. */
const sameDeathsNeeded = 2;

/** How long a log is waited for once a task has ended for good. */
const logWithinMs = 2_000;

interface Dead {
  readonly allocation: Allocation;
  readonly task: TaskState;
  /** Ends and failed starts since the wait began. */
  readonly ends: readonly TaskEvent[];
  /** Nomad won't start it again in this allocation. */
  readonly forGood: boolean;
}

/** Names of the facts whose age matters here: tasks that have ended for good. */
export function deathFacts(expectation: Expectation, snapshot: Snapshot): readonly string[] {
  return deadTasks(expectation, snapshot)
    .filter(({ forGood }) => forGood)
    .map(fact);
}

function fact({ allocation, task }: Pick<Dead, "allocation" | "task">): string {
  return `dead ${allocation.id} ${task.name}`;
}

/**
 * The allocation couldn't even be set up: Nomad's own hooks failed (networking, volumes, Consul's token for the
 * task). Certain, because Nomad fails the allocation for it.
 */
export const causeInSetup: CauseFinder = ({ expectation, snapshot }) => {
  for (const allocation of allocationsOfVersion(expectation, snapshot)) {
    const event = allocation.tasks
      .flatMap((task) => newEvents(snapshot, allocation, task))
      .find(({ type }) => type === "Setup Failure" || type === "Failed Validation");
    if (event === undefined) continue;
    return {
      code: "setup-failed",
      headline: `Nomad can't set the member up on ${allocation.nodeName}`,
      details: [event.message],
      nextCommand: `See its events: ${allocationCommand(expectation, allocation)}`,
    };
  }
  return undefined;
};

/**
 * A member's task keeps ending. Certain when Nomad has given it up for good, when it has ended twice since the wait
 * began with the same last words, or three times with any; one end is left to the restart policy.
 */
export const causeInDeaths: CauseFinder = ({ expectation, snapshot }) => {
  const dead = deadTasks(expectation, snapshot).filter((each) => isCertain(each, snapshot));
  const [first] = dead;
  if (first === undefined) return undefined;
  const { allocation, task } = first;
  const killedForMemory = first.ends.some(({ oomKilled }) => oomKilled);
  const times = first.ends.length === 1 ? "has ended" : `has ended ${first.ends.length} times`;
  return {
    code: killedForMemory ? "out-of-memory" : "task-died",
    headline: killedForMemory
      ? `the member on ${allocation.nodeName} is killed because it needs more memory than its limit`
      : `the member on ${allocation.nodeName} ${times}: ${reason(first, snapshot)}`,
    details: dead.slice(1).map((each) => `${each.allocation.nodeName}: ${reason(each, snapshot)}`),
    nextCommand: killedForMemory
      ? `Raise resources.memoryMb in the config; what it wrote: ${logsCommand(expectation, allocation, task.name)}`
      : `Read what it wrote: ${logsCommand(expectation, allocation, task.name)}`,
  };
};

function deadTasks(expectation: Expectation, snapshot: Snapshot): readonly Dead[] {
  return allocationsOfVersion(expectation, snapshot)
    .filter(({ desired }) => desired === "run")
    .flatMap((allocation) => allocation.tasks.map((task) => deadTask(snapshot, allocation, task)))
    .filter(({ ends, forGood }) => ends.length > 0 && (forGood || ends.length > 1));
}

function deadTask(snapshot: Snapshot, allocation: Allocation, task: TaskState): Dead {
  const events = newEvents(snapshot, allocation, task);
  const ends = events.filter(({ type }) => type === "Terminated" || type === "Driver Failure");
  return { allocation, task, ends, forGood: task.state === "dead" && task.failed };
}

function isCertain(dead: Dead, snapshot: Snapshot): boolean {
  const { allocation, task, ends, forGood } = dead;
  const log = logOf(dead, snapshot);
  const read = log !== undefined && log.deaths >= deaths(task) ? log : undefined;
  // Its last words are worth a moment's patience.
  if (forGood) return read !== undefined || snapshot.heldMs(fact({ allocation, task })) >= logWithinMs;
  if (ends.length >= deathsNeeded) return true;
  const words = lastWords(read?.lines ?? []);
  const said = read?.lines.map(message).filter((line) => line === words) ?? [];
  return said.length >= sameDeathsNeeded;
}

function logOf({ allocation, task }: Dead, snapshot: Snapshot): TaskLog | undefined {
  return snapshot.logs.find((log) => log.allocationId === allocation.id && log.task === task.name);
}

/** What a dead task said last, or else what Nomad says of it. */
function reason(dead: Dead, snapshot: Snapshot): string {
  const end = dead.ends.at(-1);
  const words = end?.type === "Driver Failure" ? undefined : lastWords(logOf(dead, snapshot)?.tail ?? []);
  return words ?? end?.message ?? "no reason given";
}
