import assert from "node:assert/strict";
import type { PatroniStorageArgs } from "../../providers/patroniStorage";
import { ConsulKeysDouble } from "../support/consulKeysDouble";
import { NomadStorageDouble } from "../support/nomadStorageDouble";
import type { Wire } from "../support/pluginClient";
import { ephemeralArgs, nodesIn, StorageHarness, volumeArgs, volumesIn } from "../support/storageHarness";
import { failureOf } from "../support/providerCall";

const id = "operations/acme";
const name = "postgres-acme";

describe("PatroniStorage's create and update over Pulumi's provider server, with doubles of Nomad and Consul", () => {
  let harness: StorageHarness;
  let nomad: NomadStorageDouble;
  let consul: ConsulKeysDouble;

  before(async () => {
    harness = await StorageHarness.start({ NOMAD_TOKEN: "secret-nomad", CONSUL_HTTP_TOKEN: "secret-consul" });
  });

  after(() => {
    harness.provider.kill();
  });

  beforeEach(async () => {
    nomad = await NomadStorageDouble.start(["node1", "node2", "node3", "node4"]);
    consul = await ConsulKeysDouble.start();
    harness.provider.lines.splice(0);
  });

  afterEach(() => {
    nomad.server.stop();
    consul.server.stop();
  });

  function inputs(changes: Partial<PatroniStorageArgs> = {}): Wire {
    const addresses = { nomadAddress: nomad.server.address, consulAddress: consul.server.address };
    return harness.inputs(changes.kind === "ephemeral" ? ephemeralArgs : volumeArgs, {
      ...addresses,
      ...changes,
    });
  }

  it("makes a volume for each member on nodes of their own, and says so", async () => {
    const { result, lines } = await harness.linesOf(() => harness.provider.create(inputs()), /\(3 of 3\)/);
    assert.equal(result.id, id);
    assert.equal(new Set(nodesIn(result.outputs)).size, 3);
    assert.deepEqual([...nodesIn(result.outputs)].sort(), nodesIn(result.outputs));
    assert.deepEqual(
      volumesIn(result.outputs)
        .map((volume) => volume.id)
        .sort(),
      nomad.volumes.map(({ ID }) => ID).sort(),
    );
    const { volumeCount, ready, providerVersion, __provider } = result.outputs;
    assert.deepEqual([volumeCount, ready, providerVersion], [3, true, 1]);
    assert.equal(typeof __provider, "string");
    assert.ok(
      lines.every((line) => line.startsWith("[acme] ")),
      lines.join("\n"),
    );
    assert.match(lines.join("\n"), /making a volume on node\d, node\d, node\d/);
    assert.equal((await harness.provider.diff(id, result.outputs, inputs())).changed, false);
  });

  it("names the node in each request, with what the cluster asks of a volume", async () => {
    await harness.provider.create(inputs({ capacityMinBytes: 5, capacityMaxBytes: 9 }));
    const bodies = nomad.server.asked
      .filter(({ method }) => method === "PUT")
      .map(({ body }) => (JSON.parse(body) as { Volume: Wire }).Volume);
    assert.equal(new Set(bodies.map(({ NodeID }) => NodeID)).size, 3);
    const asked = { ...bodies[0], NodeID: undefined };
    assert.deepEqual(asked, {
      NodeID: undefined,
      Name: name,
      Namespace: "default",
      PluginID: "mkdir",
      RequestedCapacityMinBytes: 5,
      RequestedCapacityMaxBytes: 9,
      RequestedCapabilities: [{ AccessMode: "single-node-single-writer", AttachmentMode: "file-system" }],
      Parameters: { uid: "999", gid: "999", mode: "0700" },
    });
  });

  it("takes tokens from the environment and shows them to nobody else", async () => {
    const { outputs } = await harness.provider.create(inputs());
    assert.ok(nomad.server.asked.every(({ headers }) => headers["x-nomad-token"] === "secret-nomad"));
    assert.ok(consul.server.asked.every(({ headers }) => headers["x-consul-token"] === "secret-consul"));
    assert.ok(!JSON.stringify([outputs, harness.provider.lines]).includes("secret-"));
  });

  it("takes up volumes that exist, and makes only what is missing", async () => {
    const kept = nomad.addVolume(name, "node4");
    nomad.addVolume("postgres-acme2", "node1");
    nomad.addVolume(name, "node1", { Namespace: "prod" });
    const { result } = await harness.linesOf(() => harness.provider.create(inputs()), /taking up 1 volume/);
    assert.equal(volumesIn(result.outputs).length, 3);
    assert.ok(volumesIn(result.outputs).some((volume) => volume.id === kept.ID));
    assert.equal(
      nomad.volumes.filter(({ Name, Namespace }) => Name === name && Namespace === "default").length,
      3,
    );
  });

  it("passes over a node that refuses", async () => {
    nomad.pluginErrors.set("node1", "HostVolume.Create error: no space left on device");
    nomad.pluginErrors.set("node2", "HostVolume.Create error: volume name already exists on this node");
    const { outputs } = await harness.provider.create(inputs({ members: 2 }));
    assert.deepEqual(nodesIn(outputs), ["node3", "node4"]);
  });

  it("lets Nomad judge what can't be judged here, on nodes that are up", async () => {
    nomad.constraintVerdicts.set("node2", true).set("node3", true).set("node4", true);
    nomad.node("node4").Status = "down";
    const constraints = [{ attribute: "${attr.os.version}", operator: "version", value: "~> 12" }];
    for (const node of nomad.nodes) node.Attributes["os.version"] = "12";
    const { outputs } = await harness.provider.create(inputs({ members: 2, constraints }));
    assert.deepEqual(nodesIn(outputs), ["node2", "node3"]);
    const { body } = nomad.server.asked.find(({ method }) => method === "PUT") ?? { body: "" };
    const { NodeID, Constraints } = (JSON.parse(body) as { Volume: Wire }).Volume;
    assert.equal(NodeID, undefined);
    assert.equal((Constraints as unknown[]).length, 2);
  });

  it("says which nodes qualify and why the others don't, and makes nothing", async () => {
    nomad.node("node1").Status = "down";
    nomad.node("node2").Drain = true;
    nomad.node("node3").Meta["disk"] = "hdd";
    nomad.node("node4").Meta["disk"] = "ssd";
    const constraints = [{ attribute: "${meta.disk}", operator: "=", value: "ssd" }];
    const { message, partial } = await failureOf(harness.provider.create(inputs({ constraints })));
    assert.equal(partial, undefined);
    assert.equal(nomad.volumes.length, 0);
    assert.match(message, /needs 3 volumes named "postgres-acme" on as many nodes: 1 of 4 nodes qualifies\./);
    assert.match(message, /node1 is down; doesn't meet \$\{meta.disk\} = ssd \(not set\)/);
    assert.match(message, /node2 is being drained/);
    assert.match(message, /node3 doesn't meet .* \(found "hdd"\)/);
    assert.match(message, /node4 qualifies/);
  });

  it("keeps what exists when it fails later, and goes on from there", async () => {
    nomad.reportAfterMs = undefined;
    const failure = await failureOf(harness.provider.create(inputs({ timeoutSeconds: 1 })));
    const { partial } = failure;
    assert.ok(partial !== undefined);
    assert.equal(partial.id, id);
    assert.match(partial.reasons.join("\n"), /not ready after 1 s: 3 of 3 not reported by their nodes/);
    assert.deepEqual([partial.outputs["ready"], partial.outputs["volumeCount"]], [false, 3]);
    assert.equal(partial.outputs["__provider"], inputs()["__provider"]);
    assert.equal((await harness.provider.diff(id, partial.outputs, inputs())).changed, true);
    for (const volume of nomad.volumes) {
      volume.State = "ready";
      const node = nomad.nodes.find(({ ID }) => ID === volume.NodeID);
      if (node !== undefined) node.HostVolumes[name] = { Name: name, ID: volume.ID };
    }
    const outputs = await harness.provider.update(id, partial.outputs, inputs());
    assert.equal(outputs["ready"], true);
    assert.equal(nomad.volumes.length, 3);
  });

  it("makes another volume for one that is gone, and names it", async () => {
    const { outputs } = await harness.provider.create(inputs());
    const lost = volumesIn(outputs)[0];
    nomad.volumes = nomad.volumes.filter(({ ID }) => ID !== lost?.id);
    const read = await harness.provider.read(id, outputs);
    assert.deepEqual([read.outputs["ready"], read.outputs["volumeCount"]], [false, 2]);
    assert.equal(read.id, id);
    assert.equal(read.inputs["volumeName"], name);
    assert.equal(read.inputs["ready"], undefined);
    const updated = await harness.provider.update(id, outputs, inputs());
    assert.equal(updated["volumeCount"], 3);
    await harness.line(
      new RegExp(`volume ${lost?.id ?? ""} on ${lost?.nodeName ?? ""} is gone from Nomad: .*cloned`),
    );
  });

  it("keeps every volume when the cluster shrinks, and takes the spare one up when it grows", async () => {
    const { outputs } = await harness.provider.create(inputs());
    const { result: fewer } = await harness.linesOf(
      () => harness.provider.update(id, outputs, inputs({ members: 2 })),
      /3 volumes for 2 members: the spare stay/,
    );
    assert.equal(fewer["volumeCount"], 3);
    const more = await harness.provider.update(id, fewer, inputs({ members: 4 }));
    assert.equal(more["volumeCount"], 4);
    assert.equal(nomad.volumes.length, 4);
  });

  it("names a volume on a node that is down, and how to give it up, and makes nothing", async () => {
    const kept = nomad.addVolume(name, "node1");
    nomad.node("node1").Status = "down";
    const { message, partial } = await failureOf(harness.provider.create(inputs()));
    assert.equal(nomad.volumes.length, 1);
    const text = `${message}\n${partial?.reasons.join("\n") ?? ""}`;
    assert.match(text, /needs 3 volumes; 0 can be used, and 1 volume is on nodes that are away/);
    assert.match(text, new RegExp(`volume ${kept.ID} is on node1, which is down`));
    assert.match(text, new RegExp(`nomad volume delete .*-type=host -force ${kept.ID}`));
  });

  it("doesn't mind a spare volume on a node that is down", async () => {
    for (const node of ["node1", "node2", "node3"]) nomad.addVolume(name, node);
    nomad.node("node1").Status = "down";
    const { outputs } = await harness.provider.create(inputs({ members: 2 }));
    assert.deepEqual([outputs["ready"], outputs["volumeCount"]], [true, 3]);
  });

  it("refuses volumes that another job uses, or that are kept for it", async () => {
    nomad.addVolume(name, "node1");
    nomad.runOnVolumes("postgres-other", name);
    const inUse = await failureOf(harness.provider.create(inputs()));
    assert.equal(inUse.partial, undefined);
    assert.match(inUse.message, /belong to another job \(postgres-other\), not to postgres-acme/);
    assert.match(inUse.message, /on node1 is in use by postgres-other/);
    assert.doesNotMatch(inUse.message, /-purge/);
    nomad.endAllocations("postgres-other");
    const kept = await failureOf(harness.provider.create(inputs()));
    assert.match(kept.message, /is kept for postgres-other/);
    assert.match(kept.message, /nomad job stop .*-purge postgres-other/);
  });

  it("takes its own job's volumes up while they are in use", async () => {
    for (const node of ["node1", "node2", "node3"]) nomad.addVolume(name, node);
    nomad.runOnVolumes("postgres-acme", name);
    assert.equal((await harness.provider.create(inputs())).outputs["ready"], true);
  });

  it("waits for the sessions of members whose job was purged", async () => {
    nomad.addVolume(name, "node1");
    consul.set("operations/acme/members/node1", "{}", "session");
    const creation = harness.provider.create(inputs({ members: 1 }));
    await harness.line(/waiting for the Consul session of node1 to end before the data is taken up/);
    consul.delete("operations/acme/members/node1");
    assert.equal((await creation).outputs["ready"], true);
  });

  it("changes a volume that is too small where nothing uses it, and keeps its ID", async () => {
    const small = nomad.addVolume(name, "node1", { CapacityBytes: 2 ** 30 });
    nomad.pluginCapacityBytes = 4 * 2 ** 30;
    const { outputs } = await harness.provider.create(
      inputs({ members: 1, capacityMinBytes: 2 * 2 ** 30, capacityMaxBytes: 8 * 2 ** 30 }),
    );
    assert.deepEqual(
      volumesIn(outputs).map((volume) => [volume.id, volume.capacityBytes]),
      [[small.ID, 4 * 2 ** 30]],
    );
    await harness.line(/changed the volume on node1: it has 1GiB, at least 2GiB is wanted/);
  });

  it("refuses to change a volume in use, and leaves every one as it is", async () => {
    const first = nomad.addVolume(name, "node1", { CapacityBytes: 2 ** 30 });
    nomad.runOnVolumes("postgres-acme", name);
    nomad.addVolume(name, "node2", { CapacityBytes: 2 ** 30 });
    const { partial } = await failureOf(
      harness.provider.create(inputs({ members: 2, capacityMinBytes: 2 * 2 ** 30 })),
    );
    assert.match(partial?.reasons[0] ?? "", /can't be changed while in use/);
    assert.match(partial?.reasons[0] ?? "", new RegExp(`volume ${first.ID} on node1 has 1GiB`));
    assert.match(partial?.reasons[0] ?? "", /nomad job stop .*postgres-acme/);
    assert.equal(nomad.server.asked.filter(({ method }) => method === "PUT").length, 0);
  });

  it("names a token that is refused and an address that doesn't answer, and saves nothing", async () => {
    nomad.denied = true;
    const denied = await failureOf(harness.provider.create(inputs()));
    assert.match(denied.message, /Nomad at http.*refused \(403.*the token in NOMAD_TOKEN/);
    assert.equal(denied.partial, undefined);
    nomad.denied = false;
    consul.denied = true;
    const keys = await failureOf(harness.provider.create(inputs()));
    assert.match(keys.message, /Consul at http.*CONSUL_HTTP_TOKEN.*key_prefix "operations\/acme\/" read/);
    assert.equal(nomad.volumes.length, 0);
    const absent = await failureOf(harness.provider.create(inputs({ nomadAddress: "http://127.0.0.1:1" })));
    assert.match(absent.message, /Nomad at http:\/\/127.0.0.1:1 can't be reached/);
    assert.equal(absent.partial, undefined);
  });

  it("stops early at Patroni's keys without any data", async () => {
    consul.set("operations/acme/initialize", "7412345678901234567");
    consul.set("operations/acme/config", "{}");
    const { message, partial } = await failureOf(harness.provider.create(inputs()));
    assert.equal(partial, undefined);
    assert.equal(nomad.volumes.length, 0);
    assert.match(
      message,
      /still has operations\/acme\/initialize \(database system identifier 7412345678901234567\)/,
    );
    assert.match(message, /consul kv delete -http-addr=\S+ -recurse operations\/acme\//);
    assert.match(message, /nomad volume status/);
  });

  it("takes keys and data up together", async () => {
    consul.set("operations/acme/initialize", "7412345678901234567");
    nomad.addVolume(name, "node2");
    assert.equal((await harness.provider.create(inputs())).outputs["ready"], true);
    assert.ok(consul.keys.has("operations/acme/initialize"));
  });

  it("doesn't take another cluster's keys for its own", async () => {
    consul.set("operations/acme2/initialize", "7412345678901234567");
    assert.equal((await harness.provider.create(inputs())).outputs["ready"], true);
  });

  it("finishes a removal that was interrupted before the keys were gone", async () => {
    consul.set("operations/acme/initialize", "7412345678901234567");
    consul.set("operations/acme/removal", "true");
    consul.set("operations/acme2/initialize", "1");
    await harness.provider.create(inputs());
    assert.deepEqual([...consul.keys.keys()], ["operations/acme2/initialize"]);
    await harness.line(/finished an interrupted removal/);
  });

  it("calls an interrupted removal off where data is left", async () => {
    consul.set("operations/acme/initialize", "7412345678901234567");
    consul.set("operations/acme/removal", "true");
    nomad.addVolume(name, "node2");
    await harness.provider.create(inputs());
    assert.deepEqual([...consul.keys.keys()], ["operations/acme/initialize"]);
  });

  it("doesn't come between a leader that lives elsewhere and its keys", async () => {
    consul.set("operations/acme/initialize", "7412345678901234567");
    consul.set("operations/acme/leader", "node9", "session");
    consul.set("operations/acme/removal", "true");
    const { message } = await failureOf(harness.provider.create(inputs()));
    assert.match(message, /node9 holds a lock at operations\/acme in Consul by a living session/);
    assert.equal(consul.keys.size, 3);
  });

  it("makes nothing for throw-away data", async () => {
    const { id: made, outputs } = await harness.provider.create(inputs({ kind: "ephemeral" }));
    assert.deepEqual([made, outputs["volumes"], outputs["ready"]], [id, [], true]);
    const read = await harness.provider.read(id, outputs);
    assert.equal(read.outputs["ready"], true);
    assert.equal(nomad.volumes.length, 0);
  });

  it("takes a running job as the proof that throw-away data is there", async () => {
    consul.set("operations/acme/initialize", "7412345678901234567");
    const stopped = await failureOf(harness.provider.create(inputs({ kind: "ephemeral" })));
    assert.match(stopped.message, /no data of acme was found/);
    nomad.jobs.set("postgres-acme", { Stop: false });
    const { outputs } = await harness.provider.create(inputs({ kind: "ephemeral" }));
    assert.equal(outputs["ready"], true);
  });
});
