import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../config/model";
import { tenantFacts, type StackFacts } from "../../patroni/impact/facts";
import { ChangeImpact, type ChangeImpactArgs } from "../../providers/changeImpact";
import { DynamicProvider, registeredInputs } from "../support/dynamicProviderProcess";
import { ephemeralCluster, examplePlatform, volumeCluster } from "../support/examples";
import { unknownText, type Wire } from "../support/pluginClient";

function factsOf(...clusters: readonly Cluster[]): StackFacts {
  const imagePrefix = "registry.example.net/patroni:17-4.1.5-0123456789ab";
  return Object.fromEntries(
    clusters.map((cluster) => [
      cluster.name,
      tenantFacts({ cluster, platform: examplePlatform, imagePrefix }),
    ]),
  );
}

/** The same cluster with other parameters, of the tests' own so that no line was said before. */
function withWorkMem(name: string, work_mem: string): Cluster {
  return { ...volumeCluster, name, parameters: { ...volumeCluster.parameters, work_mem } };
}

describe("ChangeImpact over Pulumi's provider server", () => {
  let provider: DynamicProvider;
  let firstLine = 0;

  before(async () => {
    provider = await DynamicProvider.start();
  });

  beforeEach(() => {
    firstLine = provider.lines.length;
  });

  after(() => {
    provider.kill();
  });

  async function inputs(
    record: ChangeImpactArgs["record"],
    facts: StackFacts,
    after: ChangeImpactArgs["after"] = [],
  ): Promise<Wire> {
    return registeredInputs(() => new ChangeImpact(`impact-${record}`, { facts, record, after }));
  }

  /** As a preview has them. */
  async function previewed(facts: StackFacts): Promise<Wire> {
    return { ...(await inputs("success", facts)), finished: unknownText };
  }

  async function state(record: ChangeImpactArgs["record"], facts: StackFacts): Promise<Wire> {
    return (await provider.create(await inputs(record, facts))).outputs;
  }

  /** What was printed since this test began. */
  function lines(): readonly string[] {
    return provider.lines.slice(firstLine);
  }

  it("says what a change does, worst first, before anything is done", async () => {
    const before = await state("attempt", factsOf(volumeCluster, ephemeralCluster));
    const after = factsOf({ ...volumeCluster, parameters: { max_connections: 300 }, members: 2 });
    const { changed, replaces } = await provider.diff("attempt", before, await inputs("attempt", after));
    assert.deepEqual([changed, replaces], [true, []]);
    assert.deepEqual(lines(), [
      "beta: removed: 2 members stop, all data in the allocations is LOST",
      "acme: members 3 → 2: 1 member leaves, its volume stays; Nomad takes the highest index, and the leader changes if that is it",
      "acme: max_connections 200 → 300: rolling restart, replicas first, then a switchover: 3 restarts, less than 1 s without writes",
    ]);
  });

  it("says nothing and has no difference when nothing changes", async () => {
    const facts = factsOf(volumeCluster, ephemeralCluster);
    for (const record of ["attempt", "success"] as const) {
      const answer = await provider.diff(record, await state(record, facts), await inputs(record, facts));
      assert.equal(answer.changed, false);
    }
    const preview = await provider.diff("success", await state("success", facts), await previewed(facts));
    assert.equal(preview.changed, false);
    assert.deepEqual(lines(), []);
  });

  it("doesn't say from the last success what it said from the last attempt", async () => {
    const [before, after] = [factsOf(withWorkMem("once", "4MB")), factsOf(withWorkMem("once", "8MB"))];
    await provider.diff("attempt", await state("attempt", before), await inputs("attempt", after));
    const answer = await provider.diff("success", await state("success", before), await previewed(after));
    assert.equal(answer.changed, true);
    assert.deepEqual(lines(), ["once: work_mem 4MB → 8MB: reload on every member, no restart"]);
  });

  it("says it again in the preview after an update that failed", async () => {
    const [before, after] = [factsOf(withWorkMem("again", "4MB")), factsOf(withWorkMem("again", "8MB"))];
    const attempted = await provider.diff(
      "attempt",
      await state("attempt", after),
      await inputs("attempt", after),
    );
    assert.equal(attempted.changed, false);
    await provider.diff("success", await state("success", before), await previewed(after));
    assert.deepEqual(lines(), ["again: work_mem 4MB → 8MB: reload on every member, no restart"]);
  });

  it("says it when the config goes back after an update that failed", async () => {
    const [before, after] = [factsOf(withWorkMem("back", "4MB")), factsOf(withWorkMem("back", "8MB"))];
    await provider.diff("attempt", await state("attempt", after), await inputs("attempt", before));
    const done = await provider.diff("success", await state("success", before), await previewed(before));
    assert.equal(done.changed, false);
    assert.deepEqual(lines(), ["back: work_mem 8MB → 4MB: reload on every member, no restart"]);
  });

  it("says nothing from the last success when all is done", async () => {
    const [before, after] = [factsOf(withWorkMem("done", "4MB")), factsOf(withWorkMem("done", "8MB"))];
    const answer = await provider.diff(
      "success",
      await state("success", before),
      await inputs("success", after),
    );
    assert.equal(answer.changed, true);
    assert.deepEqual(lines(), []);
  });

  it("keeps the facts, and says once that there was nothing to compare with", async () => {
    const facts = factsOf(volumeCluster, ephemeralCluster);
    const wanted = await inputs("attempt", facts);
    const checked = await provider.check({}, wanted);
    assert.deepEqual(checked.failures, []);
    const { id, outputs } = await provider.create(checked.inputs);
    assert.equal(id, "attempt");
    assert.deepEqual(outputs["facts"], facts);
    await provider.check(wanted, wanted);
    await provider.check({}, await inputs("success", facts));
    const read = await provider.read(id, outputs);
    assert.deepEqual([read.outputs["facts"], read.inputs["facts"]], [facts, facts]);
    const updated = await provider.update(id, outputs, await inputs("attempt", factsOf(volumeCluster)));
    assert.deepEqual(updated["facts"], factsOf(volumeCluster));
    assert.deepEqual(lines(), [
      "impact: first record of 2 clusters; from the next change on, a preview says what it does to each",
    ]);
  });

  it("keeps the last success where a part could not be made and Pulumi went on", async () => {
    const [before, after] = [factsOf(withWorkMem("part", "4MB")), factsOf(withWorkMem("part", "8MB"))];
    const notMade: unknown = await pulumi.runtime.deserializeProperty(unknownText, true);
    const wanted = await inputs("success", after, [pulumi.output("leader"), pulumi.output(notMade)]);
    assert.equal(wanted["finished"], false);
    assert.deepEqual((await provider.create(wanted)).outputs["facts"], {});
    const updated = await provider.update("success", await state("success", before), wanted);
    assert.deepEqual(updated["facts"], before);
    const next = await provider.diff("success", updated, await inputs("success", after));
    assert.equal(next.changed, true);
  });

  it("never fails a preview: not for facts of another version, nor for facts that can't be read", async () => {
    const wanted = await inputs("attempt", factsOf(volumeCluster));
    const other = await provider.diff("attempt", { ...wanted, factsVersion: 0 }, wanted);
    const broken = await provider.diff("attempt", { ...wanted, facts: { acme: {} } }, wanted);
    assert.deepEqual([other.changed, broken.changed], [true, true]);
    const [first, second, ...rest] = lines();
    assert.match(first ?? "", /^impact: the last record is of another version of this program/);
    assert.match(second ?? "", /^impact: can't be told \(TypeError: .*\); everything else goes on/);
    assert.deepEqual(rest, []);
  });
});
