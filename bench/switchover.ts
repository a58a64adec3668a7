import type { BenchContext } from "./context";
import { switchoverScenario } from "./gapScenarios";
import { GapSubject } from "./gapSubjects";
import type { Findings } from "./results";
import { sample } from "./statistics";
import { medianAnd95th, secondsOf } from "./wording";
import { failures, interruptAll, lostRow, type GapRun } from "./writeGaps";

/** The longest time without a write while a leader hands over in order, against the plain job. */
export async function switchover(context: BenchContext): Promise<Findings> {
  const { title, target, isMet } = switchoverScenario;
  const runs = context.runs(20);
  const plainRuns = Math.ceil(runs / 2);
  const ours = await interruptAll(context, "ours", GapSubject.ours(context), [switchoverScenario], runs);
  const plain = await interruptAll(
    context,
    "plain job",
    GapSubject.plain(context),
    [switchoverScenario],
    plainRuns,
  );
  const gaps = longestGaps(ours);
  const whole = (all: readonly GapRun[]): readonly number[] =>
    all.flatMap(({ wholeAgainMilliseconds }) => wholeAgainMilliseconds ?? []);
  return {
    reference: "plain job",
    rows: [
      {
        measured: `${title}: longest gap, median and 95th percentile`,
        target: `${target} at the 95th percentile`,
        ours: medianAnd95th(gaps),
        reference: medianAnd95th(longestGaps(plain)),
        met: gaps.length === runs && isMet(sample(gaps).p95),
      },
      {
        measured: "the longest of them",
        target: "",
        ours: largest(gaps),
        reference: largest(longestGaps(plain)),
        met: undefined,
      },
      {
        measured: "until every replica streams again, median and 95th percentile",
        target: "",
        ours: medianAnd95th(whole(ours)),
        reference: medianAnd95th(whole(plain)),
        met: undefined,
      },
      lostRow(ours, plain),
    ],
    notes: [
      `${runs} runs (plain job: ${plainRuns}); of a client that writes every 20 ms, and tries every member in turn when it loses its connection.`,
      ...failures("ours", ours),
      ...failures("plain job", plain),
    ],
    raw: { ours, plain },
  };
}

function longestGaps(all: readonly GapRun[]): readonly number[] {
  return all.flatMap(({ seen, failure }) =>
    seen === undefined || failure !== undefined ? [] : [seen.longestGapMilliseconds],
  );
}

function largest(milliseconds: readonly number[]): string {
  return milliseconds.length === 0 ? "not measured" : secondsOf(sample(milliseconds).max);
}
