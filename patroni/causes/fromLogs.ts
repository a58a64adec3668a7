import { memberOf } from "../observed/memberOf";
import type { Allocation } from "../observed/nomadState";
import { rebuildNotice, type RebuildNotice } from "../observed/rebuildNotice";
import { currentAllocations, type Snapshot, type TaskLog } from "../observed/snapshot";
import type { Cause, CauseFinder, Evidence } from "./cause";
import { lastWords } from "./lastWords";
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
  readonly words: string;
  readonly member: string;
  readonly allocation: Allocation;
  readonly task: string;
  readonly notice: RebuildNotice | undefined;
}

/**
 * Looks for a cause in what the members that aren't ready wrote in the last minute. Certain when the sentence
 * stands there as often as its sign asks for, at least twice where the task ran before the wait began, and no later
 * line shows that it is over.
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
    return describe(first, found, evidence);
  }
  return undefined;
};

function findSign(sign: LogSign, allocation: Allocation, snapshot: Snapshot): readonly Found[] {
  const registered = memberOf(allocation, snapshot.keys, snapshot.apiPorts.get(allocation.id));
  if (sign.unregistered === true && registered !== undefined) return [];
  const logs = snapshot.logs.filter(({ allocationId }) => allocationId === allocation.id);
  return logs.flatMap((log: TaskLog) => {
    const recent = recentLines(log.lines, windowMs);
    const line = standingLine(sign, timesNeeded(sign, log), recent);
    if (line === undefined) return [];
    const named = sign.pattern.exec(line)?.groups ?? {};
    const member = registered?.name ?? allocation.nodeName;
    const words = fatalWords(recent);
    const notice = rebuildNotice(log.tail);
    return [{ sign, named, line: message(line), words, member, allocation, task: log.task, notice }];
  });
}

/** Patroni may end in a traceback of its own when PostgreSQL fails: PostgreSQL's word comes first. */
function fatalWords(lines: readonly string[]): string {
  const fatal = lines.filter((line) => /\b(FATAL|PANIC):/.test(line));
  return lastWords(fatal.length > 0 ? fatal : lines) ?? "it doesn't say why";
}

/** What a task says for the first time may end an attempt from before the change that is waited for. */
function timesNeeded(sign: LogSign, log: TaskLog): number {
  return log.ranBefore ? Math.max(2, sign.times) : sign.times;
}

/** The last line with the sign, if it is there `times` times, confirmed, and not cleared since. */
function standingLine(sign: LogSign, times: number, lines: readonly string[]): string | undefined {
  const indexes = lines.flatMap((line, index) => (sign.pattern.test(line) ? [index] : []));
  const [first] = indexes;
  const last = indexes.at(-1);
  if (last === undefined || indexes.length < times) return undefined;
  const { confirmedBy = sign.pattern, clearedBy } = sign;
  if (!lines.slice(first).some((line) => confirmedBy.test(line))) return undefined;
  return lines.slice(last + 1).some((line) => clearedBy.test(line)) ? undefined : lines[last];
}

function describe(first: Found, all: readonly Found[], { expectation, snapshot }: Evidence): Cause {
  const leader = snapshot.keys?.leader ?? "the leader";
  const { rebuildAfterSeconds } = snapshot.keys ?? {};
  const context = { ...first, expectation, leader, rebuildAfterSeconds };
  const { headline, next } = logWording[first.sign.code](context);
  const details = [...new Set(all.map(({ member, line }) => `${member}: ${line}`))];
  return { code: first.sign.code, headline, details, nextCommand: next };
}
