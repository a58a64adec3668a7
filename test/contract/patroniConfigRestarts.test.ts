import assert from "node:assert/strict";
import { ConfigCalls, oldDocument, withParameters } from "../support/configCalls";
import { failureOf } from "../support/providerCall";
import { doubleFolder } from "../support/doubles/clusterDouble";
import { ScriptedServer } from "../support/scriptedServer";
import { DynamicProvider } from "../support/dynamicProviderProcess";
import { eventually } from "../support/waiting";

describe("PatroniConfig while the cluster runs, with doubles of Consul and Patroni", () => {
  let calls: ConfigCalls;

  before(async () => {
    calls = await ConfigCalls.start();
  });

  after(() => {
    calls.stop();
  });

  it("waits until every member has loaded it, and restarts nobody for what needs no restart", async () => {
    const cluster = await calls.begin(["node1", "node2"], oldDocument);
    const wanted = { ...withParameters({ max_connections: 100, work_mem: "8MB" }), ttl: 30 };
    const outputs = await calls.change(oldDocument, wanted);
    assert.equal(outputs["ready"], true);
    assert.deepEqual(cluster.restarts, []);
    for (const { applied } of cluster.members) assert.deepEqual(applied, wanted);
    assert.deepEqual(await calls.linesUpTo(/loaded by/), [
      "[acme] configuration: ttl 20 -> 30, work_mem unset -> 8MB",
      "[acme] configuration: loaded by node1 and node2",
    ]);
  });

  it("restarts the replicas one by one, and then the leader hands over to one of them", async () => {
    const cluster = await calls.begin(["node2", "node3", "node1"], oldDocument);
    const wanted = withParameters({ max_connections: 200 });
    await calls.change(oldDocument, wanted);
    assert.deepEqual(cluster.restarts, ["node1", "node3", "node2 -> node1"]);
    for (const { running } of cluster.members) assert.equal(running["max_connections"], 200);
    const lines = await calls.linesUpTo(/node2 streams/);
    assert.deepEqual(
      lines.map((line) => line.replace(/after [\d.]+ s/, "after … s")),
      [
        "[acme] configuration: max_connections 100 -> 200",
        "[acme] configuration: loaded by node1, node2 and node3",
        "[acme] max_connections 100 -> 200: restarting replicas first, then a switchover",
        "[acme] restarting replica node1",
        "[acme] node1 serves again after … s",
        "[acme] restarting replica node3",
        "[acme] node3 serves again after … s",
        "[acme] leader node2 hands over to node1",
        "[acme] node1 leads, node2 streams from it after … s",
      ],
    );
  });

  it("restarts the leader first when it lowers what a standby must not have lower", async () => {
    const high = withParameters({ max_connections: 300, max_worker_processes: 8 });
    const cluster = await calls.begin(["node1", "node2", "node3"], high);
    const lower = withParameters({ max_connections: 200, max_worker_processes: 8 });
    const state = await calls.change(high, lower);
    assert.deepEqual(cluster.restarts.splice(0), ["node1", "node2", "node3"]);
    const both = withParameters({ max_connections: 100, max_worker_processes: 16 });
    await calls.provider.update(doubleFolder, state, await calls.inputs(both));
    assert.deepEqual(cluster.restarts, ["node2", "node3", "node1", "node2", "node3"]);
    for (const { running } of cluster.members)
      assert.deepEqual([running["max_connections"], running["max_worker_processes"]], [100, 16]);
  });

  it("goes on where a run stopped half way", async () => {
    const cluster = await calls.begin(["node1", "node2", "node3"], oldDocument);
    cluster.member("node3").restartMs = 60_000;
    const wanted = await calls.inputs(withParameters({ max_connections: 200 }));
    const state = await calls.settled(oldDocument);
    const doomed = await DynamicProvider.start({ CONSUL_HTTP_TOKEN: "right" });
    const run = doomed.update(doubleFolder, state, wanted).catch(() => undefined);
    const look = () => Promise.resolve(cluster.restarts.includes("node3") ? true : undefined);
    await eventually("the second restart", look, { timeoutSeconds: 20 });
    doomed.kill();
    await run;
    cluster.member("node3").restartMs = 20;
    cluster.member("node3").state = "running";
    cluster.restarts.splice(0);
    await calls.provider.update(doubleFolder, state, wanted);
    assert.deepEqual(cluster.restarts, ["node3", "node1 -> node2"]);
    for (const { running } of cluster.members) assert.equal(running["max_connections"], 200);
  });

  it("does without members whose PostgreSQL doesn't run, and leaves what isn't its own", async () => {
    const cluster = await calls.begin(["node1", "node2", "node3"], oldDocument);
    cluster.member("node3").state = "stopped";
    cluster.member("node2").foreign = {
      shared_preload_libraries: { old_value: "", new_value: "auto_explain" },
    };
    const wanted = withParameters({ max_connections: 200 });
    const outputs = await calls.change(oldDocument, wanted);
    assert.equal(outputs["ready"], true);
    assert.deepEqual(cluster.restarts, ["node2", "node1 -> node2"]);
    const lines = await calls.linesUpTo(/node1 streams/);
    assert.ok(
      lines.includes(
        "[acme] configuration: loaded by node1 and node2; node3 will when PostgreSQL runs there",
      ),
      lines.join("\n"),
    );
    assert.ok(
      lines.some((line) => /node2 waits for a restart for shared_preload_libraries .*left alone/.test(line)),
      lines.join("\n"),
    );
  });

  it("follows the lock when another member takes it meanwhile", async () => {
    const cluster = await calls.begin(["node1", "node2", "node3"], oldDocument);
    const wanted = withParameters({ max_connections: 200 });
    const moved = calls.afterFirstRestart(() => {
      cluster.leader = "node3";
    });
    await calls.change(oldDocument, wanted);
    await moved;
    assert.deepEqual(cluster.restarts, ["node2", "node1", "node3 -> node1"]);
  });

  it("doesn't restart the leader while nobody can take over, says why, and goes on once somebody can", async () => {
    const cluster = await calls.begin(["node1", "node2", "node3"], oldDocument);
    for (const name of ["node2", "node3"]) cluster.member(name).tags = { nofailover: true };
    const wanted = await calls.inputs(withParameters({ max_connections: 200 }));
    const error = await failureOf(
      calls.provider.update(doubleFolder, await calls.settled(oldDocument), wanted),
    );
    assert.match(
      error.message,
      /leader node1 waits for a restart \(max_connections 100 -> 200\) and wasn't restarted/,
    );
    assert.match(error.message, /node2 has the tag nofailover; node3 has the tag nofailover/);
    assert.match(error.message, /npm run reinit -- --tenant acme --member NAME/);
    assert.deepEqual(cluster.restarts.splice(0), ["node2", "node3"]);
    cluster.member("node3").tags = {};
    const state = error.partial?.outputs ?? {};
    const outputs = await calls.provider.update(doubleFolder, state, wanted);
    assert.equal(outputs["ready"], true);
    assert.deepEqual(cluster.restarts, ["node1 -> node3"]);
  });

  it("restarts a leader in place whose job has one member alone, and not one whose others are gone", async () => {
    const nomad = await ScriptedServer.start();
    const count = (number: number) => {
      nomad.play({ "GET /v1/job/postgres-acme": () => ({ body: { TaskGroups: [{ Count: number }] } }) });
    };
    const cluster = await calls.begin(["node1"], oldDocument);
    const change = async (connections: number) => {
      const document = withParameters({ max_connections: connections });
      const wanted = await calls.inputs(document, { nomadAddress: nomad.address });
      return calls.provider.update(doubleFolder, await calls.settled(oldDocument), wanted);
    };
    count(3);
    const error = await failureOf(change(200));
    assert.match(error.message, /node1 .*wasn't restarted, .*\n.*acme has no member but its leader/);
    assert.deepEqual(cluster.restarts, []);
    count(1);
    await change(200);
    assert.deepEqual(cluster.restarts, ["node1"]);
    nomad.stop();
  });

  it("gives up at its deadline, names every member's state, and resumes", async () => {
    const cluster = await calls.begin(["node1", "node2"], oldDocument);
    const { address, server } = cluster.member("node2");
    server.stop();
    const wanted = withParameters({ max_connections: 200 });
    const short = await calls.inputs(wanted, { timeoutSeconds: 4 });
    const error = await failureOf(
      calls.provider.update(doubleFolder, await calls.settled(oldDocument), short),
    );
    assert.match(error.message, /not every member has loaded it within 4 s/);
    assert.match(error.message, /member node1 \(leader\): running, waits for a restart \(max_connections\)/);
    assert.ok(error.message.includes(`member node2 (replica): Patroni at ${address} can't be reached`));
    assert.deepEqual(cluster.restarts, []);
    assert.equal(error.partial?.outputs["ready"], false);
    assert.equal(error.partial.outputs["config"], JSON.stringify(wanted));
    cluster.members.splice(1);
    const outputs = await calls.provider.update(
      doubleFolder,
      error.partial.outputs,
      await calls.inputs(wanted),
    );
    assert.equal(outputs["ready"], true);
    assert.deepEqual(cluster.restarts, ["node1"]);
  });

  it("begins no further restart while a replica that streamed doesn't", async () => {
    const cluster = await calls.begin(["node1", "node2", "node3"], oldDocument);
    const stop = calls.afterFirstRestart(() => {
      cluster.member("node3").streams = false;
    });
    const short = await calls.inputs(withParameters({ max_connections: 200 }), { timeoutSeconds: 10 });
    const error = await failureOf(
      calls.provider.update(doubleFolder, await calls.settled(oldDocument), short),
    );
    await stop;
    assert.match(
      error.message,
      /not every member serves since the last restart, so the next one wasn't begun/,
    );
    assert.match(error.message, /member node3 \(replica\): running, not streaming/);
    assert.deepEqual(cluster.restarts, ["node2"]);
    assert.equal(cluster.document?.postgresql?.parameters?.["max_connections"], 200);
  });

  it("begins no further restart while the replica that was restarted hasn't caught up, and keeps the value", async () => {
    const cluster = await calls.begin(["node1", "node2", "node3"], oldDocument);
    cluster.member("node2").behindOnceRestarted = 50_000;
    const short = await calls.inputs(withParameters({ max_connections: 200 }), { timeoutSeconds: 6 });
    const error = await failureOf(
      calls.provider.update(doubleFolder, await calls.settled(oldDocument), short),
    );
    assert.match(
      error.message,
      /not every member serves since the last restart, so the next one wasn't begun/,
    );
    assert.match(error.message, /member node2 \(replica\): running, streaming, 49 kB behind\n/);
    assert.deepEqual(cluster.restarts, ["node2"]);
    assert.equal(cluster.document?.postgresql?.parameters?.["max_connections"], 200);
  });

  it("says so when Patroni takes no restart from here", async () => {
    const cluster = await calls.begin(["node1"], oldDocument);
    cluster.member("node1").restartAnswer = { status: 401, body: "no auth header received" };
    const wanted = await calls.inputs(withParameters({ max_connections: 200 }));
    const error = await failureOf(
      calls.provider.update(doubleFolder, await calls.settled(oldDocument), wanted),
    );
    assert.match(
      error.message,
      /Patroni on node1 takes no restart from here: .*no auth header received.* \(401\)/,
    );
    assert.match(error.message, /restapi\.authentication/);
  });

  it("asks nobody when only its own settings changed", async () => {
    const cluster = await calls.begin(["node1"], oldDocument);
    const longer = await calls.inputs(oldDocument, { timeoutSeconds: 99 });
    assert.ok((await calls.provider.diff(doubleFolder, await calls.settled(oldDocument), longer)).changed);
    await calls.provider.update(doubleFolder, await calls.settled(oldDocument), longer);
    assert.deepEqual(cluster.member("node1").server.heard, []);
  });
});
