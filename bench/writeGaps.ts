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
interface GapRun extends GapReport {
  readonly scenario: string;
  /** When it happened, in milliseconds since the epoch. */
  readonly happenedAt: number;
  /** Until every replica streamed again; undefined when that didn't happen, and the cluster was made anew. */
  readonly wholeAgainMilliseconds: number | undefined;
}

/** The longest time without a write while things happen to a cluster, against the plain job. */
export async function writeGaps(context: BenchContext): Promise<Findings> {
  const runs = context.runs(5);
  const ours = await interruptAll(context, "ours", GapSubject.ours(context), runs);
  const plain = await interruptAll(context, "plain job", GapSubject.plain(context), Math.ceil(runs / 2));
  return {
    reference: "plain job",
    rows: [...gapScenarios.map((scenario) => row(scenario, ours, plain)), lostRow(ours, plain)],
    notes: [
      `The longest time between two writes that succeeded, of a client that writes every 20 ms: smallest / median / largest of ${runs} runs (plain job: ${Math.ceil(runs / 2)}).`,
      ...[ours, plain].flatMap((all, index) => brokenNotes(index === 0 ? "ours" : "plain job", all)),
    ],
    raw: { ours, plain },
  };
}

async function interruptAll(
  context: BenchContext,
  title: string,
  subject: GapSubject,
  runs: number,
): Promise<readonly GapRun[]> {
  const done: GapRun[] = [];
  try {
    await context.reporter.during(`${title} comes up`, () => subject.comeUp());
    for (const scenario of gapScenarios) {
      for (let run = 1; run <= runs; run += 1) {
        const what = `${title}: ${scenario.title} ${run} of ${runs}`;
        done.push(await context.reporter.during(what, () => interrupt(context, subject, scenario)));
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
  try {
    const began = performance.now();
    const happenedAt = Date.now();
    const untilWrites = () => writer.writesAfter(performance.now(), writesBackMilliseconds);
    await scenario.happen(context, subject, node, untilWrites);
    const isWhole = await subject.whole().then(
      () => true,
      () => false,
    );
    const wholeAgainMilliseconds = isWhole ? performance.now() - began : undefined;
    const report = await writer.stop();
    if (!isWhole) {
      await subject.remove();
      await subject.comeUp();
    }
    return { scenario: scenario.title, happenedAt, wholeAgainMilliseconds, ...report };
  } finally {
    await writer.end();
  }
}

function row({ title, target, isMet }: GapScenario, ours: readonly GapRun[], plain: readonly GapRun[]): Row {
  const gaps = (all: readonly GapRun[]): readonly number[] =>
    all.flatMap(({ scenario, longestGapMilliseconds: gap }) => (scenario === title ? [gap] : []));
  return {
    measured: title,
    target: `${target}, every time`,
    ours: range(gaps(ours)),
    reference: range(gaps(plain)),
    met: isMet(sample(gaps(ours)).max),
  };
}

function lostRow(ours: readonly GapRun[], plain: readonly GapRun[]): Row {
  const words = (all: readonly GapRun[]): string => {
    const sum = (count: (run: GapRun) => number): number => all.reduce((total, run) => total + count(run), 0);
    return `${sum(({ lost }) => lost)} of ${sum(({ acknowledged }) => acknowledged)}`;
  };
  const measured = "acknowledged writes lost (asynchronous)";
  return { measured, target: "", ours: words(ours), reference: words(plain), met: undefined };
}

function brokenNotes(who: string, all: readonly GapRun[]): readonly string[] {
  return all.flatMap(({ scenario, wholeAgainMilliseconds }) =>
    wholeAgainMilliseconds === undefined
      ? [`${who}, ${scenario}: a replica didn't come back within 4 min, and the cluster was made anew.`]
      : [],
  );
}
