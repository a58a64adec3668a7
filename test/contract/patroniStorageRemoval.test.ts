import assert from "node:assert/strict";
import type { PatroniStorageArgs } from "../../providers/patroniStorage";
import { ConsulKeysDouble } from "../support/consulKeysDouble";
import { NomadStorageDouble } from "../support/nomadStorageDouble";
import type { Wire } from "../support/pluginClient";
import { ephemeralArgs, StorageHarness, volumeArgs } from "../support/storageHarness";
import { failureOf } from "../support/providerCall";

const id = "operations/acme";
const name = "postgres-acme";
const job = "postgres-acme";

describe("PatroniStorage's delete over Pulumi's provider server, with doubles of Nomad and Consul", () => {
  let harness: StorageHarness;
  let nomad: NomadStorageDouble;
  let consul: ConsulKeysDouble;

  before(async () => {
    harness = await StorageHarness.start({});
  });

  after(() => {
    harness.provider.kill();
  });

  beforeEach(async () => {
    nomad = await NomadStorageDouble.start(["node1", "node2", "node3"]);
    consul = await ConsulKeysDouble.start();
    for (const key of ["initialize", "config", "status", "members/node1"]) consul.set(`${id}/${key}`, "7");
    consul.set("operations/acme2/initialize", "8");
    harness.provider.lines.splice(0);
  });

  afterEach(() => {
    nomad.server.stop();
    consul.server.stop();
  });

  function state(changes: Partial<PatroniStorageArgs> = {}): Wire {
    const addresses = { nomadAddress: nomad.server.address, consulAddress: consul.server.address };
    const args = changes.kind === "ephemeral" ? ephemeralArgs : volumeArgs;
    const nodeName = (nodeId: string) => nomad.nodes.find(({ ID }) => ID === nodeId)?.Name ?? "";
    const volumes = nomad.volumes
      .filter(({ Name }) => Name === name)
      .map(({ ID, Name, NodeID, CapacityBytes }) => ({
        ...{ id: ID, name: Name, nodeId: NodeID, nodeName: nodeName(NodeID), capacityBytes: CapacityBytes },
      }));
    return {
      ...harness.inputs(args, { whenRemoved: "delete", ...addresses, ...changes }),
      ...{ volumes, volumeCount: volumes.length, ready: true, providerVersion: 1 },
    };
  }

  const ownKeys = () => [...consul.keys.keys()].filter((key) => key.startsWith(`${id}/`));

  it("keeps data and keys unless told otherwise, and says where they are and how to get them back", async () => {
    for (const node of ["node1", "node2"]) nomad.addVolume(name, node);
    nomad.runOnVolumes(job, name);
    const { lines } = await harness.linesOf(
      () => harness.provider.delete(id, state({ whenRemoved: "keep" })),
      /consul kv delete/,
    );
    assert.match(lines.join("\n"), /data kept: 2 volumes named "postgres-acme" on node1, node2, and/);
    assert.match(lines.join("\n"), /put the tenant "acme" back into the config/);
    assert.equal(nomad.volumes.length, 2);
    assert.equal(ownKeys().length, 4);
    assert.equal(nomad.server.asked.length + consul.server.asked.length, 0);
  });

  it("deletes exactly the cluster's volumes and keys", async () => {
    for (const node of ["node1", "node2", "node3"]) nomad.addVolume(name, node);
    nomad.addVolume("postgres-acme2", "node1");
    nomad.addVolume(name, "node1", { Namespace: "prod" });
    await harness.provider.delete(id, state());
    assert.deepEqual(
      nomad.volumes.map(({ Name, Namespace }) => [Name, Namespace]),
      [
        ["postgres-acme2", "default"],
        [name, "prod"],
      ],
    );
    assert.deepEqual([...consul.keys.keys()], ["operations/acme2/initialize"]);
  });

  it("deletes nothing while the job is wanted", async () => {
    nomad.addVolume(name, "node1");
    nomad.runOnVolumes(job, name);
    const { message } = await failureOf(harness.provider.delete(id, state()));
    assert.match(message, /is not deleted: job postgres-acme is still registered/);
    assert.match(message, /nomad job stop -address=\S+ postgres-acme/);
    assert.doesNotMatch(harness.provider.lines.join("\n"), /\n\s+at /);
    assert.equal(nomad.volumes.length, 1);
    assert.equal(ownKeys().length, 4);
  });

  it("waits until no allocation runs before it deletes anything", async () => {
    nomad.addVolume(name, "node1");
    nomad.runOnVolumes(job, name);
    nomad.jobs.set(job, { Stop: true });
    const removal = harness.provider.delete(id, state());
    await harness.line(/waiting for 1 allocation to end on node1 before the data is deleted/);
    assert.equal(nomad.volumes.length, 1);
    assert.equal(ownKeys().length, 4);
    nomad.endAllocations(job);
    await removal;
    assert.deepEqual([nomad.volumes.length, ownKeys().length], [0, 0]);
  });

  it("gives up at its deadline, naming the allocations, with everything still there", async () => {
    nomad.addVolume(name, "node1");
    nomad.runOnVolumes(job, name);
    nomad.jobs.delete(job);
    const { message } = await failureOf(harness.provider.delete(id, state({ timeoutSeconds: 1 })));
    assert.match(message, /1 allocation of postgres-acme still runs after 1 s/);
    assert.match(message, /on node1 is running/);
    assert.equal(nomad.volumes.length, 1);
    assert.equal(ownKeys().length, 4);
  });

  it("waits for the leader lock of a member that was killed", async () => {
    nomad.addVolume(name, "node1");
    consul.set(`${id}/leader`, "node1", "session");
    const removal = harness.provider.delete(id, state());
    await harness.line(/waiting for the Consul session of node1 to end/);
    assert.equal(nomad.volumes.length, 1);
    consul.set(`${id}/leader`, "node1");
    await removal;
    assert.deepEqual([nomad.volumes.length, ownKeys().length], [0, 0]);
  });

  it("takes the members' sessions as signs of life where the job was purged", async () => {
    nomad.addVolume(name, "node1");
    consul.set(`${id}/members/node1`, "{}", "session");
    const removal = harness.provider.delete(id, state());
    await harness.line(/waiting for the Consul session of node1 to end/);
    assert.equal(nomad.volumes.length, 1);
    consul.delete(`${id}/members/node1`);
    await removal;
    assert.deepEqual([nomad.volumes.length, ownKeys().length], [0, 0]);
  });

  it("doesn't wait for sessions where Nomad still knows the job and says that all has ended", async () => {
    nomad.addVolume(name, "node1");
    nomad.jobs.set(job, { Stop: true });
    consul.set(`${id}/members/node1`, "{}", "session");
    await harness.provider.delete(id, state());
    assert.deepEqual([nomad.volumes.length, ownKeys().length], [0, 0]);
  });

  it("never takes the lock away under a leader that lives elsewhere", async () => {
    nomad.addVolume(name, "node1");
    consul.set(`${id}/leader`, "node9", "session");
    const { message } = await failureOf(harness.provider.delete(id, state({ timeoutSeconds: 1 })));
    assert.match(message, /node9 holds a lock .* removing its keys would take the lock away/);
    assert.equal(nomad.volumes.length, 1);
  });

  it("keeps the keys until every volume is gone, and goes on where it stopped", async () => {
    const [gone, left] = ["node1", "node2"].map((node) => nomad.addVolume(name, node));
    nomad.node("node2").Status = "down";
    const before = state();
    const { message } = await failureOf(harness.provider.delete(id, before));
    assert.match(message, /1 volume of acme could not be deleted; its keys in Consul are kept/);
    assert.match(message, new RegExp(`volume ${left?.ID ?? ""} on node2: its node is down`));
    assert.match(message, new RegExp(`-force ${left?.ID ?? ""}`));
    assert.deepEqual(
      nomad.volumes.map(({ ID }) => ID),
      [left?.ID],
    );
    assert.equal(ownKeys().length, 5);
    nomad.node("node2").Status = "ready";
    await harness.provider.delete(id, before);
    await harness.line(new RegExp(`volume ${gone?.ID ?? ""} on node1 was gone already`));
    assert.deepEqual([nomad.volumes.length, ownKeys().length], [0, 0]);
  });

  it("is done at once where everything is gone already", async () => {
    nomad.addVolume(name, "node1");
    const before = state();
    nomad.volumes = [];
    consul.keys.clear();
    await harness.provider.delete(id, before);
    assert.equal(consul.server.asked.filter(({ method }) => method !== "GET").length, 0);
  });

  it("doesn't delete volumes that another job took over", async () => {
    nomad.addVolume(name, "node1");
    nomad.runOnVolumes("postgres-other", name);
    const { message } = await failureOf(harness.provider.delete(id, state()));
    assert.match(message, /belong to another job/);
    assert.equal(nomad.volumes.length, 1);
    assert.equal(ownKeys().length, 4);
  });

  it("removes the keys of throw-away data once nothing runs", async () => {
    nomad.allocations.push({ ID: "a", JobID: job, NodeID: "n", NodeName: "node1", ClientStatus: "running" });
    const removal = harness.provider.delete(id, state({ kind: "ephemeral" }));
    await harness.line(/waiting for 1 allocation to end/);
    assert.equal(ownKeys().length, 4);
    nomad.endAllocations(job);
    await removal;
    assert.deepEqual([...consul.keys.keys()], ["operations/acme2/initialize"]);
  });

  it("says that it can't reach Consul, with the volumes still there", async () => {
    nomad.addVolume(name, "node1");
    const { message } = await failureOf(
      harness.provider.delete(id, state({ consulAddress: "http://127.0.0.1:1" })),
    );
    assert.match(message, /Consul at http:\/\/127.0.0.1:1 can't be reached/);
    assert.equal(nomad.volumes.length, 1);
  });
});
