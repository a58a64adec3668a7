import { deepStrictEqual, match, notStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { plugin } from "../../../lab/plugins/nomad/plugin";
import { describeWith } from "../../support/needs";
import { PluginClient, type Wire } from "../../support/pluginClient";
import { eventually } from "../../support/waiting";

const suffix = randomBytes(4).toString("hex");

async function nomad(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${process.env["NOMAD_ADDR"] ?? ""}${path}`, {
    headers: { "X-Nomad-Token": process.env["NOMAD_TOKEN"] ?? "" },
    signal: AbortSignal.timeout(5000),
  });
  return { status: response.status, body: response.ok ? await response.json() : undefined };
}

describeWith("the nomad stand-in against a real Nomad", ["NOMAD_ADDR", "NOMAD_TOKEN"], function () {
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

    /**
     * Purges the job once Nomad has done all that it was asked for. Nomad 1.11.3 panics when it cancels a deployment of a
     * job that was purged while it was still being scheduled (nomad/plan_apply.go `applyPlan`): seen once, on a busy machine.
     */
    async function purge(outputs: Wire): Promise<void> {
      const settled = async (saw: (state: unknown) => void): Promise<true | undefined> => {
        const { body } = await nomad(`/v1/job/${id}/evaluations`);
        const states = (body as { Status: string }[]).map(({ Status }) => Status);
        saw(states);
        return states.length > 0 && !states.includes("pending") ? true : undefined;
      };
      await eventually(`evaluations of ${id} are done`, settled, { timeoutSeconds: 30 });
      await client.delete(type, id, { ...outputs, purgeOnDestroy: true });
    }

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

      await purge(updated.outputs);
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
      await purge(created.outputs);
    });

    it("keeps the counts that Nomad has when asked to", async () => {
      await client.create(type, inputsOf(1));
      const scaled = await client.create(type, inputsOf(5, { preserveCounts: true }));
      const [group] = scaled.outputs["taskGroups"] as { count: number }[];
      strictEqual(group?.count, 1);
      await purge(scaled.outputs);
    });

    it("follows a job without a deployment to its end", async () => {
      const inputs = inputsOf(0, { detach: false });
      const { outputs } = await client.create(type, inputs);
      deepStrictEqual([outputs["deploymentId"], outputs["deploymentStatus"]], ["", ""]);
      await purge(outputs);
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

  describe("DynamicHostVolume", () => {
    const type = "nomad:index/dynamicHostVolume:DynamicHostVolume";
    const inputsOf = (more: Wire = {}): Wire => ({
      name: `standin-${suffix}`,
      pluginId: "mkdir",
      capacityMin: "1.0 MiB",
      capacityMax: "2 MB",
      capabilities: [{ accessMode: "single-node-single-writer", attachmentMode: "file-system" }],
      constraints: [{ attribute: "${attr.kernel.name}", value: "linux" }],
      parameters: { mode: "0700" },
      ...more,
    });

    it("creates, waits, reads, changes and deletes", async () => {
      const { inputs, failures } = await client.check(type, inputsOf());
      deepStrictEqual(failures, []);
      const { id, outputs } = await client.create(type, inputs);
      match(id, /^[0-9a-f-]{36}$/);
      deepStrictEqual(
        [
          outputs["state"],
          outputs["name"],
          outputs["capacityMin"],
          outputs["capacityMinBytes"],
          outputs["namespace"],
        ],
        ["ready", `standin-${suffix}`, "1.0 MiB", 1048576, "default"],
      );
      match(outputs["nodeId"] as string, /^[0-9a-f-]{36}$/);
      match(outputs["hostPath"] as string, new RegExp(`/${id}$`));

      const found = await client.read(type, id, outputs, inputs);
      deepStrictEqual(found?.inputs, inputs);
      deepStrictEqual(found.outputs, outputs);
      strictEqual((await client.diff(type, id, inputs, inputs, outputs)).changed, false);

      const larger = { ...inputs, capacityMax: "4 MB" };
      const change = await client.diff(type, id, inputs, larger, outputs);
      deepStrictEqual(change, { changed: true, diffs: ["capacityMax"], replaces: [] });
      const updated = await client.update(type, id, outputs, inputs, larger);
      deepStrictEqual(
        [updated.outputs["capacityMaxBytes"], updated.outputs["hostPath"]],
        [4_000_000, outputs["hostPath"]],
      );
      const moved = await client.diff(type, id, larger, { ...larger, nodeId: "elsewhere" }, updated.outputs);
      deepStrictEqual(moved.replaces, ["nodeId"]);

      await client.delete(type, id, updated.outputs);
      strictEqual(await client.read(type, id, updated.outputs, larger), undefined);
      strictEqual((await nomad(`/v1/volume/host/${id}`)).status, 404);
      await client.delete(type, id, updated.outputs);
    });

    it("says that no node qualifies", async () => {
      const constraints = [{ attribute: "${meta.no_such_attribute}", value: "x" }];
      await rejects(
        client.create(type, inputsOf({ constraints })),
        /can't create the volume "standin-.*: Nomad at .* answered PUT .* with 500: .*no node/s,
      );
    });

    it("names modes and capacities that don't exist", async () => {
      const { failures } = await client.check(type, {
        ...inputsOf(),
        capacityMin: "much",
        capabilities: [{ accessMode: "multi-node", attachmentMode: "file-system" }],
      });
      match(
        failures.join("\n"),
        /"capabilities\[0\]\.accessMode" is "multi-node", but must be one of single-node-/,
      );
      match(failures.join("\n"), /"capacityMin" is "much"/);
    });
  });
});
