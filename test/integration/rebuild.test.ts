import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { consoleReporter } from "../../lab/report";
import { query, superuser } from "../support/database";
import { labEngine } from "../support/memberImage";
import { describeWith } from "../support/needs";
import {
  ensureClusterImage,
  labCluster,
  nomad,
  onVolumes,
  RealCluster,
  realClusterNeeds,
} from "../support/realCluster";
import { eventually } from "../support/waiting";
import { taskLog, untilWhole, type WholeCluster, type WholeMember } from "../support/wholeCluster";

const reporter = consoleReporter();
const limitSeconds = 30;
const dataDirectory = "/data/postgres-17";

describeWith("a member that is stuck", realClusterNeeds, function () {
  this.timeout(300_000);
  this.slow(120_000);
  let cluster: RealCluster;

  before(async function () {
    this.timeout(900_000);
    await ensureClusterImage();
    const whole = labCluster("stuck", { members: 3, ...onVolumes("stuck") });
    // So that a replica that is away for a moment is away for too long.
    const kept = { wal_keep_size: "0", max_slot_wal_keep_size: "16MB" };
    cluster = new RealCluster({
      ...whole,
      parameters: { ...whole.parameters, ...kept, min_wal_size: "32MB", max_wal_size: "32MB" },
      patroni: { ...whole.patroni, rebuildStuckAfterSeconds: limitSeconds },
    });
    await cluster.remove();
    for (const node of ["node1", "node2", "node3"]) await cluster.makeVolume(node);
    await cluster.start();
    const { leader } = await untilWhole(cluster);
    await ask(leader, "create table filler (line text)");
  });
  after(async () => {
    await cluster.remove();
  });

  async function ask(member: WholeMember, sql: string): Promise<readonly Record<string, unknown>[]> {
    return query(member, await superuser(cluster.cluster.name), sql);
  }

  /** Runs a command in a member's container, and returns what it says. */
  async function inside({ allocation }: WholeMember, ...Cmd: string[]): Promise<string> {
    const container = labEngine().getContainer(`patroni-${allocation}`);
    const run = await container.exec({ Cmd, AttachStdout: true, AttachStderr: true, Tty: true });
    return text(await run.start({ Tty: true }));
  }

  /** Makes a replica need WAL that the leader has thrown away. */
  async function loseWal({ leader }: WholeCluster, replica: WholeMember): Promise<void> {
    const container = labEngine().getContainer(`patroni-${replica.allocation}`);
    // On a busy machine Docker's freezer gives up now and then.
    const freeze = async () => container.pause().then(() => true as const);
    await eventually("the replica's container is frozen", freeze, { timeoutSeconds: 30 });
    try {
      // While it can still be written to: the leader's checkpoint waits for a sender that hangs.
      await ask(
        leader,
        `select pg_terminate_backend(pid) from pg_stat_replication where application_name = '${replica.name}'`,
      );
      const gone = async (saw: (state: unknown) => void): Promise<true | undefined> => {
        await ask(leader, "insert into filler select repeat('x', 1000) from generate_series(1, 20000)");
        await ask(leader, "select pg_switch_wal()");
        await ask(leader, "checkpoint");
        const slots = await ask(
          leader,
          `select wal_status from pg_replication_slots where slot_name = '${replica.name}'`,
        );
        saw(slots);
        return slots.every(({ wal_status }) => wal_status === "lost") ? true : undefined;
      };
      await eventually(`the WAL for ${replica.name} goes`, gone, {
        timeoutSeconds: 60,
        intervalMilliseconds: 10,
      });
    } finally {
      await container.unpause();
    }
  }

  /** The log of a member once it holds the words; all of it. */
  async function says({ allocation }: WholeMember, words: RegExp): Promise<string> {
    const look = async (saw: (state: unknown) => void): Promise<string | undefined> => {
      const log = await taskLog(allocation);
      saw(log.slice(-2000));
      return words.test(log) ? log : undefined;
    };
    return eventually(`the words ${words}`, look, { timeoutSeconds: 120, intervalMilliseconds: 500 });
  }

  const count = (log: string, words: RegExp): number => log.split(words).length - 1;

  let rebuilt: WholeMember;

  it("copies the leader's data anew by itself when it needs WAL that is gone, and says why first", async () => {
    const whole = await untilWhole(cluster);
    const [first] = whole.members.filter(({ name }) => name !== whole.leader.name);
    assert.ok(first !== undefined);
    rebuilt = first;
    await loseWal(whole, rebuilt);
    const began = performance.now();
    const log = await says(rebuilt, /rebuild of \S+: reinitialize started/);
    const asked = performance.now();
    await untilWhole(cluster);
    const [limit, copied] = [asked - began, performance.now() - asked].map((ms) => (ms / 1000).toFixed(1));
    reporter.say(`${rebuilt.name} asked for its rebuild after ${limit} s and streamed ${copied} s later`);
    const { name } = rebuilt;
    const leader = whole.leader.name;
    for (const line of [
      `stuck: ${name} since \\S+ \\S+ UTC: it doesn't stream from ${leader}; rebuilds itself at`,
      `rebuild of ${name}: stuck since \\S+ \\S+ UTC, for \\d+ s: it doesn't stream from ${leader}`,
      `rebuild of ${name}: leader ${leader}: timeline 1, LSN \\w+/\\w+, system identifier \\d{19}`,
      `rebuild of ${name}: ${name}: timeline 1, received \\w+/\\w+, replayed \\w+/\\w+, safe in its data \\w+/\\w+, system identifier \\d{19}`,
      `rebuild of ${name}: its log: .*requested WAL segment \\w+ has already been removed`,
    ])
      assert.match(log, new RegExp(line));
    const rows = async (member: WholeMember) => (await ask(member, "select count(*) from filler"))[0];
    assert.deepEqual(await rows(rebuilt), await rows(whole.leader));
    assert.equal(count(await taskLog(rebuilt.allocation), /reinitialize started/), 1);
  });

  it("isn't rebuilt another time when it gets stuck again, a restart of its container included", async () => {
    const whole = await untilWhole(cluster);
    await inside(rebuilt, "touch", `${dataDirectory}/of-before`);
    await loseWal(whole, rebuilt);
    const words = /isn't rebuilt: it was once already, and got stuck again/;
    const log = await says(rebuilt, words);
    assert.match(log, /stuck: \S+: its log: .*requested WAL segment \w+ has already been removed/);
    assert.match(log, /before the rebuild of \S+: leader \S+: timeline 1, LSN/);
    await nomad("PUT", `/v1/client/allocation/${rebuilt.allocation}/restart`, { TaskName: "patroni" });
    const twice = new RegExp(`${words.source}[^]*postmaster pid=[^]*${words.source}`);
    assert.equal(count(await says(rebuilt, twice), /reinitialize started/), 1);
    assert.match(await inside(rebuilt, "ls", dataDirectory), /of-before/);
    // As `npm run reinit` asks for it.
    const body = JSON.stringify({ force: true });
    const answer = await fetch(`${rebuilt.apiUrl}/reinitialize`, { method: "POST", body });
    assert.equal(answer.status, 200, await answer.text());
    await untilWhole(cluster);
    assert.doesNotMatch(await inside(rebuilt, "ls", dataDirectory), /of-before/);
  });

  it("is rebuilt when its PostgreSQL doesn't start any more", async () => {
    const { leader, members } = await untilWhole(cluster);
    const broken = members.find(({ name }) => name !== leader.name && name !== rebuilt.name);
    assert.ok(broken !== undefined);
    const damage = `rm ${dataDirectory}/global/pg_filenode.map; kill -9 $(head -1 ${dataDirectory}/postmaster.pid)`;
    await inside(broken, "sh", "-c", damage);
    const log = await says(broken, /rebuild of \S+: reinitialize started/);
    assert.match(log, /rebuild of \S+: its log: .*pg_filenode\.map/);
    await untilWhole(cluster);
  });
});
