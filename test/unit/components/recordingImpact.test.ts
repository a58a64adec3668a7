import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { recordingImpact } from "../../../components/recordingImpact";
import { ephemeralCluster, examplePlatform, volumeCluster } from "../../support/examples";

describe("the records of the impact", function () {
  this.timeout(30_000);

  it("have names that stay and the same facts, and the second comes after all clusters", async () => {
    const registered: { readonly name: string; readonly facts: unknown; readonly record: unknown }[] = [];
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => {
        const { facts, record } = inputs as Record<string, unknown>;
        registered.push({ name, facts, record });
        return { id: name, state: inputs as object };
      },
      call: () => ({}),
    });
    const stack = {
      clusters: [volumeCluster, ephemeralCluster],
      platform: examplePlatform,
      imageOf: () => ({ referencePrefix: "registry.example.net/patroni:17" }),
    };
    const made = recordingImpact(stack, ({ name }) => new pulumi.ComponentResource("test:index:Made", name));
    assert.deepEqual(
      made.map(([name]) => name),
      ["acme", "beta"],
    );
    await pulumi.runtime.disconnect();
    const [attempt, success] = ["attempt", "success"].map((record) =>
      registered.find((one) => one.record === record),
    );
    assert.deepEqual([attempt?.name, success?.name], ["impact-attempt", "impact-success"]);
    assert.deepEqual(Object.keys(attempt?.facts as object), ["acme", "beta"]);
    assert.deepEqual(success?.facts, attempt?.facts);
    assert.equal(registered.at(-1)?.name, "impact-success");
  });
});
