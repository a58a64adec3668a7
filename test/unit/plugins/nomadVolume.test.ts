import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { plugin } from "../../../lab/plugins/nomad/plugin";
import { PluginClient, unknownText } from "../../support/pluginClient";
import { failureOf } from "../../support/providerCall";
import type { Wire } from "../../support/pluginClient";
import { ScriptedServer } from "../../support/scriptedServer";

const type = "nomad:index/dynamicHostVolume:DynamicHostVolume";
const inputs: Wire = {
  name: "acme-data",
  namespace: "default",
  pluginId: "mkdir",
  capacityMin: "1.0 GiB",
  capabilities: [{ accessMode: "single-node-single-writer", attachmentMode: "file-system" }],
};
const volume = (state: string): object => ({
  ID: "v1",
  Name: "acme-data",
  Namespace: "default",
  PluginID: "mkdir",
  NodePool: "default",
  NodeID: "node-1-of-three",
  RequestedCapacityMinBytes: 1073741824,
  RequestedCapacityMaxBytes: 0,
  CapacityBytes: 0,
  RequestedCapabilities: [{ AccessMode: "single-node-single-writer", AttachmentMode: "file-system" }],
  HostPath: "/volumes/v1",
  State: state,
});

/** Answers only when the volume is ready or the wait is over, as a blocking query does. */
const pending = async (): Promise<{ body: object; headers: Record<string, string> }> => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { body: volume("pending"), headers: { "x-nomad-index": "7" } };
};

describe("the nomad stand-in's DynamicHostVolume", () => {
  let nomad: ScriptedServer;
  let client: PluginClient;
  beforeEach(async () => {
    nomad = await ScriptedServer.start();
    client = await PluginClient.start(plugin, { address: nomad.address });
  });
  afterEach(() => {
    client.close();
    nomad.stop();
  });

  it("waits until the volume is ready, by blocking queries", async () => {
    let looks = 0;
    nomad.play({
      "PUT /v1/volume/host/create": () => ({ body: { Volume: volume("pending") } }),
      "GET /v1/volume/host/v1": () =>
        ++looks < 3 ? pending() : { body: volume("ready"), headers: { "x-nomad-index": "9" } },
    });
    const { id, outputs } = await client.create(type, inputs);
    deepStrictEqual([id, outputs["state"], outputs["nodeId"]], ["v1", "ready", "node-1-of-three"]);
    deepStrictEqual(
      nomad.heard.filter(({ method }) => method === "GET").map(({ query }) => query.get("index")),
      ["0", "7", "7"],
    );
  });

  it("keeps a volume in the state that isn't ready at the deadline, and goes on with it by its ID", async () => {
    nomad.play({
      "PUT /v1/volume/host/create": () => ({ body: { Volume: volume("pending") } }),
      "GET /v1/volume/host/v1": pending,
    });
    const { message, partial } = await failureOf(client.create(type, inputs, false, 0.2));
    match(message, /can't wait for the volume "acme-data" \(v1\) on node .* it is still "pending"/);
    match(message, /nomad volume status -type host v1/);
    deepStrictEqual([partial?.id, partial?.outputs["state"]], ["v1", "pending"]);

    nomad.play({ "PUT /v1/volume/host/create": () => ({ body: { Volume: volume("ready") } }) });
    const resumed = await client.update(type, "v1", partial?.outputs ?? {}, inputs, inputs);
    strictEqual(resumed.outputs["state"], "ready");
    const { Volume } = nomad.heard[0]?.body as { Volume: Wire };
    deepStrictEqual([Volume["ID"], Volume["NodeID"]], ["v1", "node-1-of-three"]);
  });

  it("stops waiting when the run is interrupted, and keeps the volume in the state", async () => {
    let seen: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (seen = resolve));
    nomad.play({
      "PUT /v1/volume/host/create": () => ({ body: { Volume: volume("pending") } }),
      "GET /v1/volume/host/v1": async () => {
        seen();
        await new Promise((resolve) => setTimeout(resolve, 5000).unref());
        return { body: volume("pending") };
      },
    });
    const created = failureOf(client.create(type, inputs));
    await waiting;
    await client.cancel();
    const { message, partial } = await created;
    match(message, /stopped because the engine was told to stop/);
    strictEqual(partial?.id, "v1");
  });

  it("deletes a volume that is gone already without a word", async () => {
    nomad.play({});
    await client.delete(type, "v1", { ...inputs, nodeId: "n" });
    deepStrictEqual(
      nomad.heard.map(({ method }) => method),
      ["GET"],
    );
  });

  it("knows nothing of the node in a preview", async () => {
    const { outputs } = await client.create(type, inputs, true);
    deepStrictEqual(
      [outputs["nodeId"], outputs["hostPath"], outputs["name"]],
      [unknownText, unknownText, "acme-data"],
    );
  });
});
