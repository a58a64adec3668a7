import assert from "node:assert/strict";
import { parse } from "yaml";
import { dynamicConfig } from "../../../patroni/dynamicConfig";
import { jobspec } from "../../../patroni/jobspec";
import { patroniYml } from "../../../patroni/patroniYml";
import { ephemeralCluster, examplePlatform, volumeCluster } from "../../support/examples";
import { assertGolden } from "../../support/golden";

const imagePrefix = "registry.example.net/patroni:17-4.1.5-0123456789ab";

for (const cluster of [volumeCluster, ephemeralCluster]) {
  describe(`documents of ${cluster.name}`, () => {
    it("match the reviewed files", () => {
      const job = jobspec({ cluster, platform: examplePlatform, imagePrefix });
      assertGolden(`${cluster.name}.jobspec.json`, `${JSON.stringify(withoutTemplate(job), undefined, 2)}\n`);
      assertGolden(`${cluster.name}.patroni.yml`, patroniYml(cluster, examplePlatform));
      assertGolden(
        `${cluster.name}.dynamic.json`,
        `${JSON.stringify(dynamicConfig(cluster), undefined, 2)}\n`,
      );
    });

    it("give valid YAML once the expressions are filled in", () => {
      const rendered = patroniYml(cluster, examplePlatform)
        .replace(/^{{-.*$/gm, "")
        .replace(/"(?:{{[^}]*}}|[\d.]+):{{[^}]*}}"/g, '"127.0.0.1:1"')
        .replace(/{{[^}]*}}/g, '"value"');
      assert.equal((parse(rendered) as { scope: string }).scope, cluster.name);
    });
  });
}

describe("the limit for stuck members", () => {
  it("is not there where nothing is to be rebuilt", () => {
    const patroni = { ...volumeCluster.patroni, rebuildStuckAfterSeconds: "never" } as const;
    assert.equal(dynamicConfig({ ...volumeCluster, patroni })["rebuild_stuck_after"], undefined);
  });
});

describe("what a cluster's config says of Patroni's own settings", () => {
  it("stands in the document by Patroni's names, and nothing of what it doesn't say", () => {
    const patroni = {
      ...volumeCluster.patroni,
      failsafeMode: false,
      memberSlotsTtlSeconds: 0,
      maxTimelinesHistory: 20,
      slots: {
        cdc: { type: "logical", database: "shop", plugin: "pgoutput" },
        archive: { type: "physical" },
      },
      ignoreSlots: [{ name: "theirs", type: "logical" }],
      standbyCluster: {
        host: "10.20.0.7",
        port: 5432,
        primarySlotName: "far",
        restoreCommand: "fetch %f %p",
      },
    } as const;
    const before = dynamicConfig(volumeCluster);
    const after = dynamicConfig({ ...volumeCluster, patroni });
    const added = Object.fromEntries(Object.entries(after).filter(([key]) => !Object.hasOwn(before, key)));
    assert.deepEqual(added, {
      failsafe_mode: false,
      member_slots_ttl: 0,
      max_timelines_history: 20,
      slots: {
        cdc: { type: "logical", database: "shop", plugin: "pgoutput" },
        archive: { type: "physical" },
      },
      ignore_slots: [{ name: "theirs", type: "logical" }],
      standby_cluster: {
        host: "10.20.0.7",
        port: 5432,
        primary_slot_name: "far",
        restore_command: "fetch %f %p",
      },
    });
  });
});

/** The job without patroni.yml in it, which stands in a file of its own. */
function withoutTemplate(job: unknown): unknown {
  return JSON.parse(JSON.stringify(job), (key, value: unknown) =>
    key === "EmbeddedTmpl" ? "(patroni.yml, in a file of its own)" : value,
  );
}
