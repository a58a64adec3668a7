import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { PatroniStorageArgs } from "../../providers/patroniStorage";
import { describeWith } from "../support/needs";
import type { Wire } from "../support/pluginClient";
import { nodesIn, StorageHarness, volumeArgs, volumesIn } from "../support/storageHarness";
import { failureOf } from "../support/providerCall";
import { StorageLab } from "../support/storageLab";
import { eventually } from "../support/waiting";

const prefix = `storagetest-${process.pid}-`;
const needed = ["NOMAD_ADDR", "CONSUL_HTTP_ADDR"];

describeWith("PatroniStorage against a real Nomad of three nodes and a real Consul", needed, function () {
  this.timeout(120_000);
  const environment = (name: string) => process.env[name] ?? "";
  const lab = new StorageLab(environment("NOMAD_ADDR"), environment("CONSUL_HTTP_ADDR"), prefix);
  let harness: StorageHarness;
  /** Provider processes that a test kills half way. */
  const doomed: StorageHarness[] = [];

  before(async () => {
    harness = await StorageHarness.start({});
  });

  after(() => {
    harness.provider.kill();
  });

  afterEach(async () => {
    for (const { provider } of doomed.splice(0)) provider.kill();
    await lab.clean();
    harness.provider.lines.splice(0);
  });

  /** A tenant of its own for each test. */
  function tenant(name: string, changes: Partial<PatroniStorageArgs> = {}) {
    const full = `${prefix}${name}`;
    const args = {
      ...{ cluster: full, volumeName: full, jobId: full, dcsPath: `operations/${full}`, timeoutSeconds: 60 },
      ...{ nomadAddress: lab.nomadAddress, consulAddress: lab.consulAddress },
      ...changes,
    };
    return {
      name: full,
      id: `operations/${full}`,
      inputs: (more: Partial<PatroniStorageArgs> = {}): Wire =>
        harness.inputs(volumeArgs, { ...args, ...more }),
    };
  }

  /** What stands in for a database: a file in each volume. Only where the nodes are this machine. */
  async function writeData(name: string, content: string): Promise<void> {
    for (const { hostPath } of await lab.volumes(name)) writeFileSync(path.join(hostPath, "data"), content);
  }

  it("makes three volumes side by side, with owner and mode", async () => {
    const { id, name, inputs } = tenant("create");
    const { result, lines } = await harness.linesOf(() => harness.provider.create(inputs()), /\(3 of 3\)/);
    const { outputs } = result;
    assert.deepEqual(nodesIn(outputs), ["node1", "node2", "node3"]);
    assert.match(lines.join("\n"), /making a volume on node1, node2, node3/);
    for (const { hostPath } of await lab.volumes(name)) {
      const { uid, gid, mode } = statSync(hostPath);
      assert.deepEqual([uid, gid, mode & 0o777], [999, 999, 0o700]);
    }
    assert.equal((await harness.provider.diff(id, outputs, inputs())).changed, false);
  });

  it("keeps data and keys, and takes both up again", async () => {
    const { id, name, inputs } = tenant("keep");
    const { outputs } = await harness.provider.create(inputs({ members: 2 }));
    await lab.setKey(`${id}/initialize`, "7412345678901234567");
    await writeData(name, "kept");
    await harness.provider.delete(id, outputs);
    await harness.line(/data kept: 2 volumes/);
    const again = await harness.provider.create(inputs({ members: 2 }));
    assert.deepEqual(volumesIn(again.outputs), volumesIn(outputs));
    for (const { hostPath } of await lab.volumes(name)) {
      assert.equal(readFileSync(path.join(hostPath, "data"), "utf8"), "kept");
    }
  });

  it("scales up, down and up again without a volume more than needed", async () => {
    const { id, inputs } = tenant("scale");
    const two = (await harness.provider.create(inputs({ members: 2 }))).outputs;
    const three = await harness.provider.update(id, two, inputs({ members: 3 }));
    const fewer = await harness.provider.update(id, three, inputs({ members: 2 }));
    const again = await harness.provider.update(id, fewer, inputs({ members: 3 }));
    assert.deepEqual(
      [two, three, fewer, again].map((outputs) => outputs["volumeCount"]),
      [2, 3, 3, 3],
    );
    assert.deepEqual(volumesIn(again), volumesIn(three));
  });

  it("deletes data and keys once the last allocation has ended, and nothing of its neighbour's", async () => {
    const { id, name, inputs } = tenant("delete", { whenRemoved: "delete" });
    const { outputs } = await harness.provider.create(inputs({ members: 2 }));
    await lab.runJob(name, name, 2, 8);
    for (const key of ["initialize", "config", "members/node1"]) await lab.setKey(`${id}/${key}`, "7");
    await lab.setKey(`${id}2/initialize`, "8");
    const paths = (await lab.volumes(name)).map(({ hostPath }) => hostPath);
    const wanted = await failureOf(harness.provider.delete(id, outputs));
    assert.match(wanted.message, /is still registered in Nomad and uses it/);
    await lab.stopJob(name);
    const removal = harness.provider.delete(id, outputs);
    await harness.line(/waiting for 2 allocations to end/);
    assert.ok(paths.every((hostPath) => existsSync(hostPath)));
    await removal;
    assert.equal((await lab.aliveAllocations(name)).length, 0);
    assert.deepEqual(await lab.volumes(name), []);
    assert.ok(!paths.some((hostPath) => existsSync(hostPath)));
    assert.deepEqual(await lab.keys(`operations/${name}`), [`${id}2/initialize`]);
  });

  it("waits for the members' sessions where a purged job left no allocations to look at", async () => {
    const { id, name, inputs } = tenant("purged", { whenRemoved: "delete" });
    const { outputs } = await harness.provider.create(inputs({ members: 1 }));
    await lab.runJob(name, name, 1, 5);
    await lab.lockKey(`${id}/members/node1`, "{}", 10);
    await lab.stopJob(name, true);
    assert.deepEqual(await lab.aliveAllocations(name), []);
    const removal = harness.provider.delete(id, outputs);
    await harness.line(/waiting for the Consul session of node1 to end/);
    assert.equal((await lab.volumes(name)).length, 1);
    await removal;
    assert.deepEqual([await lab.volumes(name), await lab.keys(id)], [[], []]);
  });

  it("makes volumes again right after it deleted them, and waits for the new ones' own reports", async () => {
    const { id, name, inputs } = tenant("again", { whenRemoved: "delete" });
    const { outputs } = await harness.provider.create(inputs());
    await harness.provider.delete(id, outputs);
    const again = await harness.provider.create(inputs());
    assert.equal(again.outputs["ready"], true);
    const ids = new Set(volumesIn(again.outputs).map((volume) => volume.id));
    assert.ok(volumesIn(outputs).every((volume) => !ids.has(volume.id)));
    // Ready means that Nomad can place allocations on them at once.
    await lab.runJob(name, name, 3, 0);
  });

  it("goes on after its process was killed in the middle of making volumes", async () => {
    const { name, inputs } = tenant("killed");
    const victim = await StorageHarness.start({});
    doomed.push(victim);
    const creation = failureOf(victim.provider.create(inputs()));
    await eventually(
      "the first volume",
      async () => ((await lab.volumes(name)).length > 0 ? true : undefined),
      { timeoutSeconds: 20, intervalMilliseconds: 20 },
    );
    victim.provider.kill();
    assert.equal((await creation).partial, undefined);
    const { outputs } = await harness.provider.create(inputs());
    assert.equal(outputs["volumeCount"], 3);
    assert.equal((await lab.volumes(name)).length, 3);
  });

  it("goes on after its process was killed in the middle of a removal", async () => {
    const { id, name, inputs } = tenant("killed-removal", { whenRemoved: "delete" });
    const { outputs } = await harness.provider.create(inputs({ members: 2 }));
    await lab.setKey(`${id}/initialize`, "7412345678901234567");
    await lab.runJob(name, name, 2, 10);
    const victim = await StorageHarness.start({});
    doomed.push(victim);
    // Loads the provider's code, so that the removal itself starts at once.
    await victim.provider.check({}, inputs());
    await lab.stopJob(name);
    const removal = failureOf(victim.provider.delete(id, outputs));
    await victim.line(/waiting for 2 allocations to end/);
    victim.provider.kill();
    await removal;
    assert.equal((await lab.volumes(name)).length, 2);
    await harness.provider.delete(id, outputs);
    assert.deepEqual([await lab.volumes(name), await lab.keys(id)], [[], []]);
  });

  it("finishes a removal that lost its process between the volumes and the keys", async () => {
    const { id, inputs } = tenant("half-removed");
    await lab.setKey(`${id}/initialize`, "7412345678901234567");
    await lab.setKey(`${id}/removal`, "true");
    const { outputs } = await harness.provider.create(inputs({ members: 1 }));
    assert.equal(outputs["ready"], true);
    assert.deepEqual(await lab.keys(id), []);
  });

  it("never gives two tenants one directory", async () => {
    const [a, b] = [tenant("a"), tenant("b")];
    await Promise.all([a, b].map(({ inputs }) => harness.provider.create(inputs())));
    const paths = (await lab.volumes(prefix)).map(({ hostPath }) => hostPath);
    assert.equal(new Set(paths).size, 6);
    await lab.runJob(a.name, a.name, 1, 0);
    const { message, partial } = await failureOf(harness.provider.create(b.inputs({ volumeName: a.name })));
    assert.match(message, new RegExp(`belong to another job \\(${a.name}\\)`));
    assert.equal(partial, undefined);
  });

  it("names a leftover initialize key, and makes nothing", async () => {
    const { id, name, inputs } = tenant("leftover");
    await lab.setKey(`${id}/initialize`, "7412345678901234567");
    const { message } = await failureOf(harness.provider.create(inputs()));
    assert.match(message, /database system identifier 7412345678901234567/);
    assert.deepEqual(await lab.volumes(name), []);
  });

  it("waits for the lock of a leader that was killed before it removes anything", async () => {
    const { id, inputs } = tenant("lock", { kind: "ephemeral", whenRemoved: "delete" });
    const { outputs } = await harness.provider.create(inputs());
    await lab.lockKey(`${id}/leader`, "node1", 10);
    const removal = harness.provider.delete(id, outputs);
    await harness.line(/waiting for the Consul session of node1 to end/);
    assert.deepEqual(await lab.keys(id), [`${id}/leader`]);
    await removal;
    assert.deepEqual(await lab.keys(id), []);
  });

  it("says which nodes are short, and makes nothing", async () => {
    const { name, inputs } = tenant("short");
    const constraints = [{ attribute: "${node.unique.name}", operator: "!=", value: "node2" }];
    const { message } = await failureOf(harness.provider.create(inputs({ constraints })));
    assert.match(message, /2 of 3 nodes qualify/);
    assert.match(message, /node2 doesn't meet \$\{node.unique.name\} != node2 \(found "node2"\)/);
    assert.deepEqual(await lab.volumes(name), []);
  });

  it("leaves to Nomad what only Nomad can judge", async () => {
    const { inputs } = tenant("unsure");
    const constraints = [{ attribute: "${node.unique.name}", operator: "regexp", value: "(?i)^NODE[13]$" }];
    const { outputs } = await harness.provider.create(inputs({ members: 2, constraints }));
    assert.deepEqual(nodesIn(outputs), ["node1", "node3"]);
    const { partial } = await failureOf(harness.provider.update("x", outputs, inputs({ constraints })));
    assert.match(partial?.reasons[0] ?? "", /node2 doesn't meet the constraints, says Nomad/);
  });

  it("changes what a volume was made with when nothing uses it, and refuses while something does", async () => {
    const { id, name, inputs } = tenant("change");
    const { outputs } = await harness.provider.create(inputs({ members: 1 }));
    const parameters = { uid: "998", gid: "999", mode: "0700" };
    await lab.runJob(name, name, 1, 0);
    const busy = await failureOf(harness.provider.update(id, outputs, inputs({ members: 1, parameters })));
    assert.match(busy.partial?.reasons[0] ?? "", /was made with uid "999", "998" is wanted/);
    await lab.stopJob(name);
    await eventually(
      "the job's end",
      async () => ((await lab.aliveAllocations(name)).length === 0 ? true : undefined),
      { timeoutSeconds: 30 },
    );
    const changed = await harness.provider.update(id, outputs, inputs({ members: 1, parameters }));
    assert.deepEqual(volumesIn(changed), volumesIn(outputs));
    assert.deepEqual((await lab.volumes(name))[0]?.parameters, parameters);
    await harness.line(/plugin mkdir leaves owner and mode of \S+ on node\d as they are/);
  });

  it("shows a volume that somebody deleted, and makes another one", async () => {
    const { id, name, inputs } = tenant("drift");
    const { outputs } = await harness.provider.create(inputs({ members: 2 }));
    const [first] = volumesIn(outputs);
    await lab.deleteVolume(first?.id ?? "");
    const read = await harness.provider.read(id, outputs);
    assert.deepEqual([read.outputs["ready"], read.outputs["volumeCount"]], [false, 1]);
    const updated = await harness.provider.update(id, read.outputs, inputs({ members: 2 }));
    assert.equal(updated["volumeCount"], 2);
    assert.equal((await lab.volumes(name)).length, 2);
  });
});
