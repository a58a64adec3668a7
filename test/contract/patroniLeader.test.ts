import assert from "node:assert/strict";
import { PlatformDouble, systemId } from "../support/doubles/platformDouble";
import { DynamicProvider } from "../support/dynamicProviderProcess";
import { leaderInputs } from "../support/leaderCalls";
import { failureOf } from "../support/providerCall";
import { unknownText, type Wire } from "../support/pluginClient";
import { eventually } from "../support/waiting";

const tokens = { CONSUL_HTTP_TOKEN: "consul-token-hidden", NOMAD_TOKEN: "nomad-token-hidden" };

describe("PatroniLeader over Pulumi's provider server, with doubles of Consul, Nomad and Patroni", () => {
  let provider: DynamicProvider;
  let platform: PlatformDouble;

  before(async () => {
    provider = await DynamicProvider.start(tokens);
  });
  after(() => {
    provider.kill();
  });
  beforeEach(async () => {
    platform = await new PlatformDouble().start();
    platform.consul.token = tokens.CONSUL_HTTP_TOKEN;
    platform.nomad.token = tokens.NOMAD_TOKEN;
    provider.lines.splice(0);
  });
  afterEach(async () => {
    await platform.stop();
  });

  /** Waits until the provider has printed a line like this. */
  async function printed(pattern: RegExp): Promise<void> {
    await eventually(
      `a line ${String(pattern)}`,
      (saw) => {
        saw(provider.lines);
        return Promise.resolve(provider.lines.some((line) => pattern.test(line)) ? true : undefined);
      },
      { timeoutSeconds: 30, intervalMilliseconds: 20 },
    );
  }

  /** Waits until the provider has read a member's log so many times more. */
  async function readsLogs(allocation: string, times: number): Promise<void> {
    const reads = () =>
      platform.nomad.heard.filter(
        ({ path, query }) => path.endsWith(`/logs/${allocation}`) && query.get("type") === "stderr",
      ).length;
    const enough = reads() + times;
    await eventually(
      `${enough} readings of the log`,
      (saw) => {
        saw(reads());
        return Promise.resolve(reads() >= enough ? true : undefined);
      },
      { timeoutSeconds: 15, intervalMilliseconds: 20 },
    );
  }

  it("is created when the cluster is ready, and says where", async () => {
    platform.ready();
    const inputs = await leaderInputs(platform);
    const { id, outputs } = await provider.create(inputs);
    assert.equal(id, "operations/acme");
    const { leader, host, port, endpoint, members, timeline, systemIdentifier, ready, __provider } = outputs;
    assert.deepEqual(
      { leader, host, port, endpoint, timeline, systemIdentifier, ready },
      {
        leader: "node1",
        host: "127.0.0.1",
        port: 20001,
        endpoint: "127.0.0.1:20001",
        timeline: 1,
        systemIdentifier: systemId,
        ready: true,
      },
    );
    assert.deepEqual(
      (members as Wire[]).map(({ name, role, state }) => [name, role, state]),
      [
        ["node1", "leader", "running"],
        ["node2", "replica", "streaming"],
        ["node3", "replica", "streaming"],
      ],
    );
    assert.equal(__provider, inputs["__provider"]);
    assert.equal((await provider.diff(id, outputs, inputs)).changed, false);
  });

  it("tells the story line by line", async () => {
    const created = provider.create(await leaderInputs(platform));
    await printed(/^\[acme 0\/3\] asking Consul and Nomad$|has yet to place 3 members/);
    platform.run();
    await printed(/^\[acme 0\/3\] node1, node2 and node3 are starting Patroni$/);
    platform.elect();
    platform.clone(2);
    platform.clone(3);
    await printed(/^\[acme 1\/3\] replicas node2 and node3 are cloning from node1; node1 leads$/);
    platform.register(2, { state: "running", role: "replica", replication_state: "streaming", timeline: 1 });
    platform.lead([2]);
    await printed(
      /^\[acme 2\/3\] replica node3 is cloning from node1; node1 leads; replica node2 is streaming$/,
    );
    platform.lead([2, 3]);
    const { outputs } = await created;
    assert.equal(outputs["ready"], true);
    await printed(/^\[acme 3\/3\] ready after \d+ s, node1 leads$/);
  });

  it("returns within 250 ms of the last replica's streaming", async () => {
    const created = provider.create(await leaderInputs(platform));
    platform.run();
    platform.elect();
    for (const number of [2, 3])
      platform.register(number, { state: "running", role: "replica", timeline: 1 });
    await printed(/connecting to node1; node1 leads/);
    platform.lead([2, 3]);
    const at = Date.now();
    await created;
    assert.ok(Date.now() - at < 250 + 500, `${Date.now() - at} ms`);
  });

  it("doesn't poll: what doesn't change is hardly asked for", async () => {
    platform.run();
    const created = provider.create(await leaderInputs(platform, { timeoutSeconds: 3 }));
    await failureOf(created);
    const asked = platform.consul.heard.length;
    assert.ok(asked <= 3, `Consul was asked ${asked} times in 3 s`);
    const lists = platform.nomad.heard.filter(({ path }) => /(allocations|evaluations)$/.test(path)).length;
    assert.ok(lists <= 6, `Nomad's lists were asked for ${lists} times in 3 s`);
    assert.equal(platform.member(1).heard.length, 0, "members are asked only when nothing else is missing");
  });

  it("keeps a wait that failed, and goes on with it by update", async () => {
    platform.run();
    platform.elect();
    const inputs = await leaderInputs(platform, { timeoutSeconds: 4 });
    const failure = await failureOf(provider.create(inputs));
    assert.match(failure.message, /^cluster acme: not ready after 4 s, 1 of 3 members are: /);
    assert.match(failure.message, /nomad job status -address=http:\/\/127\.0\.0\.1:\d+ postgres-acme/);
    const partial = failure.partial;
    assert(partial !== undefined, "nothing was kept");
    assert.equal(partial.id, "operations/acme");
    assert.equal(partial.outputs["ready"], false);
    assert.equal(partial.outputs["__provider"], inputs["__provider"]);
    assert.deepEqual(partial.reasons, [failure.message]);
    assert.equal((await provider.diff(partial.id, partial.outputs, inputs)).changed, true);
    platform.ready();
    const outputs = await provider.update(partial.id, partial.outputs, inputs);
    assert.equal(outputs["ready"], true);
    assert.equal(outputs["leader"], "node1");
    assert.equal(outputs["__provider"], inputs["__provider"]);
    await provider.delete(partial.id, partial.outputs);
  });

  it("waits for the new version, however well the old one runs", async () => {
    platform.ready();
    platform.run(3);
    platform.nomad.update({ version: 4 });
    const created = provider.create(await leaderInputs(platform));
    await printed(/node1, node2 and node3 still run an older version/);
    platform.nomad.update({
      allocations: [platform.allocation(1, { version: 3 }), platform.allocation(2), platform.allocation(3)],
    });
    await printed(/node1 still runs an older version/);
    platform.run(4);
    assert.equal((await created).outputs["ready"], true);
  });

  it("takes no old words for news: those from before the wait, and those of the attempt that it came upon", async () => {
    platform.run();
    const { id } = platform.allocation(1);
    const said = (second: number) =>
      `2026-01-01 08:00:0${second}.000 UTC [40] FATAL:  could not access file "nonexistent": No such file or directory`;
    platform.nomad.update({ logs: { [id]: [said(1), said(2)] } });
    platform.nomad.allocationsLateMs = 300;
    const created = provider.create(await leaderInputs(platform));
    await readsLogs(id, 1);
    platform.nomad.update({ logs: { [id]: [said(1), said(2), said(3)] } });
    await readsLogs(id, 2);
    platform.ready();
    assert.equal((await created).outputs["ready"], true);
  });

  it("outlives a restart of Consul that lost everything, and says so", async () => {
    platform.run();
    platform.elect();
    const created = provider.create(await leaderInputs(platform));
    await printed(/node1 leads/);
    await platform.consul.stop();
    await printed(/Consul doesn't answer/);
    platform.consul.forget();
    await platform.consul.start();
    platform.ready();
    assert.equal((await created).outputs["ready"], true);
  });

  it("outlives a restart of Nomad", async () => {
    platform.run();
    const created = provider.create(await leaderInputs(platform));
    await printed(/starting Patroni/);
    await platform.nomad.stop();
    await printed(/Nomad doesn't answer/);
    await platform.nomad.start();
    platform.ready();
    assert.equal((await created).outputs["ready"], true);
  });

  it("says that it is alive at least every 10 s", async () => {
    platform.run();
    const created = provider.create(await leaderInputs(platform, { timeoutSeconds: 60 }));
    await printed(/^\[acme 0\/3\] node1, node2 and node3 are starting Patroni \(1[01] s of 60 s\)$/);
    platform.ready();
    await created;
  });

  it("refresh: keeps what is, and lets the next up wait where there is no leader", async () => {
    platform.ready();
    const inputs = await leaderInputs(platform);
    const { id, outputs } = await provider.create(inputs);
    await printed(/ready after/);
    provider.lines.splice(0);
    platform.nomad.update({
      version: 7,
      allocations: [1, 2, 3].map((number) => platform.allocation(number, { version: 7 })),
    });
    const still = await provider.read(id, outputs);
    assert.equal(still.outputs["ready"], true, "a later version that somebody registered is as ready");
    platform.consul.delete("operations/acme/leader");
    const gone = await provider.read(id, outputs);
    assert.equal(gone.outputs["ready"], false);
    assert.equal(gone.outputs["__provider"], inputs["__provider"]);
    assert.equal(gone.inputs["jobId"], "postgres-acme");
    assert.equal((await provider.diff(id, gone.outputs, inputs)).changed, true);
    assert.deepEqual(provider.lines, [], "a refresh says nothing by itself");
  });

  it("shows no token, in the state, in the text of the provider, in what it prints or in errors", async () => {
    platform.consul.token = "another";
    platform.nomad.token = "another";
    const inputs = await leaderInputs(platform);
    const refused = await failureOf(provider.create(inputs));
    platform.consul.token = tokens.CONSUL_HTTP_TOKEN;
    platform.nomad.token = tokens.NOMAD_TOKEN;
    platform.ready();
    const created = await provider.create(inputs);
    const seen = JSON.stringify([inputs, refused.message, refused.partial, created, provider.lines]);
    for (const token of Object.values(tokens)) assert.ok(!seen.includes(token));
    assert.match(refused.message, /Consul at .* refuses the token in CONSUL_HTTP_TOKEN/);
  });
});

describe("PatroniLeader's inputs", () => {
  let provider: DynamicProvider;
  const platform = new PlatformDouble();

  before(async () => {
    provider = await DynamicProvider.start();
  });
  after(() => {
    provider.kill();
  });

  it("that a preview doesn't know yet are not judged, and count as changed", async () => {
    const inputs = await leaderInputs(platform, {
      consulAddress: "http://127.0.0.1:8500",
      nomadAddress: "http://127.0.0.1:4646",
    });
    const news = {
      ...inputs,
      jobVersion: unknownText,
      jobModifyIndex: unknownText,
      memberCount: unknownText,
    };
    const { failures, inputs: checked } = await provider.check({}, news);
    assert.deepEqual(failures, []);
    assert.equal(checked["jobVersion"], unknownText);
    const state = { ...inputs, ready: true, members: [] };
    assert.deepEqual(await provider.diff("operations/acme", state, news), { changed: true, replaces: [] });
  });

  it("are each named when they can't be used", async () => {
    const inputs = await leaderInputs(platform, {
      scope: "",
      members: 0,
      consulAddress: "127.0.0.1:8500",
      nomadAddress: "ftp://x",
      jobVersion: -1,
      jobModifyIndex: "x",
      timeoutSeconds: 0,
      maxLagBytes: 1.5,
    });
    const { failures } = await provider.check({}, inputs);
    assert.deepEqual(failures.map(({ property }) => property).sort(), [
      "consulAddress",
      "jobModifyIndex",
      "jobVersion",
      "maxLagBytes",
      "memberCount",
      "nomadAddress",
      "scope",
      "timeoutSeconds",
    ]);
    for (const { reason } of failures) assert.match(reason, /^must be /);
  });

  it("differ in what a wait depends on, and in nothing else", async () => {
    const inputs = await leaderInputs(platform, {
      consulAddress: "http://127.0.0.1:8500",
      nomadAddress: "http://127.0.0.1:4646",
    });
    const state = { ...inputs, ready: true, members: [], leader: "node1" };
    const differs = async (change: Wire) => provider.diff("operations/acme", state, { ...inputs, ...change });
    for (const change of [
      { timeoutSeconds: 99 },
      { cluster: "other" },
      { vaultSecretPath: "a/b" },
      { __provider: "new text" },
    ])
      if (!("__provider" in change))
        assert.deepEqual(await differs(change), { changed: false, replaces: [] }, JSON.stringify(change));
    for (const change of [
      { jobVersion: 5 },
      { jobModifyIndex: "901" },
      { memberCount: 2 },
      { maxLagBytes: 1 },
      { standby: true },
      { providerVersion: 99 },
      { nomadAddress: "http://x" },
    ])
      assert.deepEqual(await differs(change), { changed: true, replaces: [] }, JSON.stringify(change));
    assert.deepEqual(await differs({ scope: "other" }), { changed: true, replaces: ["scope"] });
  });
});
