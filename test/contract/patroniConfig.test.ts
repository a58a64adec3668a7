import assert from "node:assert/strict";
import { doubleFolder } from "../support/doubles/clusterDouble";
import { ConfigCalls, oldDocument } from "../support/configCalls";
import { failureOf } from "../support/providerCall";
import { unknownText } from "../support/pluginClient";

describe("PatroniConfig over Pulumi's provider server, with doubles of Consul and Patroni", () => {
  let calls: ConfigCalls;

  before(async () => {
    calls = await ConfigCalls.start();
  });

  after(() => {
    calls.stop();
  });

  describe("before the cluster runs", () => {
    it("writes the key where there is none", async () => {
      const cluster = await calls.begin([]);
      const { id, outputs } = await calls.provider.create(await calls.inputs(oldDocument));
      assert.equal(id, doubleFolder);
      assert.deepEqual(cluster.document, oldDocument);
      assert.deepEqual(
        [outputs["config"], outputs["modifyIndex"], outputs["ready"]],
        [JSON.stringify(oldDocument), 1, true],
      );
      const write = cluster.consul.heard.find(({ method }) => method === "PUT");
      assert.equal(write?.query.get("cas"), "0");
      assert.equal(write.headers["x-consul-token"], "right");
      assert.deepEqual(await calls.linesUpTo(/no leader/), [
        `[acme] configuration: written to ${doubleFolder}/config`,
        "[acme] configuration: no leader, so members take it when they start",
      ]);
    });

    it("keeps a key that means the same, and writes over one that doesn't", async () => {
      const cluster = await calls.begin([]);
      const { ttl, loop_wait, ...rest } = oldDocument;
      cluster.put(JSON.stringify({ ...rest, loop_wait: String(loop_wait), ttl }));
      const kept = await calls.provider.create(await calls.inputs(oldDocument));
      assert.equal(cluster.index, 1);
      assert.equal(kept.outputs["ready"], true);
      await calls.linesUpTo(/holds it already/);
      cluster.put(JSON.stringify({ ...oldDocument, ttl: 30 }));
      await calls.provider.create(await calls.inputs(oldDocument));
      assert.deepEqual(cluster.document, oldDocument);
      await calls.linesUpTo(/configuration: ttl 30 -> 20/);
      cluster.put("not JSON");
      await calls.provider.create(await calls.inputs(oldDocument));
      assert.deepEqual(cluster.document, oldDocument);
    });

    it("loses nobody's change unseen, and gives up on a key that is never at rest", async () => {
      const cluster = await calls.begin([], oldDocument);
      const other = JSON.stringify({ ...oldDocument, ttl: 40 });
      cluster.beforeWrite = () => {
        cluster.put(other);
      };
      await calls.provider.create(await calls.inputs({ ...oldDocument, ttl: 25 }));
      assert.deepEqual(cluster.document, { ...oldDocument, ttl: 25 });
      await calls.linesUpTo(/ttl 40 -> 25/);
      const again = () => {
        cluster.put(other);
        setImmediate(() => (cluster.beforeWrite = again));
      };
      cluster.beforeWrite = again;
      const error = await failureOf(calls.provider.create(await calls.inputs({ ...oldDocument, ttl: 26 })));
      assert.match(
        error.message,
        /the key operations\/acme\/config was changed by somebody else at every try/,
      );
    });

    it("says where it looked for Consul, and which token was refused", async () => {
      const cluster = await calls.begin([]);
      cluster.consulAnswer = { status: 403, body: "Permission denied: lacks permission 'key:read'" };
      const denied = await failureOf(calls.provider.create(await calls.inputs(oldDocument)));
      assert.match(denied.message, /^cluster acme: Consul at http\S+ .* refused \(403 Permission denied/);
      assert.match(denied.message, /the token in CONSUL_HTTP_TOKEN doesn't allow it or is not valid/);
      assert.match(denied.message, /key_prefix "operations\/acme\/" \{ policy = "read" \}/);
      assert.equal(denied.partial?.outputs["ready"], false);
      const resource = await calls.inputs(oldDocument);
      cluster.consul.stop();
      const gone = await failureOf(calls.provider.create(resource));
      assert.match(gone.message, /Consul at http:\/\/127\.0\.0\.1:\d+ can't be reached \(.*ECONNREFUSED/);
      assert.match(gone.message, /consulAddress in the stack's config right\?[^]*CONSUL_HTTP_ADDR/);
      assert.equal(gone.partial?.outputs["__provider"], resource["__provider"]);
    });
  });

  describe("at refresh and removal", () => {
    it("shows what somebody changed, in the order of what was put there", async () => {
      const cluster = await calls.begin([], oldDocument);
      const state = await calls.settled(oldDocument);
      const { ttl, ...rest } = oldDocument;
      cluster.put(JSON.stringify({ ...rest, pause: true, ttl: 33 }));
      const drifted = await calls.provider.read(doubleFolder, state);
      const expected = JSON.stringify({ ...oldDocument, ttl: 33, pause: true });
      assert.deepEqual([drifted.outputs["config"], drifted.inputs["config"]], [expected, expected]);
      assert.equal(drifted.outputs["ready"], false);
      assert.ok(
        (await calls.provider.diff(doubleFolder, drifted.outputs, await calls.inputs(oldDocument))).changed,
      );
      await calls.provider.update(doubleFolder, drifted.outputs, await calls.inputs(oldDocument));
      assert.deepEqual(cluster.document, { ...oldDocument, ttl });
    });

    it("shows nothing when Patroni has only written it in its own way", async () => {
      const cluster = await calls.begin([], oldDocument);
      const state = await calls.settled(oldDocument);
      const { ttl, ...rest } = oldDocument;
      cluster.put(JSON.stringify({ ...rest, ttl: String(ttl) }));
      const { outputs, inputs: seen } = await calls.provider.read(doubleFolder, state);
      assert.deepEqual(outputs, { ...state, modifyIndex: 2 });
      assert.equal(seen["config"], state["config"]);
      assert.equal(
        (await calls.provider.diff(doubleFolder, outputs, await calls.inputs(oldDocument))).changed,
        false,
      );
    });

    it("shows a key that is gone, and keeps an unfinished change unfinished", async () => {
      const cluster = await calls.begin([]);
      const gone = await calls.provider.read(doubleFolder, await calls.settled(oldDocument));
      assert.deepEqual([gone.outputs["config"], gone.outputs["ready"]], ["{}", false]);
      cluster.put(JSON.stringify(oldDocument));
      const unfinished = await calls.provider.read(doubleFolder, {
        ...(await calls.settled(oldDocument)),
        ready: false,
      });
      assert.equal(unfinished.outputs["ready"], false);
    });

    it("leaves the key when it is deleted", async () => {
      const cluster = await calls.begin([], oldDocument);
      await calls.provider.delete(doubleFolder, await calls.settled(oldDocument));
      assert.deepEqual(cluster.document, oldDocument);
      await calls.linesUpTo(/operations\/acme\/config stays or goes with the cluster's storage/);
    });
  });

  it("checks inputs field by field, without the network, and lets unknown ones pass", async () => {
    const cluster = await calls.begin([]);
    const good = await calls.inputs(oldDocument);
    assert.deepEqual((await calls.provider.check({}, good)).failures, []);
    assert.deepEqual((await calls.provider.check({}, { ...good, config: unknownText })).failures, []);
    const { failures } = await calls.provider.check(
      {},
      {
        ...good,
        consulAddress: "consul:8500",
        dcsPath: "/operations/acme/",
        config: "[]",
        timeoutSeconds: -1,
        nomadAddress: "nomad",
      },
    );
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["consulAddress", "dcsPath", "timeoutSeconds", "config", "nomadAddress"],
    );
    assert.deepEqual(cluster.consul.heard, []);
  });

  it("keeps little text in the state, and none of its work", async () => {
    await calls.begin([]);
    const text = String((await calls.inputs(oldDocument))["__provider"]);
    assert.ok(text.length < 6000, `${text.length} characters`);
    assert.ok(text.includes("./providers/config/provider"));
    assert.doesNotMatch(text, /restart_pending|cas/);
  });
});
