import { deepStrictEqual, notStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { plugin } from "../../../lab/plugins/nomad/plugin";
import { describeWith } from "../../support/needs";
import { PluginClient } from "../../support/pluginClient";
import type { Wire } from "../../support/pluginClient";

const suffix = randomBytes(4).toString("hex");

describeWith("the nomad stand-in against a real Nomad", ["NOMAD_ADDR"], function () {
  this.timeout(60_000);
  this.slow(10_000);
  let client: PluginClient;
  before(async () => {
    client = await PluginClient.start(plugin);
  });
  after(() => {
    client.close();
  });

  describe("Job", () => {
    const type = "nomad:index/job:Job";
    const id = `standin-${suffix}`;
    // No node has this attribute, so nothing is ever placed: the test is about registering.
    const job = (count: number): Wire => ({
      ID: id,
      Type: "service",
      Datacenters: ["*"],
      Constraints: [{ LTarget: "${meta.no_such_attribute}", RTarget: "x", Operand: "=" }],
      Update: { MaxParallel: 1, MinHealthyTime: 10e9, HealthyDeadline: 300e9, ProgressDeadline: 600e9 },
      TaskGroups: [
        {
          Name: "db",
          Count: count,
          Tasks: [{ Name: "postgres", Driver: "docker", Config: { image: "none" }, Meta: { role: "db" } }],
        },
      ],
    });
    const inputsOf = (count: number, more: Wire = {}): Wire => ({
      jobspec: JSON.stringify(job(count)),
      json: true,
      ...more,
    });

    it("registers, changes, reads and purges", async () => {
      const { inputs } = await client.check(type, inputsOf(1));
      const created = await client.create(type, inputs);
      strictEqual(created.id, id);
      const { name, namespace, version, status, constraints, taskGroups, updateStrategies } = created.outputs;
      deepStrictEqual([name, namespace, version, status], [id, "default", 0, "pending"]);
      deepStrictEqual(constraints, [{ ltarget: "${meta.no_such_attribute}", operand: "=", rtarget: "x" }]);
      const [group] = taskGroups as { count: number; tasks: unknown[]; updateStrategies: unknown[] }[];
      deepStrictEqual(
        [group?.count, group?.tasks],
        [1, [{ driver: "docker", meta: { role: "db" }, name: "postgres", volumeMounts: [] }]],
      );
      deepStrictEqual(group?.updateStrategies, [
        {
          ...{ autoRevert: false, canary: 0, healthCheck: "checks", healthyDeadline: "5m0s" },
          ...{ maxParallel: 1, minHealthyTime: "10s", stagger: "30s" },
        },
      ]);
      ok(Array.isArray(updateStrategies));

      const { inputs: more } = await client.check(type, inputsOf(2), inputs);
      const change = await client.diff(type, id, inputs, more, created.outputs);
      deepStrictEqual(change, { changed: true, diffs: ["jobspec"], replaces: [] });
      const updated = await client.update(type, id, created.outputs, inputs, more);
      strictEqual(updated.outputs["version"], 1);
      notStrictEqual(updated.outputs["modifyIndex"], created.outputs["modifyIndex"]);
      const unchanged = await client.diff(type, id, more, more, updated.outputs);
      strictEqual(unchanged.changed, false);

      const found = await client.read(type, id, updated.outputs, more);
      deepStrictEqual(found, { outputs: updated.outputs, inputs: more });
      const imported = await client.read(type, `${id}@default`, {}, {});
      strictEqual(imported?.outputs["name"], id);

      await client.delete(type, id, { ...updated.outputs, purgeOnDestroy: true });
      strictEqual(await client.read(type, id, updated.outputs, more), undefined);
      await client.delete(type, id, updated.outputs);
    });

    it("sees that somebody else changed the job", async () => {
      const inputs = inputsOf(1);
      const created = await client.create(type, inputs);
      await client.create(type, inputsOf(3));
      await rejects(
        client.diff(type, id, inputs, inputsOf(2), created.outputs),
        /job modify index has changed since last refresh/,
      );
      await client.delete(type, id, { ...created.outputs, purgeOnDestroy: true });
    });

    it("keeps the counts that Nomad has when asked to", async () => {
      await client.create(type, inputsOf(1));
      const scaled = await client.create(type, inputsOf(5, { preserveCounts: true }));
      const [group] = scaled.outputs["taskGroups"] as { count: number }[];
      strictEqual(group?.count, 1);
      await client.delete(type, id, { ...scaled.outputs, purgeOnDestroy: true });
    });

    it("follows a job without a deployment to its end", async () => {
      const inputs = inputsOf(0, { detach: false });
      const { outputs } = await client.create(type, inputs);
      deepStrictEqual([outputs["deploymentId"], outputs["deploymentStatus"]], ["", ""]);
      await client.delete(type, id, { ...outputs, purgeOnDestroy: true });
    });

    it("passes on what Nomad has against a job", async () => {
      const broken = { ...job(1), TaskGroups: [] };
      await rejects(
        client.create(type, { jobspec: JSON.stringify(broken), json: true }),
        /can't register the job "standin-.*answered PUT \/v1\/jobs with 500: .*Missing job task groups/s,
      );
      await rejects(
        client.create(type, { jobspec: JSON.stringify({ ...job(1), Namespace: "nowhere" }), json: true }),
        /can't register the job .*nowhere/s,
      );
    });
  });
});
