import assert from "node:assert/strict";
import { unknownText, type Wire } from "../support/pluginClient";
import { ephemeralArgs, StorageHarness, volumeArgs } from "../support/storageHarness";
import { failureOf } from "../support/providerCall";

describe("PatroniStorage's check and diff over Pulumi's provider server", () => {
  let harness: StorageHarness;
  let inputs: Wire;
  let outputs: Wire;

  before(async () => {
    harness = await StorageHarness.start({ NOMAD_TOKEN: "secret-nomad", CONSUL_HTTP_TOKEN: "secret-consul" });
    inputs = harness.inputs(volumeArgs);
    outputs = { ...inputs, volumes: [{ id: "v1" }], volumeCount: 1, ready: true, providerVersion: 1 };
  });

  after(() => {
    harness.provider.kill();
  });

  it("keeps a page of text in the state, without a token or a path of this machine", () => {
    const text = String(inputs["__provider"]);
    assert.ok(text.length < 6_000, `${text.length} characters`);
    assert.doesNotMatch(text, /secret-|TOKEN/);
    assert.ok(!text.includes(process.cwd()));
  });

  it("passes inputs that are right, of both kinds", async () => {
    assert.deepEqual((await harness.provider.check({}, inputs)).failures, []);
    assert.deepEqual((await harness.provider.check({}, harness.inputs(ephemeralArgs))).failures, []);
  });

  it("passes what a preview doesn't know yet", async () => {
    const unknown = { ...inputs, members: unknownText, nomadAddress: unknownText, parameters: unknownText };
    assert.deepEqual((await harness.provider.check({}, unknown)).failures, []);
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ["kind", "cloud", /"volume" or "ephemeral"/],
    ["whenRemoved", "perhaps", /"keep" or "delete"/],
    ["members", 0, /at least 1/],
    ["members", 2.5, /whole number/],
    ["timeoutSeconds", 0, /above 0/],
    ["nomadAddress", "127.0.0.1:4646", /address such as/],
    ["consulAddress", "", /address such as/],
    ["dcsPath", "operations", /two or more parts/],
    ["dcsPath", "operations/acme/", /two or more parts/],
    ["volumeName", "", /a name/],
    ["datacenters", [], /at least one/],
    ["accessMode", "single-node-writer", /single-node-single-writer/],
    ["capacityMinBytes", -1, /at least 0/],
    ["capacityMinBytes", 2 ** 41, /^must not be less than capacityMinBytes/],
    ["constraints", [{ attribute: "", operator: "distinct_hosts", value: "" }], /always on distinct nodes/],
    ["parameters", { uid: 999 }, /must be a text/],
  ];
  for (const [property, value, reason] of wrong) {
    it(`refuses ${property} ${JSON.stringify(value)}`, async () => {
      const { failures } = await harness.provider.check({}, { ...inputs, [property]: value });
      assert.equal(failures.length, 1, JSON.stringify(failures));
      assert.match(failures[0]?.reason ?? "", reason);
    });
  }

  it("names every wrong input at once", async () => {
    const { failures } = await harness.provider.check({}, { ...inputs, members: 0, dcsPath: "x", kind: "?" });
    assert.deepEqual(failures.map(({ property }) => property).sort(), ["dcsPath", "kind", "members"]);
  });

  it("refuses to keep throw-away data", async () => {
    const ephemeral = harness.inputs(ephemeralArgs, { whenRemoved: "keep" });
    const { failures } = await harness.provider.check({}, ephemeral);
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["whenRemoved"],
    );
  });

  it("sees no change in the same inputs, whatever their order", async () => {
    const again = { ...inputs, parameters: { mode: "0700", gid: "999", uid: "999" } };
    assert.deepEqual(await harness.provider.diff("operations/acme", outputs, again), {
      changed: false,
      replaces: [],
    });
  });

  const changes: readonly (readonly [string, unknown])[] = [
    ["members", 4],
    ["whenRemoved", "delete"],
    ["timeoutSeconds", 99],
    ["nomadAddress", "http://127.0.0.1:2"],
    ["constraints", [{ attribute: "${meta.disk}", operator: "=", value: "ssd" }]],
    ["parameters", { mode: "0750", gid: "999", uid: "999" }],
    ["capacityMinBytes", 1],
    ["pluginId", "zfs"],
    ["nodePool", "storage"],
    ["jobId", "postgres-other"],
  ];
  for (const [property, value] of changes) {
    it(`updates in place when ${property} changes`, async () => {
      const answer = await harness.provider.diff("operations/acme", outputs, {
        ...inputs,
        [property]: value,
      });
      assert.deepEqual(answer, { changed: true, replaces: [] });
    });
  }

  it("updates what isn't ready, or was made by an earlier version", async () => {
    for (const old of [
      { ...outputs, ready: false },
      { ...outputs, providerVersion: 0 },
    ]) {
      assert.deepEqual(await harness.provider.diff("operations/acme", old, inputs), {
        changed: true,
        replaces: [],
      });
    }
  });

  const moves: readonly (readonly [string, unknown])[] = [
    ["volumeName", "other"],
    ["nomadNamespace", "prod"],
    ["nomadRegion", "eu"],
    ["dcsPath", "operations/other"],
    ["kind", "ephemeral"],
  ];
  for (const [property, value] of moves) {
    it(`refuses to move data by changing ${property}, without a stack trace`, async () => {
      const { message } = await failureOf(
        harness.provider.diff("operations/acme", outputs, { ...inputs, [property]: value }),
      );
      assert.match(message, new RegExp(`can't be moved by changing the config: ${property} "`));
      assert.match(message, /add a second tenant/);
      assert.doesNotMatch(harness.provider.lines.join("\n"), /\n\s+at /);
    });
  }

  it("lets a place be corrected that holds nothing yet", async () => {
    const empty = { ...outputs, volumes: [], volumeCount: 0, ready: false };
    const answer = await harness.provider.diff("operations/acme", empty, { ...inputs, volumeName: "right" });
    assert.equal(answer.changed, true);
  });
});
