import assert from "node:assert/strict";
import { ConfigCalls, oldDocument, withParameters } from "../support/configCalls";
import { doubleFolder } from "../support/doubles/clusterDouble";
import { failureOf } from "../support/providerCall";

const paused = { ...oldDocument, pause: true };

describe("PatroniConfig and a pause, with doubles of Consul and Patroni", () => {
  let calls: ConfigCalls;

  before(async () => {
    calls = await ConfigCalls.start();
  });

  after(() => {
    calls.stop();
  });

  it("pauses and resumes, and is through when every member says so", async () => {
    const cluster = await calls.begin(["node1", "node2"], oldDocument);
    const state = await calls.change(oldDocument, paused);
    assert.equal(state["ready"], true);
    for (const { applied } of cluster.members) assert.deepEqual(applied, paused);
    const resumed = await calls.provider.update(doubleFolder, state, await calls.inputs(oldDocument));
    assert.equal(resumed["ready"], true);
    for (const { applied } of cluster.members) assert.deepEqual(applied, oldDocument);
    assert.deepEqual(cluster.restarts, []);
    await calls.linesUpTo(/pause true -> unset/);
    assert.deepEqual((await calls.linesUpTo(/loaded by/)).slice(0, 3), [
      "[acme] configuration: pause unset -> true",
      "[acme] configuration: loaded by node1 and node2",
      "[acme] configuration: pause true -> unset",
    ]);
  });

  it("waits for a member that doesn't say that it is paused", async () => {
    const cluster = await calls.begin(["node1", "node2"], oldDocument);
    cluster.member("node2").readsKeys = false;
    const inputs = await calls.inputs(paused, { timeoutSeconds: 6 });
    const error = await failureOf(
      calls.provider.update(doubleFolder, await calls.settled(oldDocument), inputs),
    );
    assert.match(error.message, /not every member has loaded it within 6 s/);
    assert.equal(error.partial?.outputs["ready"], false);
  });

  it("changes what needs no restart while it is paused", async () => {
    const cluster = await calls.begin(["node1", "node2"], paused);
    const wanted = { ...withParameters({ max_connections: 100, work_mem: "8MB" }), pause: true };
    await calls.change(paused, wanted);
    for (const { applied } of cluster.members) assert.deepEqual(applied, wanted);
  });

  it("refuses what takes a restart before anything is written, whether it pauses with it or before", async () => {
    for (const before of [paused, oldDocument]) {
      const cluster = await calls.begin(["node1", "node2"], before);
      const error = await failureOf(
        calls.change(before, { ...withParameters({ max_connections: 200 }), pause: true }),
      );
      assert.deepEqual(error.message.split(/\n */), [
        "cluster acme: max_connections 100 -> 200 takes a restart, and patroni.pause is true: Patroni wouldn't start a PostgreSQL again that doesn't come back",
        "nothing was written",
        "set patroni.pause to false for this change, or take the parameter back, then run pulumi up again",
      ]);
      assert.deepEqual(cluster.document, before);
      assert.deepEqual(cluster.restarts, []);
    }
  });

  it("takes a change back that was refused, and leaves alone what waits for a restart on others' account", async () => {
    const cluster = await calls.begin(["node1", "node2"], paused);
    cluster.member("node2").foreign = {
      shared_preload_libraries: { old_value: "", new_value: "auto_explain" },
    };
    const error = await failureOf(
      calls.change(paused, { ...withParameters({ max_connections: 200 }), pause: true }),
    );
    const partial = error.partial?.outputs ?? {};
    assert.deepEqual([partial["config"], partial["ready"]], [JSON.stringify(paused), false]);
    const outputs = await calls.provider.update(doubleFolder, partial, await calls.inputs(paused));
    assert.equal(outputs["ready"], true);
    await calls.linesUpTo(/node2 waits for a restart for shared_preload_libraries .*left alone/);
    assert.deepEqual(cluster.restarts, []);
  });

  it("restarts nobody while it is paused for what turns out to wait for a restart", async () => {
    const cluster = await calls.begin(["node1", "node2"], oldDocument);
    const named = { auto_explain_like: "on" };
    const foreign = { auto_explain_like: { old_value: "off", new_value: "on" } };
    for (const member of cluster.members) member.foreign = foreign;
    const document = withParameters({ max_connections: 100, ...named });
    const error = await failureOf(calls.change(oldDocument, { ...document, pause: true }));
    assert.match(
      error.message,
      /^cluster acme: replica node2 and leader node1 wait for a restart \(auto_explain_like off -> on\), and patroni.pause is true/,
    );
    assert.match(error.message, /set patroni.pause to false and run pulumi up, which then restarts them/);
    assert.deepEqual(cluster.restarts, []);
    assert.equal(error.partial?.outputs["ready"], false);
  });

  it("resumes before it restarts where one change does both", async () => {
    const cluster = await calls.begin(["node1", "node2"], paused);
    const wanted = withParameters({ max_connections: 200 });
    await calls.change(paused, wanted);
    assert.deepEqual(cluster.restarts, ["node2", "node1 -> node2"]);
    for (const { running, applied } of cluster.members) {
      assert.equal(running["max_connections"], 200);
      assert.deepEqual(applied, wanted);
    }
  });

  it("puts the previous configuration back without its pause, in which nobody would start the member", async () => {
    const cluster = await calls.begin(["node1", "node2"], paused);
    cluster.member("node2").impossible.add("shared_buffers=500GB");
    const wrong = withParameters({ max_connections: 100, shared_buffers: "500GB" });
    const error = await failureOf(calls.change(paused, wrong));
    assert.match(
      error.message,
      /the previous configuration is back in Consul, without its pause\n +node2 serves again with it/,
    );
    assert.deepEqual(cluster.document, oldDocument);
    assert.equal(cluster.member("node2").state, "running");
    assert.equal(error.partial?.outputs["config"], JSON.stringify(oldDocument));
  });

  it("refuses to pause a cluster that has no leader: it would never get one", async () => {
    const cluster = await calls.begin([]);
    const error = await failureOf(calls.provider.create(await calls.inputs(paused)));
    assert.deepEqual(error.message.split(/\n */), [
      "cluster acme: patroni.pause is true, and no member holds the leader lock: while it is paused, Patroni bootstraps no cluster and starts no PostgreSQL",
      "nothing was written",
      "set patroni.pause to false, run pulumi up, and pause the cluster once it has a leader",
    ]);
    assert.equal(cluster.text, undefined);
  });

  it("waits for a leader when it resumes a cluster that lost its own", async () => {
    const cluster = await calls.begin(["node1", "node2"], paused);
    cluster.member("node1").state = "start failed";
    cluster.leader = undefined;
    await calls.change(paused, oldDocument);
    assert.notEqual(cluster.leader, undefined);
    assert.deepEqual(cluster.document, oldDocument);
  });
});
