import { memberOf } from "../observed/memberOf";
import type { Allocation } from "../observed/nomadState";
import { currentAllocations, type Expectation, type Snapshot, type TaskLog } from "../observed/snapshot";
import type { Cause, CauseFinder, Evidence } from "./cause";
import { message, recentLines } from "./logLines";
import { logSigns, type LogSign } from "./logSigns";
import { logWording } from "./logWording";
import { isMemberReady } from "../readyCondition";

/** How far back a log counts, by its own clock. */
const windowMs = 60_000;

/** A sign in the log of one member. */
interface Found {
  readonly sign: LogSign;
  /** What the sign's pattern names. */
  readonly named: Readonly<Record<string, string | undefined>>;
  readonly line: string;
  readonly member: string;
  readonly allocation: Allocation;
  readonly task: string;
}

/**
 * Looks for a cause in what the members that aren't ready wrote in the last minute. Certain when the sentence
 * stands there as often as its sign asks for, and no later line shows that it is over.
 */
export const causeInLogs: CauseFinder = (evidence) => {
  const { expectation, snapshot } = evidence;
  const unready = currentAllocations(expectation, snapshot).filter(
    (allocation) => !isMemberReady(expectation, snapshot, allocation),
  );
  for (const sign of logSigns) {
    const found = unready.flatMap((allocation) => findSign(sign, allocation, snapshot));
    const [first] = found;
    if (first === undefined) continue;
    if (sign.code === "member-consul-unreachable" && snapshot.heldMs(consulFact(first.allocation)) < 3_000)
      continue;
    return describe(first, found, evidence);
  }
  return undefined;
};

/** Names of the facts whose age matters here: members that say they wait for Consul. */
export function logFacts(expectation: Expectation, snapshot: Snapshot): readonly string[] {
  const sign = logSigns.find(({ code }) => code === "member-consul-unreachable");
  if (sign === undefined) return [];
  return currentAllocations(expectation, snapshot)
    .filter((allocation) => findSign(sign, allocation, snapshot).length > 0)
    .map(consulFact);
}

function consulFact(allocation: Allocation): string {
  return `member-consul-unreachable ${allocation.id}`;
}

function findSign(sign: LogSign, allocation: Allocation, snapshot: Snapshot): readonly Found[] {
  const logs = snapshot.logs.filter(({ allocationId }) => allocationId === allocation.id);
  return logs.flatMap((log: TaskLog) => {
    const lines = recentLines(log.lines, windowMs);
    const indexes = lines.flatMap((line, index) => (sign.pattern.test(line) ? [index] : []));
    const last = indexes.at(-1);
    if (last === undefined || indexes.length < sign.times) return [];
    if (lines.slice(last + 1).some((line) => sign.clearedBy.test(line))) return [];
    if (
      sign.confirmedBy !== undefined &&
      !lines.slice(indexes[0]).some((line) => sign.confirmedBy?.test(line))
    )
      return [];
    const line = lines[last] ?? "";
    const named = sign.pattern.exec(line)?.groups ?? {};
    const member = memberOf(allocation, snapshot.keys, undefined)?.name ?? allocation.nodeName;
    return [{ sign, named, line: message(line), member, allocation, task: log.task }];
  });
}

function describe(first: Found, all: readonly Found[], { expectation, snapshot }: Evidence): Cause {
  const leader = snapshot.keys?.leader ?? "the leader";
  const { headline, next } = logWording[first.sign.code]({ ...first, expectation, leader });
  const details = [...new Set(all.map(({ member, line }) => `${member}: ${line}`))];
  return { code: first.sign.code, headline, details, nextCommand: next };
}
