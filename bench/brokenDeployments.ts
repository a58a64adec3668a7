import { BenchCluster } from "./benchCluster";
import { brokenCases, type BrokenCase } from "./brokenCases";
import { tenant, type BenchContext } from "./context";
import { nomadJobRun, type JobRun } from "./nomadJobRun";
import type { Findings, Row } from "./results";
import { secondsOf } from "./wording";

/** The longest that a broken deployment may go unnamed. */
const targetSeconds = 15;

/** How long `nomad job run` may take. */
const referenceSeconds = 60;

/** How one broken deployment ended. */
interface Ended {
  readonly broken: BrokenCase;
  /** From registering to the error. */
  readonly milliseconds: number;
  readonly message: string;
  readonly isNamed: boolean;
  readonly reference: JobRun;
}

/** From registering a job that can't come up to an error that names the cause, against `nomad job run`. */
export async function brokenDeployments(context: BenchContext): Promise<Findings> {
  const ended: Ended[] = [];
  for (const broken of brokenCases) {
    ended.push(await context.reporter.during(broken.title, () => deploy(context, broken)));
  }
  return {
    reference: "nomad job run",
    rows: ended.map(row),
    notes: [
      `From registering to the error; once each. nomad job run may take ${referenceSeconds} s, waiting for the deployment as it does by default.`,
      ...ended.flatMap(({ broken, isNamed, message }) =>
        isNamed ? [] : [`${broken.title}: the error doesn't name it: ${message.replace(/\s+/g, " ")}`],
      ),
    ],
    raw: ended.map(({ broken, ...rest }) => ({ cause: broken.title, ...rest })),
  };
}

function row({ broken, milliseconds, isNamed, reference }: Ended): Row {
  return {
    measured: broken.title,
    target: `at most ${targetSeconds} s`,
    ours: isNamed ? secondsOf(milliseconds) : `${secondsOf(milliseconds)}, another cause`,
    reference: referenceWords(reference),
    met: isNamed && milliseconds <= targetSeconds * 1000,
  };
}

function referenceWords({ endedMilliseconds, exitCode, namedMilliseconds }: JobRun): string {
  const end =
    endedMilliseconds === undefined
      ? `> ${referenceSeconds} s`
      : `${secondsOf(endedMilliseconds)}, exit ${exitCode ?? 0}`;
  return namedMilliseconds === undefined
    ? `${end}, no cause`
    : `${end}, cause shown at ${secondsOf(namedMilliseconds)}`;
}

async function deploy(context: BenchContext, broken: BrokenCase): Promise<Ended> {
  const settings = { members: 2, storage: { type: "ephemeral" }, ...broken.settings };
  const cluster = { ...tenant(context, "broken", settings), ...broken.change };
  const bench = new BenchCluster(context, cluster);
  const job = bench.jobspec({}, broken.imagePrefix?.(context.imagePrefix) ?? context.imagePrefix);
  try {
    await bench.prepare(broken.preparation);
    await broken.sabotage?.(bench);
    const registered = await bench.register(job);
    const message = await bench.waitForLeader(registered).then(() => "it came up", messageOf);
    const milliseconds = performance.now() - registered.at;
    await bench.stop();
    const reference = await nomadJobRun(context, job, broken.names, referenceSeconds);
    return { broken, milliseconds, message, isNamed: broken.names.test(message), reference };
  } finally {
    await bench.remove();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
