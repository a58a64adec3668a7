import assert from "node:assert/strict";
import { ConfigCalls, oldDocument, withParameters } from "../support/configCalls";
import { failureOf } from "../support/providerCall";
import { doubleFolder } from "../support/doubles/clusterDouble";
import { ScriptedServer } from "../support/scriptedServer";

const postgresLog = `2026-11-23 05:54:50.440 UTC [1045] FATAL:  terminating walreceiver process due to administrator command
2026-11-23 05:54:52.988 UTC [3019] FATAL:  could not map anonymous shared memory: Cannot allocate memory
2026-11-23 05:54:52.988 UTC [3019] HINT:  This error usually means that PostgreSQL's request exceeded available memory.
2026-11-23 05:54:53,001 INFO: postmaster pid=3019
2026-11-23 05:54:53,100 WARNING: restart failed (start failed)
`;

describe("PatroniConfig when a member doesn't start, with doubles of Consul and Patroni", () => {
  let calls: ConfigCalls;

  before(async () => {
    calls = await ConfigCalls.start();
  });

  after(() => {
    calls.stop();
  });

  it("goes back when a replica doesn't start, leaves the leader alone, and takes a better value later", async () => {
    const cluster = await calls.begin(["node1", "node2", "node3"], oldDocument);
    cluster.member("node3").impossible.add("shared_buffers=500GB");
    const wrong = withParameters({ max_connections: 100, shared_buffers: "500GB" });
    const error = await failureOf(calls.change(oldDocument, wrong));
    assert.deepEqual(cluster.restarts.splice(0), ["node2", "node3"]);
    assert.deepEqual(cluster.document, oldDocument);
    assert.equal(cluster.member("node3").state, "running");
    assert.equal(cluster.member("node3").running["shared_buffers"], "128MB");
    assert.deepEqual(error.message.split(/\n */), [
      "cluster acme: replica node3 didn't come back with shared_buffers 500GB (it ran with 128MB)",
      "Patroni's answer to the restart: restart failed (503)",
      "the previous configuration is back in Consul",
      "node3 serves again with it",
      "leader node1 was not restarted",
      "already restarted with it: node2; the next pulumi up takes the restart back",
      "what PostgreSQL says stands in the log of node3: nomad job allocs postgres-acme, nomad alloc logs <allocation>",
      "set a value that PostgreSQL starts with, then run pulumi up again",
    ]);
    const partial = error.partial?.outputs ?? {};
    assert.deepEqual([partial["config"], partial["ready"]], [JSON.stringify(oldDocument), false]);
    const better = withParameters({ max_connections: 100, shared_buffers: "256MB" });
    assert.ok((await calls.provider.diff(doubleFolder, partial, await calls.inputs(better))).changed);
    await calls.provider.update(doubleFolder, partial, await calls.inputs(better));
    assert.deepEqual(cluster.restarts, ["node2", "node3", "node1 -> node2"]);
    for (const { running } of cluster.members) assert.equal(running["shared_buffers"], "256MB");
  });

  it("says what it couldn't put back, and doesn't touch what somebody else put there", async () => {
    const cluster = await calls.begin(["node1", "node2"], oldDocument);
    const leader = cluster.member("node1");
    const replica = cluster.member("node2");
    replica.impossible.add("max_connections=200");
    const lower = withParameters({ max_connections: 200, shared_buffers: "1GB" });
    const high = withParameters({ max_connections: 300 });
    cluster.put(JSON.stringify(high));
    for (const { running } of [leader, replica]) running["max_connections"] = 300;
    const other = JSON.stringify({ ...high, ttl: 77 });
    const meddle = calls.afterFirstRestart(() => {
      cluster.beforeWrite = () => {
        cluster.put(other);
      };
    });
    const error = await failureOf(calls.change(high, lower));
    await meddle;
    assert.deepEqual(cluster.restarts, ["node2", "node1", "node2"]);
    assert.match(error.message, /somebody else has changed the configuration since; it was left as it is/);
    // The leader was restarted before, because its value was lowered.
    assert.doesNotMatch(error.message, /was not restarted/);
    assert.match(error.message, /already restarted with it: node1;/);
    assert.equal(cluster.text, other);
  });

  it("takes the old value everywhere when the operator gives the new one up", async () => {
    const cluster = await calls.begin(["node1", "node2", "node3"], oldDocument);
    cluster.member("node3").impossible.add("shared_buffers=500GB");
    const wrong = withParameters({ max_connections: 100, shared_buffers: "500GB" });
    const error = await failureOf(calls.change(oldDocument, wrong));
    cluster.restarts.splice(0);
    const outputs = await calls.provider.update(
      doubleFolder,
      error.partial?.outputs ?? {},
      await calls.inputs(oldDocument),
    );
    assert.equal(outputs["ready"], true);
    assert.deepEqual(cluster.restarts, ["node2"]);
    assert.equal(cluster.member("node2").running["shared_buffers"], "128MB");
  });

  it("goes back when the former leader doesn't start, after its replicas did and one of them took over", async () => {
    const cluster = await calls.begin(["node1", "node2"], oldDocument);
    cluster.member("node1").impossible.add("shared_buffers=500GB");
    const wrong = withParameters({ max_connections: 100, shared_buffers: "500GB" });
    const error = await failureOf(calls.change(oldDocument, wrong));
    assert.deepEqual(cluster.restarts, ["node2", "node1 -> node2"]);
    assert.equal(cluster.leader, "node2");
    assert.deepEqual(cluster.document, oldDocument);
    assert.match(error.message, /replica node1 didn't come back with shared_buffers 500GB/);
    assert.match(error.message, /node1 serves again with it/);
    assert.doesNotMatch(error.message, /was not restarted/);
    assert.match(error.message, /already restarted with it: node2;/);
  });

  it("goes back with one member alone as well", async () => {
    const cluster = await calls.begin(["node1"], oldDocument);
    cluster.member("node1").impossible.add("max_connections=9000");
    const error = await failureOf(calls.change(oldDocument, withParameters({ max_connections: 9000 })));
    assert.match(
      error.message,
      /leader node1 didn't come back with max_connections 9000 \(it ran with 100\)/,
    );
    assert.equal(cluster.member("node1").running["max_connections"], 100);
    assert.equal(cluster.member("node1").state, "running");
  });

  it("gives PostgreSQL's own words where Nomad has them, once it has", async () => {
    const cluster = await calls.begin(["node1"], oldDocument);
    cluster.member("node1").impossible.add("max_connections=9000");
    const nomad = await ScriptedServer.start();
    const [hollow] = postgresLog.split("\n");
    let looks = 0;
    nomad.play({
      "GET /v1/job/postgres-acme/allocations": () => ({
        body: [
          { ID: "gone", NodeName: "node1", ClientStatus: "complete", TaskStates: { patroni: {} } },
          { ID: "here", NodeName: "node1", ClientStatus: "running", TaskStates: { patroni: {} } },
        ],
      }),
      "GET /v1/client/fs/logs/here": () => ({ body: ++looks === 1 ? hollow : postgresLog }),
    });
    try {
      const wanted = await calls.inputs(withParameters({ max_connections: 9000 }), {
        nomadAddress: nomad.address,
      });
      const error = await failureOf(
        calls.provider.update(doubleFolder, await calls.settled(oldDocument), wanted),
      );
      assert.match(
        error.message,
        /\n +PostgreSQL says: FATAL: could not map anonymous shared memory: Cannot/,
      );
      assert.doesNotMatch(error.message, /nomad alloc logs/);
      assert.deepEqual(
        nomad.heard.map(({ path, query }) => [path.split("/").at(-1), query.get("task")]),
        [
          ["postgres-acme", null],
          ["allocations", null],
          ["here", "patroni"],
          ["here", "patroni"],
        ],
      );
    } finally {
      nomad.stop();
    }
  });
});
