import { BenchCluster, type Registered } from "./benchCluster";
import { byHand, type ByHand } from "./byHand";
import { tenant, type BenchContext } from "./context";
import { observe } from "./observer";
import { plainJob, plainMembers } from "./plainJob";

/** One cluster coming up, in milliseconds from just before Nomad was asked. */
export interface ReadyRun {
  /** `new`: empty volumes. `data`: the same cluster again, job purged and registered anew, on its own data. */
  readonly kind: "new" | "data";
  readonly leaderMilliseconds: number;
  readonly streamingMilliseconds: number;
  readonly readyMilliseconds: number;
  /** From the moment that the observer sees everything ready to `PatroniLeader` returning. */
  readonly latenessMilliseconds: number;
}

/** All of them, and the references of the same run. */
export interface ReadyRuns {
  readonly ours: readonly ReadyRun[];
  readonly byHand: readonly ByHand[];
  /** The plain job, on empty volumes. */
  readonly plain: readonly { readonly leaderMilliseconds: number; readonly streamingMilliseconds: number }[];
}

/** How often the plain job comes up for each time that ours does: it is slow, and only stands for comparison. */
const plainShare = 0.3;

/** A plain job that takes longer than this isn't waited for. */
const secondsAtMost = 180;

const shared = new WeakMap<BenchContext, Promise<ReadyRuns>>();

/** The runs, made once for all sections that draw on them. */
export function readyRuns(context: BenchContext): Promise<ReadyRuns> {
  const runs = shared.get(context) ?? measure(context);
  shared.set(context, runs);
  return runs;
}

async function measure(context: BenchContext): Promise<ReadyRuns> {
  const count = context.runs(10);
  const ours: ReadyRun[] = [];
  const floor: ByHand[] = [];
  const plain: { leaderMilliseconds: number; streamingMilliseconds: number }[] = [];
  for (let run = 1; run <= count; run += 1) {
    await context.reporter.during(`cluster ${run} of ${count}`, async (note) => {
      note("by hand");
      floor.push(await byHand(context));
      note("from nothing, and again on its data");
      ours.push(...(await oneCluster(context)));
      if (run > Math.ceil(count * plainShare)) return;
      note("the plain job");
      plain.push(await onePlain(context));
    });
  }
  return { ours, byHand: floor, plain };
}

async function oneCluster(context: BenchContext): Promise<readonly ReadyRun[]> {
  const bench = new BenchCluster(context, tenant(context, "ready", { members: 3 }));
  try {
    await bench.prepare();
    const first = await comeUp(bench, "new");
    await bench.stop();
    return [first, await comeUp(bench, "data")];
  } finally {
    await bench.remove();
  }
}

async function comeUp(bench: BenchCluster, kind: ReadyRun["kind"]): Promise<ReadyRun> {
  const began = performance.now();
  const observing = observe(whatToSee(bench), bench.cluster.timeouts.leaderSeconds);
  // A wait that fails first says why; the observer would only say that it has seen nothing.
  observing.catch(() => undefined);
  const registered: Registered = await bench.register();
  await bench.waitForLeader(registered);
  const returnedAt = performance.now();
  const { leaderAt, streamingAt, readyAt } = await observing;
  if (leaderAt < began) throw new Error("a leader was seen before there was a job");
  return {
    kind,
    leaderMilliseconds: leaderAt - registered.at,
    streamingMilliseconds: streamingAt - registered.at,
    readyMilliseconds: readyAt - registered.at,
    latenessMilliseconds: returnedAt - readyAt,
  };
}

async function onePlain(context: BenchContext) {
  const bench = new BenchCluster(context, plainMembers(context));
  try {
    await bench.prepare();
    await context.api.consul("DELETE", `/v1/kv/${bench.folder}/config`);
    const { at } = await bench.register(plainJob(bench));
    const { leaderAt, streamingAt } = await observe(whatToSee(bench), secondsAtMost);
    return { leaderMilliseconds: leaderAt - at, streamingMilliseconds: streamingAt - at };
  } finally {
    await bench.remove();
  }
}

function whatToSee(bench: BenchCluster) {
  const { address } = bench.context.platform.consul;
  return { consulAddress: address, folder: bench.folder, members: bench.cluster.members };
}
