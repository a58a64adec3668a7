import type { BenchContext } from "./context";
import { gapScenarios, type GapScenario } from "./gapScenarios";
import { GapSubject } from "./gapSubjects";
import type { GapReport } from "./gapWriter";
import type { Findings, Row } from "./results";
import { sample } from "./statistics";
import { range } from "./wording";

/** How long writes may take to come back before the bench gives up on a cluster. */
const writesBackMilliseconds = 180_000;

/** One interruption. */
export interface GapRun {
  readonly scenario: string;
  /** When it happened, in milliseconds since the epoch. */
  readonly happenedAt: number;
  /** Until every replica streamed again. */
  readonly wholeAgainMilliseconds: number | undefined;
  /** What the client saw; undefined when no member took writes any more. */
  readonly seen: GapReport | undefined;
  /** Why the cluster didn't become whole by itself and was made anew. */
  readonly failure: string | undefined;
}

/** The longest time without a write while things happen to a cluster, against the plain job. */
export async function writeGaps(context: BenchContext): Promise<Findings> {
  const runs = context.runs(5);
  const plainRuns = Math.ceil(runs / 2);
  const ours = await interruptAll(context, "ours", GapSubject.ours(context), gapScenarios, runs);
  const plain = await interruptAll(context, "plain job", GapSubject.plain(context), gapScenarios, plainRuns);
  return {
    reference: "plain job",
    rows: [...gapScenarios.map((scenario) => row(scenario, ours, plain)), lostRow(ours, plain)],
    notes: [
      `The longest time between two writes that succeeded, of a client that writes every 20 ms: smallest / median / largest of ${runs} runs (plain job: ${plainRuns}).`,
      ...failures("ours", ours),
      ...failures("plain job", plain),
    ],
    raw: { ours, plain },
  };
}

/** Brings a cluster up, does each of the scenarios to it so many times while a client writes, and takes it away. */
export async function interruptAll(
  context: BenchContext,
  title: string,
  subject: GapSubject,
  scenarios: readonly GapScenario[],
  runs: number,
): Promise<readonly GapRun[]> {
  const done: GapRun[] = [];
  try {
    await context.reporter.during(`${title} comes up`, () => subject.comeUp());
    for (const scenario of scenarios) {
      for (let run = 1; run <= runs; run += 1) {
        const what = `${title}: ${scenario.title} ${run} of ${runs}`;
        const gap = await context.reporter.during(what, () => interrupt(context, subject, scenario));
        done.push(gap);
        if (gap.failure === undefined) continue;
        await subject.remove();
        await subject.comeUp();
      }
    }
    return done;
  } finally {
    await subject.remove();
  }
}

async function interrupt(context: BenchContext, subject: GapSubject, scenario: GapScenario): Promise<GapRun> {
  const { leader } = await subject.whole();
  const node = context.settings.nodes.find(({ address }) => leader.startsWith(`${address}:`))?.name ?? "";
  const writer = await subject.writer();
  await writer.start();
  const began = performance.now();
  const run = { scenario: scenario.title, happenedAt: Date.now() };
  try {
    const untilWrites = () => writer.backAfter(began, writesBackMilliseconds);
    await scenario.happen(context, subject, node, untilWrites);
    await subject.whole();
    const wholeAgainMilliseconds = performance.now() - began;
    return { ...run, wholeAgainMilliseconds, seen: await writer.stop(), failure: undefined };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    const seen = await writer.stop().catch(() => undefined);
    return { ...run, wholeAgainMilliseconds: undefined, seen, failure };
  } finally {
    await writer.end();
  }
}

function row({ title, target, isMet }: GapScenario, ours: readonly GapRun[], plain: readonly GapRun[]): Row {
  const gaps = (all: readonly GapRun[]): readonly number[] =>
    all.flatMap(({ scenario, seen }) =>
      scenario === title && seen !== undefined ? [seen.longestGapMilliseconds] : [],
    );
  const failed = ours.some(({ scenario, failure }) => scenario === title && failure !== undefined);
  return {
    measured: title,
    target: `${target}, every time`,
    ours: range(gaps(ours)),
    reference: range(gaps(plain)),
    met: !failed && isMet(sample(gaps(ours)).max),
  };
}

/** What clients lost of what was acknowledged. */
export function lostRow(ours: readonly GapRun[], plain: readonly GapRun[]): Row {
  const words = (all: readonly GapRun[]): string => {
    const sum = (count: (seen: GapReport) => number): number =>
      all.reduce((total, { seen }) => total + (seen === undefined ? 0 : count(seen)), 0);
    return `${sum(({ lost }) => lost)} of ${sum(({ acknowledged }) => acknowledged)}`;
  };
  const measured = "acknowledged writes lost (replication is asynchronous)";
  return { measured, target: "", ours: words(ours), reference: words(plain), met: undefined };
}

/** Clusters that had to be made anew, and why. */
export function failures(who: string, all: readonly GapRun[]): readonly string[] {
  return all.flatMap(({ scenario, failure }) =>
    failure === undefined
      ? []
      : [`${who}, ${scenario}: did not become whole again and was made anew: ${failure}`],
  );
}
