import type { Client } from "pg";
import { holds, notYet, waitUntil } from "../lab/platform/waiting";
import { comebackIn, type Comeback } from "./comeback";
import type { BenchContext } from "./context";
import { cutOffLeader, withLeader } from "./cutOff";
import { GapSubject } from "./gapSubjects";
import { inContainer } from "./inContainer";
import type { Findings, Row } from "./results";
import { sample } from "./statistics";
import { range } from "./wording";

/** What is written into the database, in MiB, so that a copy takes longer than what comes with it. */
const filledMebibytes = 512;

/** Keeps little WAL, so that a leader that writes alone has soon thrown away what a rewind needs. */
const settings = {
  parameters: {
    wal_keep_size: "16MB",
    max_slot_wal_keep_size: "64MB",
    min_wal_size: "32MB",
    max_wal_size: "64MB",
  },
  // One that is further behind takes over from nobody, and the cluster waits for the leader that was cut off.
  patroni: { maxLagBytes: 2 ** 30 },
};

/** A way to diverge: what the leader writes alone, and how it has to come back from that. */
interface Divergence {
  readonly title: string;
  readonly expected: Comeback;
  readonly write: (leader: Client) => Promise<void>;
}

const divergences: readonly Divergence[] = [
  {
    title: "it wrote 16 MiB alone: rewound",
    expected: "rewound",
    write: async (leader) => fill(leader, 16),
  },
  {
    title: "it no longer has the WAL that a rewind needs: copied anew",
    expected: "copied",
    write: async (leader) => {
      for (let round = 0; round < 12; round += 1) {
        await fill(leader, 16);
        await leader.query("select pg_switch_wal()");
        await leader.query("checkpoint");
      }
    },
  },
];

/** One time that a former leader came back, in milliseconds. */
interface DivergedRun {
  readonly divergence: string;
  /** From letting it go on, while another leads, until every replica streams. */
  readonly backMilliseconds: number;
  readonly comeback: Comeback;
  /** `pg_basebackup` of the same data in the same container afterwards, and nothing else. */
  readonly byHandMilliseconds: number;
  /** What that copy took on the disk, in MiB. */
  readonly copiedMebibytes: number;
}

/** How long a leader that was cut off and wrote alone takes to stream from its successor, against `pg_basebackup`. */
export async function divergedReplica(context: BenchContext): Promise<Findings> {
  const runs = context.runs(5);
  const subject = GapSubject.ours(context, settings);
  const done: DivergedRun[] = [];
  try {
    await context.reporter.during("ours comes up", () => subject.comeUp());
    await context.reporter.during(`${filledMebibytes} MiB are written`, () => fillAll(subject));
    for (let run = 1; run <= runs; run += 1) {
      for (const divergence of divergences) {
        const what = `${divergence.title}, ${run} of ${runs}`;
        done.push(await context.reporter.during(what, () => measure(subject, divergence)));
      }
    }
  } finally {
    await subject.remove();
  }
  const mebibytes = sample(done.map(({ copiedMebibytes }) => copiedMebibytes));
  return {
    reference: "pg_basebackup alone",
    rows: divergences.flatMap((divergence) => rowsOf(divergence, done)),
    notes: [
      `Smallest / median / largest of ${runs} runs. The leader of 3 members is frozen with WAL that nobody else has; from its going on, while another leads, until all stream.`,
      `The data are ${mebibytes.median} MiB. pg_basebackup (-X stream -c fast) copies them to the same node and starts no PostgreSQL.`,
    ],
    raw: done,
  };
}

function rowsOf({ title, expected }: Divergence, done: readonly DivergedRun[]): readonly Row[] {
  const runs = done.filter(({ divergence }) => divergence === title);
  const asExpected = runs.filter(({ comeback }) => comeback === expected);
  return [
    {
      measured: title,
      target: "",
      ours: range(asExpected.map(({ backMilliseconds }) => backMilliseconds)),
      reference: range(runs.map(({ byHandMilliseconds }) => byHandMilliseconds)),
      met: undefined,
    },
    {
      measured: `came back ${expected}`,
      target: "every time",
      ours: `${asExpected.length} of ${runs.length}`,
      reference: "",
      met: asExpected.length === runs.length,
    },
  ];
}

async function measure(subject: GapSubject, { title, write }: Divergence): Promise<DivergedRun> {
  const { docker } = subject.bench.context;
  const { container, thaw } = await cutOffLeader(subject, write);
  const began = performance.now();
  const since = Math.floor(Date.now() / 1000);
  await thaw();
  const { leader } = await subject.whole();
  const backMilliseconds = performance.now() - began;
  const log = await docker.getContainer(container).logs({ stdout: true, stderr: true, since });
  const comeback = comebackIn(log.toString("utf8"));
  return { divergence: title, backMilliseconds, comeback, ...(await copyByHand(subject, container, leader)) };
}

/** Copies the leader's data beside a member's own, and takes the copy away. */
async function copyByHand(
  { bench }: GapSubject,
  container: string,
  leader: string,
): Promise<Pick<DivergedRun, "byHandMilliseconds" | "copiedMebibytes">> {
  const [host = "", port = ""] = leader.split(":");
  const { user, password } = await bench.superuser();
  const copy = "/data/by-hand";
  const inside = (command: string): Promise<string> =>
    inContainer(bench.context, container, command, { PGPASSWORD: password });
  try {
    const began = performance.now();
    await inside(`pg_basebackup -D ${copy} -X stream -c fast -w -h ${host} -p ${port} -U ${user}`);
    const byHandMilliseconds = performance.now() - began;
    const copiedMebibytes = Number(await inside(`du -sm ${copy} | cut -f 1`));
    return { byHandMilliseconds, copiedMebibytes };
  } finally {
    await inside(`rm -rf ${copy}`);
  }
}

/** Writes the data, in pieces that every replica has before the next one comes: slots keep little for them. */
async function fillAll(subject: GapSubject): Promise<void> {
  const { leader } = await subject.whole();
  await withLeader(subject, leader, async (client) => {
    await client.query("create table filling (line text)");
    for (let written = 0; written < filledMebibytes; written += 16) {
      await fill(client, 16);
      await untilSent(client);
    }
    await client.query("checkpoint");
  });
}

async function fill(leader: Client, mebibytes: number): Promise<void> {
  await leader.query("insert into filling select repeat('x', 1000) from generate_series(1, $1::int * 1024)", [
    mebibytes,
  ]);
}

/** Waits until every replica has flushed what the leader has written. */
async function untilSent(leader: Client): Promise<void> {
  const behind = "select count(*)::int as count from pg_stat_replication where flush_lsn < $1::pg_lsn";
  const { rows } = await leader.query<{ lsn: string }>("select pg_current_wal_lsn()::text as lsn");
  const look = async () => {
    const [row] = (await leader.query<{ count: number }>(behind, [rows[0]?.lsn])).rows;
    return row?.count === 0 ? holds : notYet(`${row?.count ?? "no"} replicas are behind`);
  };
  await waitUntil(look, { withinSeconds: 60 });
}
