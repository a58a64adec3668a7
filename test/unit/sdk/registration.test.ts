import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as nomad from "@pulumi/nomad";

const registered: pulumi.runtime.MockResourceArgs[] = [];

function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

describe("@pulumi/nomad, the local SDK", () => {
  before(async () => {
    await pulumi.runtime.setMocks({
      newResource: (args) => {
        registered.push(args);
        return { id: `${args.name}-id`, state: { ...(args.inputs as object), name: "from-the-server" } };
      },
      call: () => ({}),
    });
  });
  beforeEach(() => registered.splice(0));

  it("registers a job under the published token, with its inputs alone", async () => {
    const job = new nomad.Job("acme", { jobspec: "{}", json: true, purgeOnDestroy: true });
    strictEqual(await promiseOf(job.name), "from-the-server");
    strictEqual(registered[0]?.type, "nomad:index/job:Job");
    deepStrictEqual(registered[0].inputs, { jobspec: "{}", json: true, purgeOnDestroy: true });
  });

  it("registers a volume under the published token", async () => {
    const volume = new nomad.DynamicHostVolume("data", {
      name: "data",
      pluginId: "mkdir",
      capabilities: [{ accessMode: "single-node-single-writer", attachmentMode: "file-system" }],
    });
    await promiseOf(volume.urn);
    strictEqual(registered[0]?.type, "nomad:index/dynamicHostVolume:DynamicHostVolume");
    deepStrictEqual(Object.keys(registered[0].inputs as object).sort(), ["capabilities", "name", "pluginId"]);
  });

  it("asks for a provider with settings of its own, secrets marked", async () => {
    const provider = new nomad.Provider("other", {
      address: "http://127.0.0.1:4646",
      secretId: "s3cret",
      skipVerify: true,
    });
    await promiseOf(provider.urn);
    const inputs = registered[0]?.inputs as Record<string, unknown>;
    strictEqual(registered[0]?.type, "pulumi:providers:nomad");
    strictEqual(inputs["address"], "http://127.0.0.1:4646");
    strictEqual(inputs["skipVerify"], "true");
    match(JSON.stringify(inputs["secretId"]), /"4dabf18193072939515e22adb298388d"/);
  });

  it("names a required input that is missing", () => {
    const untyped = nomad.Job as unknown as new (name: string, args: object) => nomad.Job;
    throws(() => new untyped("acme", {}), /Missing required property 'jobspec'/);
  });

  it("knows its own kind", () => {
    const job = new nomad.Job("acme", { jobspec: "{}" });
    strictEqual(nomad.Job.isInstance(job), true);
    strictEqual(nomad.DynamicHostVolume.isInstance(job), false);
    strictEqual(nomad.Job.isInstance(undefined), false);
  });
});
