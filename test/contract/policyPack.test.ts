import assert from "node:assert/strict";
import { guardRails } from "../../config/guardRails/guardRails";
import type { Cluster, Platform } from "../../config/model";
import type { PackResource } from "../../policy/rule";
import { ephemeralCluster, examplePlatform, volumeCluster } from "../support/examples";
import { PolicyPackProcess } from "../support/policyPack";
import { stackResources } from "../support/stackResources";

const pinned: Platform = {
  ...examplePlatform,
  image: { ...examplePlatform.image, baseImages: { 17: `postgres:17-trixie@sha256:${"0".repeat(64)}` } },
};

describe("the policy pack, started by Pulumi's runner and driven over its protocol", () => {
  let pack: PolicyPackProcess;

  before(async () => {
    pack = await PolicyPackProcess.start();
  });
  after(() => {
    pack.kill();
  });

  async function found(
    clusters: readonly Cluster[],
    platform = pinned,
    mend: (resource: PackResource) => PackResource = (resource) => resource,
  ): Promise<readonly string[]> {
    const resources = await stackResources(clusters, platform);
    const diagnostics = await pack.analyze(resources.map(mend));
    assert.ok(diagnostics.every(({ mandatory, urn }) => mandatory && urn.startsWith("urn:pulumi:prod::")));
    // The pack puts the policy's description above.
    return diagnostics.map(({ policy, message }) => `${policy} | ${message.split("\n").slice(1).join("\n")}`);
  }

  /** Sets properties of resources whose URN ends so. */
  function setting(end: string, props: Readonly<Record<string, unknown>>) {
    return (resource: PackResource): PackResource =>
      resource.urn.endsWith(end) ? { ...resource, props: { ...resource.props, ...props } } : resource;
  }

  it("has every guard rail by its id", async () => {
    assert.deepEqual(
      await pack.policies(),
      guardRails.map(({ id }) => id),
    );
  });

  it("has nothing against a stack of clusters as they should be", async () => {
    assert.deepEqual(await found([volumeCluster, ephemeralCluster]), []);
  });

  it("refuses data that is deleted with its tenant, unless the organisation allows it", async () => {
    assert.ok(volumeCluster.storage.type === "volume");
    const deleted: Cluster = {
      ...volumeCluster,
      storage: { ...volumeCluster.storage, whenRemoved: "delete" },
    };
    assert.match(
      (await found([deleted])).join("\n"),
      /^data-deleted-only-in-words \| acme: its data would be/m,
    );
    await pack.configure("data-deleted-only-in-words", { allowed: ["acme"] });
    assert.deepEqual(await found([deleted]), []);
    await pack.configure("data-deleted-only-in-words", { allowed: [] });
  });

  it("refuses drops, unless the organisation allows them", async () => {
    const dropping: Cluster = { ...volumeCluster, drops: [{ kind: "database", name: "shop" }] };
    assert.deepEqual(await found([dropping]), [
      "dropped-only-in-words | acme: found 1 drop under `allow`; allowed: none, or its name under `allowed` of this policy",
    ]);
    await pack.configure("dropped-only-in-words", { allowed: ["acme"] });
    assert.deepEqual(await found([dropping]), []);
    await pack.configure("dropped-only-in-words", { allowed: [] });
  });

  it("refuses fewer members than commits wait for", async () => {
    const patroni = { ...volumeCluster.patroni, synchronousMode: "quorum", synchronousNodeCount: 3 } as const;
    assert.deepEqual(await found([{ ...volumeCluster, patroni }]), [
      "members-for-synchronous-mode | acme: found synchronousMode quorum with synchronousNodeCount 3 and members 3; allowed: more members than synchronousNodeCount, because the leader is none of its own replicas",
    ]);
    const fewer = { ...patroni, synchronousNodeCount: 2 };
    assert.deepEqual(await found([{ ...volumeCluster, patroni: fewer }]), []);
  });

  it("refuses two clusters in one place", async () => {
    const shared = { volumeName: "postgres-acme", dcsPath: "operations/acme", jobId: "postgres-acme" };
    const gamma: Cluster = { ...volumeCluster, name: "gamma" };
    const places = await found([volumeCluster, gamma], pinned, setting("::gamma-storage", shared));
    assert.deepEqual(
      places.map((line) => /(?:volume name|folder|job) `[^`]+`/.exec(line)?.[0]),
      ["volume name `postgres-acme`", "folder `operations/acme`", "job `postgres-acme`"],
    );
    for (const line of places)
      assert.match(line, /^nothing-shared \| \w+: found the .*, which is also that of/);
  });

  it("refuses secrets in a job and in the dynamic configuration, without showing them", async () => {
    const jobspec = JSON.stringify({ TaskGroups: [{ Env: { DSN: "postgres://me:hunter22@host/db" } }] });
    const job = await found([volumeCluster], pinned, setting("::acme-job", { jobspec }));
    assert.deepEqual(job, [
      "no-secret-in-documents | acme-job: found what looks like a password in an address in `jobspec`, at `TaskGroups[0].Env.DSN`; allowed: plain values",
    ]);
    const leaky: Cluster = { ...volumeCluster, parameters: { log_line_prefix: "password=hunter22" } };
    const [line = "", ...rest] = await found([leaky]);
    assert.match(line, /^no-secret-in-documents \| acme-config: found what looks like a password or token/);
    assert.deepEqual([rest, line.includes("hunter22")], [[], false]);
  });

  it("refuses a base image by its tag, and throw-away data without a second copy", async () => {
    const lines = await found(
      [{ ...ephemeralCluster, members: 1, patroni: volumeCluster.patroni }],
      examplePlatform,
    );
    assert.deepEqual(
      [...new Set(lines.map((line) => line.split(" | ")[0]))],
      ["pinned-base-images", "throw-away-data-replicated"],
    );
  });
});
