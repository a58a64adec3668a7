import type { BenchContext } from "./context";
import { readyRuns } from "./readyRuns";
import type { Findings, Row } from "./results";
import { range, secondsOf } from "./wording";
import { sample } from "./statistics";

/** How many times what it takes by hand a cluster may take. */
const targetRatio = 5;

/** From registering the job to a leader, and to all members streaming, against the same by hand. */
export async function readyTime(context: BenchContext): Promise<Findings> {
  const runs = await readyRuns(context);
  const ours = runs.ours.filter(({ kind }) => kind === "new");
  const again = runs.ours.filter(({ kind }) => kind === "data");
  const { byHand, plain } = runs;
  const row = (measured: string, part: "leaderMilliseconds" | "streamingMilliseconds"): Row => {
    const median = sample(ours.map((run) => run[part])).median;
    const floor = sample(byHand.map((run) => run[part]));
    const ratio = median / floor.median;
    return {
      measured,
      target: `at most ${targetRatio} times by hand (${secondsOf(targetRatio * floor.median)})`,
      ours: `${range(ours.map((run) => run[part]))}: ${ratio.toFixed(1)} times`,
      reference: range(floor.values),
      met: ratio <= targetRatio,
    };
  };
  const plainRatio =
    sample(plain.map((run) => run.streamingMilliseconds)).median /
    sample(byHand.map((run) => run.streamingMilliseconds)).median;
  return {
    reference: "by hand",
    rows: [
      row("register to leader, 3 members", "leaderMilliseconds"),
      row("register to all streaming", "streamingMilliseconds"),
      {
        measured: "the same again, on the data of before",
        target: "",
        ours: range(again.map((run) => run.streamingMilliseconds)),
        reference: "",
        met: undefined,
      },
    ],
    notes: [
      `${ours.length} runs; smallest / median / largest. By hand: initdb, start, two base backups, in one container of the same image.`,
      `A plain Nomad job (${plain.length} runs): leader ${range(plain.map((run) => run.leaderMilliseconds))}, ` +
        `all streaming ${range(plain.map((run) => run.streamingMilliseconds))}: ${plainRatio.toFixed(1)} times by hand.`,
    ],
    raw: runs,
  };
}
