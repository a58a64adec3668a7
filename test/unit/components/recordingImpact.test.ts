import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { recordingImpact } from "../../../components/recordingImpact";
import { eventually } from "../../support/waiting";
import { ephemeralCluster, examplePlatform, volumeCluster } from "../../support/examples";

describe("the records of the impact", () => {
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
    const clusterMade = new Map<string, (leader: string) => void>();
    const made = recordingImpact(stack, ({ name }) => {
      const leader = new Promise<string>((resolve) => clusterMade.set(name, resolve));
      return { leader: pulumi.output(leader), databases: pulumi.output([]) };
    });
    const names = () => registered.map(({ name }) => name);
    const look = (saw: (state: unknown) => void) => {
      saw(names());
      return Promise.resolve(names().length > 0 ? true : undefined);
    };
    await eventually("the attempt", look, { timeoutSeconds: 10, intervalMilliseconds: 10 });
    for (const [name, isMade] of clusterMade) {
      assert.deepEqual(names(), ["impact-attempt"]);
      isMade(`leader of ${name}`);
    }
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
