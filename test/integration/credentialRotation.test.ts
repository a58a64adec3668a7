import assert from "node:assert/strict";
import { GapWriter, type GapReport } from "../../bench/gapWriter";
import { consoleReporter } from "../../lab/report";
import { fields, number } from "../../patroni/observed/json";
import { rotationMarks, versionVariable } from "../../patroni/rotation";
import { CredentialRotation, type CredentialRotationArgs } from "../../providers/credentialRotation";
import { query } from "../support/database";
import { DynamicProvider, registeredInputs } from "../support/dynamicProviderProcess";
import { describeWith } from "../support/needs";
import type { Wire } from "../support/pluginClient";
import { failureOf } from "../support/providerCall";
import {
  ensureClusterImage,
  labCluster,
  nomad,
  onVolumes,
  RealCluster,
  realClusterNeeds,
  vault,
} from "../support/realCluster";
import { eventually } from "../support/waiting";
import { makeLeader, memberEndpoints, untilWhole, type WholeMember } from "../support/wholeCluster";

const reporter = consoleReporter();
const app = { user: "app", password: "appears-in-no-secret" };

describeWith("new passwords for a cluster that runs", realClusterNeeds, function () {
  this.timeout(240_000);
  this.slow(30_000);
  let cluster: RealCluster;
  let provider: DynamicProvider;
  /** The resource's outputs after the latest rotation. */
  let state: Wire;

  before(async function () {
    this.timeout(900_000);
    await ensureClusterImage();
    cluster = new RealCluster(labCluster("rotation", { members: 3, ...onVolumes("rotation") }));
    await cluster.remove();
    for (const node of ["node1", "node2", "node3"]) await cluster.makeVolume(node);
    await cluster.start();
    const { leader } = await untilWhole(cluster);
    const { user, password } = app;
    await asSuperuser(leader, `CREATE ROLE ${user} LOGIN PASSWORD '${password}'`);
    await asSuperuser(leader, `GRANT CREATE ON SCHEMA public TO ${user}`);
    provider = await DynamicProvider.start();
  });
  after(async () => {
    await provider.delete("rotation", state);
    provider.kill();
    await cluster.remove();
  });

  async function inputs(generation: number, more: Partial<CredentialRotationArgs> = {}): Promise<Wire> {
    const expected = cluster.expectation({ version: 0, modifyIndex: 0 });
    const { mount, path, fields: names } = cluster.cluster.credentials;
    const args: CredentialRotationArgs = {
      cluster: expected.cluster,
      vaultAddress: process.env["VAULT_ADDR"] ?? "",
      mount,
      path,
      fields: names,
      consulAddress: expected.consulAddress,
      dcsPath: `${expected.keyPrefix}/${expected.scope}`,
      nomadAddress: expected.nomadAddress,
      nomadNamespace: expected.nomadNamespace,
      nomadRegion: expected.nomadRegion,
      jobId: expected.jobId,
      generation,
      maxAgeDays: 0,
      timeoutSeconds: 60,
      ...more,
    };
    const raw = await registeredInputs(() => new CredentialRotation("rotation", args));
    return (await provider.check({}, raw)).inputs;
  }

  /** The secret's latest version as it is. */
  async function secret(): Promise<Readonly<Record<string, unknown>>> {
    const { mount, path } = cluster.cluster.credentials;
    const answer = fields(await vault("GET", `${mount}/data/${path}`));
    return fields(fields(answer["data"])["data"]);
  }

  async function asSuperuser(member: WholeMember, statement: string): ReturnType<typeof query> {
    const password = String((await secret())["superuser_password"]);
    return query(member, { user: "postgres", password }, statement);
  }

  /** Every member's PostgreSQL as it was started, and how often Nomad restarted its task. */
  async function starts(): Promise<readonly unknown[]> {
    const { members } = await untilWhole(cluster);
    return Promise.all(
      members.map(async (member) => {
        const [row] = await asSuperuser(member, "SELECT pg_postmaster_start_time()::text AS at");
        const { TaskStates } = fields(await nomad("GET", `/v1/allocation/${member.allocation}`));
        return [
          member.name,
          member.allocation,
          row?.["at"],
          fields(fields(TaskStates)["patroni"])["Restarts"],
        ];
      }),
    );
  }

  /**
   * Every way in that the passwords open: the old ones open none, the new ones all, for the superuser over the network
   * and for replicas that have to connect anew.
   */
  async function assertInForce(old: Readonly<Record<string, unknown>>): Promise<void> {
    const { leader, members } = await untilWhole(cluster);
    const now = await secret();
    assert.deepEqual(rotationMarks(now, cluster.cluster.credentials.fields).staged, undefined);
    for (const part of ["superuser", "replication", "rewind"]) {
      const user = String(now[`${part}_username`]);
      assert.notEqual(now[`${part}_password`], old[`${part}_password`]);
      await query(leader, { user, password: String(now[`${part}_password`]) }, "SELECT 1");
      await assert.rejects(
        query(leader, { user, password: String(old[`${part}_password`]) }, "SELECT 1"),
        /password authentication failed/,
      );
    }
    await asSuperuser(leader, "SELECT pg_terminate_backend(pid) FROM pg_stat_replication");
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const rows = await asSuperuser(
        leader,
        "SELECT application_name FROM pg_stat_replication WHERE state = 'streaming'",
      );
      saw(rows);
      return rows.length === members.length - 1 ? true : undefined;
    };
    await eventually("every replica connects anew", look, { timeoutSeconds: 30 });
  }

  async function whileWriting(work: () => Promise<void>): Promise<GapReport> {
    const endpoints = async () => memberEndpoints(cluster.cluster.name);
    const writer = new GapWriter({ ...app, endpoints, intervalMilliseconds: 5 });
    await writer.start();
    try {
      await work();
      return await writer.stop();
    } finally {
      await writer.end();
    }
  }

  /** Fails if anything that an operator or the state gets to see holds a password, old or new. */
  function assertNoPassword(secrets: readonly Readonly<Record<string, unknown>>[], ...seen: unknown[]): void {
    const text = JSON.stringify([seen, provider.lines]);
    for (const data of secrets)
      for (const [name, value] of Object.entries(data))
        if (name.endsWith("password")) assert.ok(!text.includes(String(value)), `${name} is seen`);
  }

  it("takes the passwords as they are when it is created", async () => {
    const before = await secret();
    const { outputs } = await provider.create(await inputs(1));
    state = outputs;
    assert.deepEqual(await secret(), before);
    assert.deepEqual([state["rotations"], state["version"], state["ready"]], [0, 1, true]);
    assert.equal((await provider.diff("rotation", state, await inputs(1))).changed, false);
    assert.deepEqual((await provider.read("rotation", state)).outputs["ready"], true);
  });

  it("changes all three with members streaming, nothing restarted and no acknowledged write lost", async () => {
    const [old, started] = [await secret(), await starts()];
    assert.equal((await provider.diff("rotation", state, await inputs(2))).changed, true);
    const began = performance.now();
    const seen = await whileWriting(async () => {
      state = await provider.update("rotation", state, await inputs(2));
    });
    reporter.say(
      `rotation of 3 members: ${((performance.now() - began) / 1000).toFixed(2)} s with a client's start and end, ` +
        `longest gap ${(seen.longestGapMilliseconds / 1000).toFixed(2)} s of ${seen.acknowledged} writes`,
    );
    assert.equal(seen.lost, 0);
    assert.deepEqual([state["rotations"], state["generation"], state["ready"]], [1, 2, true]);
    await assertInForce(old);
    assert.deepEqual(await starts(), started);
    assertNoPassword([old, await secret()], state);
    const again = await provider.update("rotation", state, await inputs(2));
    assert.equal(again["rotations"], 1);
    assert.equal((await provider.read("rotation", state)).outputs["ready"], true);
  });

  it("survives a change of leader afterwards, and a member that starts anew", async () => {
    const { leader } = await untilWhole(cluster);
    await makeLeader(cluster, (leader.index + 1) % 3);
    await nomad("PUT", `/v1/client/allocation/${leader.allocation}/restart`, { TaskName: "patroni" });
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const { TaskStates } = fields(await nomad("GET", `/v1/allocation/${leader.allocation}`));
      const task = fields(fields(TaskStates)["patroni"]);
      saw(task["State"]);
      return task["State"] === "running" ? true : undefined;
    };
    await eventually("the task runs again", look, { timeoutSeconds: 60 });
    await untilWhole(cluster);
  });

  for (const [when, line] of [
    ["has written the new passwords beside the old", /beside those in force/],
    ["has changed them in PostgreSQL", /has taken the new passwords/],
  ] as const)
    it(`goes on after its process was killed when it ${when}, with a password that works in Vault`, async () => {
      const old = await secret();
      const next = Number(state["generation"]) + 1;
      const victim = await DynamicProvider.start();
      const lost = victim.update("rotation", state, await inputs(next)).catch(() => undefined);
      const look = (saw: (state: unknown) => void): Promise<true | undefined> => {
        saw(victim.lines);
        return Promise.resolve(victim.lines.some((one) => line.test(one)) ? true : undefined);
      };
      try {
        await eventually("the line", look, { timeoutSeconds: 30, intervalMilliseconds: 1 });
      } finally {
        victim.kill();
      }
      await lost;
      const { leader } = await untilWhole(cluster);
      const held = await secret();
      const logins = await Promise.allSettled(
        ["superuser_password", "next_superuser_password"].map((name) =>
          query(leader, { user: "postgres", password: String(held[name]) }, "SELECT 1"),
        ),
      );
      assert.ok(
        logins.some(({ status }) => status === "fulfilled"),
        "no password that Vault holds works",
      );
      state = await provider.update("rotation", state, await inputs(next));
      assert.deepEqual([state["generation"], state["ready"]], [next, true]);
      await assertInForce(old);
      assertNoPassword([old, held, await secret()], state, victim.lines);
    });

  it("changes them by age, and says so in the preview", async () => {
    const old = await secret();
    const generation = Number(state["generation"]);
    const aged = { ...state, rotatedAt: "2020-01-01T00:00:00Z" };
    assert.equal((await provider.diff("rotation", aged, await inputs(generation))).changed, false);
    const limited = await inputs(generation, { maxAgeDays: 30 });
    assert.equal((await provider.diff("rotation", { ...aged, maxAgeDays: 30 }, limited)).changed, true);
    state = await provider.update("rotation", aged, limited);
    assert.equal((await provider.diff("rotation", state, limited)).changed, false);
    await assertInForce(old);
  });

  it("begins nothing where the leader doesn't take the password that Vault holds, and names what to do", async () => {
    const before = await secret();
    const { leader } = await untilWhole(cluster);
    await asSuperuser(leader, "ALTER ROLE postgres PASSWORD 'set-by-somebody'");
    try {
      const error = await failureOf(provider.update("rotation", state, await inputs(90)));
      assert.match(error.message, /takes none of the superuser's passwords that Vault knows \(version \d+/);
      assert.match(error.message, /ALTER ROLE "postgres" PASSWORD/);
      assert.deepEqual(await secret(), before);
      assert.equal(error.partial?.outputs["generation"], state["generation"]);
      assertNoPassword([before, { x_password: "set-by-somebody" }], error.message, error.partial);
    } finally {
      const login = { user: "postgres", password: "set-by-somebody" };
      await query(leader, login, `ALTER ROLE postgres PASSWORD '${String(before["superuser_password"])}'`);
    }
  });

  it("begins nothing while there is no leader", async () => {
    const before = await secret();
    const folder = `operations/${cluster.cluster.name}`;
    const elsewhere = await inputs(91, { dcsPath: `${folder}-elsewhere` });
    const error = await failureOf(provider.update("rotation", state, elsewhere));
    assert.match(error.message, /there is no leader that could take new passwords/);
    assert.deepEqual(await secret(), before);
  });

  it("shows by a refresh that members are told to render another version than the latest", async () => {
    const pinned = versionVariable(cluster.jobId, cluster.cluster.credentials);
    const { Items } = fields(await nomad("GET", `/v1/var/${pinned.path}`));
    assert.equal(fields(Items)[pinned.item], String(state["version"]));
    const { mount, path } = cluster.cluster.credentials;
    await vault("POST", `${mount}/data/${path}`, { data: await secret() });
    const refreshed = (await provider.read("rotation", state)).outputs;
    assert.deepEqual(
      [refreshed["ready"], number(refreshed["version"])],
      [false, Number(state["version"]) + 1],
    );
    const generation = Number(state["generation"]);
    state = await provider.update("rotation", refreshed, await inputs(generation));
    assert.equal((await provider.read("rotation", state)).outputs["ready"], true);
  });
});
