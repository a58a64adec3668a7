import { Client } from "pg";
import { ask } from "../lab/platform/http";
import { parseScopeKeys } from "../patroni/observed/consulKeys";
import type { BenchContext } from "./context";
import { GapSubject } from "./gapSubjects";
import { inContainer } from "./inContainer";
import type { Findings } from "./results";
import { range } from "./wording";

/** What the database holds, so that a copy takes longer than its overhead. */
const filledMegabytes = 512;

/** One time that a replica came back each way, in milliseconds. */
interface DivergedRun {
  /** From the diverged replica's first own write until every replica streams from the leader again. */
  readonly rewoundMilliseconds: number;
  /** Whether its files were still those of before: it was rewound, and not copied anew. */
  readonly wasRewound: boolean;
  /** From asking Patroni to copy the leader's data anew until every replica streams again. */
  readonly copiedMilliseconds: number;
  /** `pg_basebackup` of the same data in the same container, and nothing else. */
  readonly byHandMilliseconds: number;
}

/** How long a replica takes whose history diverged, and one that has to copy all, against `pg_basebackup` alone. */
export async function divergedReplica(context: BenchContext): Promise<Findings> {
  const runs = context.runs(5);
  const subject = GapSubject.ours(context);
  const done: DivergedRun[] = [];
  try {
    await context.reporter.during("ours comes up", () => subject.comeUp());
    await context.reporter.during(`${filledMegabytes} MB are written`, () => fill(subject));
    for (let run = 1; run <= runs; run += 1) {
      const measured = await context.reporter.during(`a diverged replica ${run} of ${runs}`, () =>
        measure(context, subject),
      );
      done.push(measured);
    }
  } finally {
    await subject.remove();
  }
  const byHand = range(done.map(({ byHandMilliseconds }) => byHandMilliseconds));
  const rewound = done.filter(({ wasRewound }) => wasRewound);
  return {
    reference: "pg_basebackup alone",
    rows: [
      {
        measured: "rewound: from its own write to streaming",
        target: "",
        ours: range(rewound.map(({ rewoundMilliseconds }) => rewoundMilliseconds)),
        reference: byHand,
        met: undefined,
      },
      {
        measured: "copied anew: from asking for it to streaming",
        target: "",
        ours: range(done.map(({ copiedMilliseconds }) => copiedMilliseconds)),
        reference: byHand,
        met: undefined,
      },
      {
        measured: "diverged replicas that were rewound, and not copied",
        target: "all",
        ours: `${rewound.length} of ${done.length}`,
        reference: "",
        met: rewound.length === done.length,
      },
    ],
    notes: [
      `Smallest / median / largest of ${runs} runs, 3 members with ${filledMegabytes} MB. The replica is promoted by hand and writes before Patroni finds out. pg_basebackup alone (-X stream -c fast) starts no PostgreSQL.`,
    ],
    raw: done,
  };
}

async function measure(context: BenchContext, subject: GapSubject): Promise<DivergedRun> {
  const { leader } = await subject.whole();
  const [leaderHost = "", leaderPort = ""] = leader.split(":");
  const node = context.settings.nodes.find(({ address }) => address !== leaderHost);
  if (node === undefined) throw new Error("the lab has no node but the leader's");
  const { id } = await subject.containerOn(node.name);
  const inside = (command: string): Promise<string> => inContainer(context, id, command);

  const copy = "/data/by-hand";
  const byHandBegan = performance.now();
  await inside(
    `PGPASSFILE=/dev/shm/pgpass pg_basebackup -D ${copy} -X stream -c fast -w -h ${leaderHost} -p ${leaderPort} -U "$(cut -d: -f4 /dev/shm/pgpass | head -n 1)"`,
  );
  const byHandMilliseconds = performance.now() - byHandBegan;
  await inside(`rm -rf ${copy}`);

  const file = "stat -c %i $PGDATA/PG_VERSION";
  const before = await inside(file);
  const rewindBegan = performance.now();
  await inside("pg_ctl -D $PGDATA -w promote");
  await writeAsOwn(subject, node.address);
  await subject.whole();
  const rewoundMilliseconds = performance.now() - rewindBegan;
  const wasRewound = (await inside(file)) === before;

  const copyBegan = performance.now();
  await reinitialize(subject, node.name);
  await inside(`while [ "$(${file} 2>/dev/null)" = ${before} ]; do sleep 0.05; done`);
  await subject.whole();
  return {
    rewoundMilliseconds,
    wasRewound,
    copiedMilliseconds: performance.now() - copyBegan,
    byHandMilliseconds,
  };
}

async function fill(subject: GapSubject): Promise<void> {
  const { leader } = await subject.whole();
  const [host = "", port = ""] = leader.split(":");
  const client = new Client({
    host,
    port: Number(port),
    database: "postgres",
    ...(await subject.bench.superuser()),
  });
  await client.connect();
  try {
    await client.query("create table filling (line text)");
    for (let megabytes = 0; megabytes < filledMegabytes; megabytes += 16)
      await client.query("insert into filling select repeat('x', 1000) from generate_series(1, 16 * 1024)");
    await client.query("checkpoint");
  } finally {
    await client.end();
  }
}

/** Writes to a member that was promoted by hand, in the moment that Patroni lets it be. */
async function writeAsOwn(subject: GapSubject, host: string): Promise<void> {
  const endpoint = (await subject.endpoints()).find((one) => one.host === host);
  if (endpoint === undefined) throw new Error(`no member listens on ${host}`);
  const client = new Client({ ...endpoint, database: "postgres", ...(await subject.bench.superuser()) });
  // Patroni ends it when it finds out.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("insert into filling values ('of its own')");
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Asks a member's Patroni to copy the leader's data anew. @throws with its words when it doesn't */
async function reinitialize({ bench }: GapSubject, member: string): Promise<void> {
  const keys = parseScopeKeys(
    `${bench.folder}/`,
    await bench.context.api.consul("GET", `/v1/kv/${bench.folder}/?recurse`),
  );
  const apiUrl = keys.members.find(({ name }) => name === member)?.apiUrl;
  if (apiUrl === undefined) throw new Error(`${member} has no REST API`);
  const body = { force: true, from_leader: true };
  const { status, text } = await ask(`${apiUrl}/reinitialize`, { method: "POST", body, timeoutSeconds: 30 });
  if (status !== 200) throw new Error(`Patroni says: ${text} (${status})`);
}
