import type { BenchContext } from "./context";
import { readyRuns } from "./readyRuns";
import type { Findings } from "./results";
import { sample } from "./statistics";

/** The latest that the wait may return after the cluster is ready, at the 95th percentile. */
const targetMilliseconds = 250;

/** From the moment that an independent observer sees everything ready to `PatroniLeader` returning. */
export async function lateness(context: BenchContext): Promise<Findings> {
  const { ours } = await readyRuns(context);
  const { values, min, median, p95, max } = sample(ours.map((run) => run.latenessMilliseconds));
  const milliseconds = [min, median, p95, max].map((value) => value.toFixed(0)).join(" / ");
  return {
    reference: "independent observer",
    rows: [
      {
        measured: "ready to PatroniLeader returning",
        target: `at most ${targetMilliseconds} ms at the 95th percentile`,
        ours: `${milliseconds} ms`,
        reference: "0 ms",
        met: p95 <= targetMilliseconds,
      },
    ],
    notes: [
      `${values.length} values; smallest / median / 95th percentile / largest. The observer looks every 15 ms at most; below 0 the wait was first.`,
    ],
    raw: values,
  };
}
