import { Client } from "pg";
import { dynamicConfig } from "../patroni/dynamicConfig";
import { documentText, parseDocument } from "../patroni/configDocument";
import { provider as configProvider } from "../providers/config/provider";
import type { BenchCluster } from "./benchCluster";
import type { BenchContext } from "./context";
import { GapSubject } from "./gapSubjects";
import { pause } from "./pause";
import { configInputs } from "./providerInputs";
import type { Findings } from "./results";
import { sample } from "./statistics";
import { medianAnd95th } from "./wording";

/** What "every member has it, and it is known" is aimed at. */
const targetMilliseconds = 2000;

/** How long a change may take before the bench gives up; Patroni's default loop_wait alone is 10 s. */
const appliedWithinMilliseconds = 60_000;

/** From one question to the next, to each member. */
const everyMilliseconds = 10;

/** A change that is said to be in effect so much before it is seen was said too early; less is the bench's own. */
const toleranceMilliseconds = 100;

/** One change, in milliseconds from its beginning. */
interface ReloadRun {
  /** Until every member's PostgreSQL ran with the new value. */
  readonly appliedMilliseconds: number;
  /** Until whoever made the change said so. */
  readonly saidMilliseconds: number;
}

/** Changes `work_mem`, and comes back when it is known to be in effect, as far as this way can know it. */
type Change = (workMem: string) => Promise<void>;

/** Changing a parameter that needs no restart, on three members: with the provider, and as `patronictl` does. */
export async function parameterReload(context: BenchContext): Promise<Findings> {
  const runs = context.runs(20);
  const plainRuns = Math.ceil(runs / 2);
  const ours = await changeRepeatedly(context, "ours", GapSubject.ours(context), byProvider, runs);
  const plain = await changeRepeatedly(context, "plain job", GapSubject.plain(context), byKey, plainRuns);
  const said = ours.map(({ saidMilliseconds }) => saidMilliseconds);
  const applied = (all: readonly ReloadRun[]): string =>
    medianAnd95th(all.map(({ appliedMilliseconds }) => appliedMilliseconds));
  const early = ours.filter(
    ({ saidMilliseconds, appliedMilliseconds }) =>
      saidMilliseconds + toleranceMilliseconds < appliedMilliseconds,
  ).length;
  return {
    reference: "plain job, patronictl edit-config",
    rows: [
      {
        measured: "until every member runs with the new value, median and 95th percentile",
        target: "",
        ours: applied(ours),
        reference: applied(plain),
        met: undefined,
      },
      {
        measured: "until PatroniConfig says so, median and 95th percentile",
        target: "less than 2 s at the 95th percentile",
        ours: medianAnd95th(said),
        reference: "never says",
        met: sample(said).p95 < targetMilliseconds,
      },
      {
        measured: "said before every member had it",
        target: "never",
        ours: `${early} of ${ours.length}`,
        reference: "",
        met: early === 0,
      },
    ],
    notes: [
      `work_mem on 3 members, ${runs} runs (plain job: ${plainRuns}), each at another moment of Patroni's cycle. PostgreSQL itself is asked every ${everyMilliseconds} ms, on connections that are open.`,
      "patronictl edit-config writes the key in Consul and is done; its change is in effect when each member's next cycle has seen it.",
    ],
    raw: { ours, plain },
  };
}

async function changeRepeatedly(
  context: BenchContext,
  title: string,
  subject: GapSubject,
  changeOf: (bench: BenchCluster) => Change,
  runs: number,
): Promise<readonly ReloadRun[]> {
  const done: ReloadRun[] = [];
  try {
    await context.reporter.during(`${title} comes up`, () => subject.comeUp());
    const change = changeOf(subject.bench);
    for (let run = 1; run <= runs; run += 1) {
      // Not in step with Patroni's cycles, which begin with what the run before had them do.
      await pause(1000 + 370 * (run % 7));
      // A number of kB that isn't a whole number of MB is shown as it was set.
      const workMem = `${5000 + run}kB`;
      const what = `${title}: change ${run} of ${runs}`;
      done.push(await context.reporter.during(what, () => measure(subject, change, workMem)));
    }
    return done;
  } finally {
    await subject.remove();
  }
}

async function measure(subject: GapSubject, change: Change, workMem: string): Promise<ReloadRun> {
  const members = await connectAll(subject);
  try {
    const began = performance.now();
    const since = (): number => performance.now() - began;
    const [appliedMilliseconds, saidMilliseconds] = await Promise.all([
      Promise.all(members.map((member) => runsWith(member, workMem))).then(since),
      change(workMem).then(since),
    ]);
    return { appliedMilliseconds, saidMilliseconds };
  } finally {
    await Promise.all(members.map((member) => member.end().catch(() => undefined)));
  }
}

/** A connection to each of the members. @throws when one of them isn't to be had */
async function connectAll(subject: GapSubject): Promise<readonly Client[]> {
  const [endpoints, credentials] = await Promise.all([subject.endpoints(), subject.bench.superuser()]);
  const wanted = subject.bench.cluster.members;
  if (endpoints.length !== wanted)
    throw new Error(`Consul's catalog has ${endpoints.length} members, not ${wanted}`);
  return Promise.all(
    endpoints.map(async (endpoint) => {
      const client = new Client({ ...endpoint, ...credentials, database: "postgres" });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    }),
  );
}

/** Waits until a member's PostgreSQL has the value. @throws at the deadline */
async function runsWith(member: Client, workMem: string): Promise<void> {
  const deadline = performance.now() + appliedWithinMilliseconds;
  for (;;) {
    const { rows } = await member.query<{ value: string }>("select current_setting('work_mem') as value");
    if (rows[0]?.value === workMem) return;
    if (performance.now() > deadline)
      throw new Error(`work_mem is still ${rows[0]?.value ?? "unknown"}, not ${workMem}`);
    await pause(everyMilliseconds);
  }
}

/** As `pulumi up` does it. */
function byProvider(bench: BenchCluster): Change {
  const inputs = (parameters: object) =>
    configInputs(
      bench,
      dynamicConfig({ ...bench.cluster, parameters: { ...bench.cluster.parameters, ...parameters } }),
    );
  let state: unknown = { ...inputs({}), modifyIndex: 0, ready: true };
  return async (workMem) => {
    const updated = await configProvider.update(bench.folder, state, inputs({ work_mem: workMem }));
    state = updated.outs as unknown;
  };
}

/** As `patronictl edit-config` does it (`edit_config` in patroni/ctl.py): a new value of the key, and no more. */
function byKey({ context: { api }, folder }: BenchCluster): Change {
  const key = `/v1/kv/${folder}/config`;
  return async (workMem) => {
    const document = parseDocument(JSON.stringify(await api.consul("GET", `${key}?raw`))) ?? {};
    const postgresql = document["postgresql"] as { readonly parameters?: object } | undefined;
    const parameters = { ...postgresql?.parameters, work_mem: workMem };
    const changed = parseDocument(JSON.stringify({ ...document, postgresql: { ...postgresql, parameters } }));
    await api.consul("PUT", key, documentText(changed ?? {}));
  };
}
