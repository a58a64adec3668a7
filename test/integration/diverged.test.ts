import assert from "node:assert/strict";
import { consoleReporter } from "../../lab/report";
import { query, superuser } from "../support/database";
import { labEngine } from "../support/memberImage";
import { describeWith } from "../support/needs";
import {
  ensureClusterImage,
  labCluster,
  onVolumes,
  RealCluster,
  realClusterNeeds,
} from "../support/realCluster";
import { eventually } from "../support/waiting";
import { whileWriting } from "../support/whileWriting";
import { taskLog, untilWhole, type WholeMember } from "../support/wholeCluster";

const reporter = consoleReporter();

describeWith("a leader that was cut off with WAL that nobody else has", realClusterNeeds, function () {
  this.timeout(300_000);
  this.slow(120_000);
  let cluster: RealCluster;

  before(async function () {
    this.timeout(900_000);
    await ensureClusterImage();
    const whole = labCluster("diverged", { members: 3, ...onVolumes("diverged") });
    const kept = { wal_keep_size: "0", max_slot_wal_keep_size: "16MB" };
    cluster = new RealCluster({
      ...whole,
      parameters: { ...whole.parameters, ...kept, min_wal_size: "32MB", max_wal_size: "32MB" },
      // One that is further behind takes over from nobody, and the cluster waits for the leader that was cut off.
      patroni: { ...whole.patroni, maxLagBytes: 2 ** 30 },
    });
    await cluster.remove();
    for (const node of ["node1", "node2", "node3"]) await cluster.makeVolume(node);
    await cluster.start();
    const { leader } = await untilWhole(cluster);
    await ask(leader, "create table lonely (line text)");
  });
  after(async () => {
    await cluster.remove();
  });

  async function ask(member: WholeMember, sql: string): Promise<readonly Record<string, unknown>[]> {
    return query(member, await superuser(cluster.cluster.name), sql);
  }

  /** Freezes a member's container. On a busy machine Docker's freezer gives up now and then. */
  async function freeze({ allocation, name }: WholeMember): Promise<void> {
    const pause = async () =>
      labEngine()
        .getContainer(`patroni-${allocation}`)
        .pause()
        .then(() => true as const);
    await eventually(`${name} is frozen`, pause, { timeoutSeconds: 30 });
  }

  async function thaw({ allocation }: WholeMember): Promise<void> {
    await labEngine().getContainer(`patroni-${allocation}`).unpause();
  }

  /**
   * Has the leader write what no replica gets, then cuts it off until another leads and has been written to, and lets it
   * come back. Returns the former leader when every member streams again.
   */
  async function cutOff(write: (leader: WholeMember) => Promise<void>): Promise<WholeMember> {
    const before = await untilWhole(cluster);
    const replicas = before.members.filter(({ name }) => name !== before.leader.name);
    for (const replica of replicas) await freeze(replica);
    try {
      // What was sent already would reach them.
      await ask(before.leader, "select pg_terminate_backend(pid) from pg_stat_replication");
      await write(before.leader);
      await freeze(before.leader);
    } finally {
      for (const replica of replicas) await thaw(replica);
    }
    const began = performance.now();
    let after = before;
    try {
      await eventually("another leads", async (saw) => another(replicas, saw), { timeoutSeconds: 90 });
      const seen = await whileWriting(cluster.cluster.name, async () => {
        await thaw(before.leader);
        after = await untilWhole(cluster);
      });
      assert.equal(seen.lost, 0);
    } finally {
      await thaw(before.leader).catch(() => undefined);
    }
    assert.notEqual(after.leader.name, before.leader.name);
    assert.ok(after.timeline > before.timeline);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    reporter.say(`${before.leader.name} streamed ${seconds} s after it was cut off`);
    for (const member of after.members)
      assert.deepEqual(await ask(member, "select count(*)::int as lines from lonely"), [{ lines: 0 }]);
    return before.leader;
  }

  async function another(
    replicas: readonly WholeMember[],
    saw: (state: unknown) => void,
  ): Promise<true | undefined> {
    const answers = await Promise.all(
      replicas.map(({ apiUrl }) => fetch(`${apiUrl}/primary`, { signal: AbortSignal.timeout(2000) })),
    );
    saw(answers.map(({ status }) => status));
    return answers.some(({ ok }) => ok) ? true : undefined;
  }

  /** What a member's task has said from a line on. */
  async function saidSince(member: WholeMember, length: number): Promise<string> {
    return (await taskLog(member.allocation)).slice(length);
  }

  it("comes back as a replica, rewound", async () => {
    const { leader } = await untilWhole(cluster);
    const { length } = await taskLog(leader.allocation);
    const former = await cutOff(async (cut) => {
      await ask(cut, "insert into lonely select 'x' from generate_series(1, 1000)");
    });
    const log = await saidSince(former, length);
    assert.match(log, /pg_rewind exit code=0/);
    assert.doesNotMatch(log, /bootstrap(ped)? from leader/);
  });

  it("comes back as a fresh copy where what a rewind needs is gone", async () => {
    const { leader } = await untilWhole(cluster);
    const { length } = await taskLog(leader.allocation);
    const former = await cutOff(async (cut) => {
      for (let round = 0; round < 8; round += 1) {
        await ask(cut, "insert into lonely select repeat('x', 1000) from generate_series(1, 20000)");
        await ask(cut, "select pg_switch_wal()");
        await ask(cut, "checkpoint");
      }
    });
    const log = await saidSince(former, length);
    assert.match(log, /pg_rewind exit code=1/);
    assert.match(log, /Removing data directory/);
    assert.match(log, /bootstrapped from leader/);
  });
});
