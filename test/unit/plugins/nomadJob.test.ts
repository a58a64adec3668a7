import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { plugin } from "../../../lab/plugins/nomad/plugin";
import { PluginClient, secret, unknownText } from "../../support/pluginClient";
import { failureOf } from "../../support/providerCall";
import type { Wire } from "../../support/pluginClient";
import { ScriptedServer } from "../../support/scriptedServer";
import type { Script } from "../../support/scriptedServer";

const type = "nomad:index/job:Job";
const jobspec = JSON.stringify({ ID: "acme", Datacenters: ["dc1"], TaskGroups: [{ Name: "db", Count: 2 }] });
const inputs: Wire = { jobspec, json: true, detach: true };
const apiJob = {
  ID: "acme",
  Name: "acme",
  Namespace: "default",
  Type: "service",
  Version: 3,
  JobModifyIndex: 42,
  Status: "running",
};

/** Nomad's text of a job; SubmitTime has more digits than a number can hold. */
const jobText = `${JSON.stringify(apiJob).slice(0, -1)},"SubmitTime":1795414114123456789}`;

describe("the nomad stand-in's Job", () => {
  let nomad: ScriptedServer;
  let client: PluginClient;
  before(async () => {
    nomad = await ScriptedServer.start();
    client = await PluginClient.start(plugin, { address: nomad.address, secretId: "t0ken", region: "north" });
  });
  after(() => {
    client.close();
    nomad.stop();
  });

  it("demands JSON, and names what is wrong with it", async () => {
    const hcl = await client.check(type, { jobspec: 'job "a" {}' });
    match(hcl.failures.join(), /reads jobspecs in JSON only: set json to true/);
    const broken = await client.check(type, { jobspec: "{", json: true });
    match(broken.failures.join(), /jobspec is not JSON/);
    const unknown = await client.check(type, { jobspec: unknownText, json: true });
    deepStrictEqual(unknown.failures, []);
  });

  it("registers, with token and region, and tells what Nomad made of it", async () => {
    nomad.play({
      "PUT /v1/jobs": () => ({ body: { EvalID: "e1", JobModifyIndex: 42 } }),
      "GET /v1/job/acme": () => ({ body: jobText }),
    });
    const { id, outputs } = await client.create(type, { ...inputs, preserveCounts: true });
    strictEqual(id, "acme");
    deepStrictEqual(
      [outputs["name"], outputs["version"], outputs["modifyIndex"], outputs["status"], outputs["submitTime"]],
      ["acme", 3, "42", "running", "1795414114123456789"],
    );
    deepStrictEqual(
      [outputs["allocationIds"], outputs["deploymentId"], outputs["jobspec"]],
      [[], "", jobspec],
    );
    const [put] = nomad.heard;
    deepStrictEqual(put?.body, {
      Job: { ...(JSON.parse(jobspec) as object), Namespace: "default" },
      PolicyOverride: false,
      PreserveCounts: true,
    });
    strictEqual(put.headers["x-nomad-token"], "t0ken");
    strictEqual(put.query.get("region"), "north");
  });

  it("contacts nobody to preview a new job, and foretells what the jobspec says", async () => {
    nomad.play({});
    const { outputs } = await client.create(type, inputs, true);
    deepStrictEqual([outputs["name"], outputs["namespace"], outputs["type"]], ["acme", "default", "service"]);
    deepStrictEqual([outputs["version"], outputs["modifyIndex"]], [unknownText, unknownText]);
    strictEqual(nomad.heard.length, 0);
  });

  describe("diff", () => {
    const outputs: Wire = {
      ...inputs,
      name: "acme",
      namespace: "default",
      modifyIndex: "42",
      status: "running",
    };
    const changed = (job: object): Wire => ({ ...inputs, jobspec: JSON.stringify(job) });

    it("sees none between two ways of writing a job, and asks nobody", async () => {
      nomad.play({});
      const same = changed({
        TaskGroups: [{ Count: 2, Name: "db", Services: [] }],
        ID: "acme",
        Datacenters: ["dc1"],
      });
      strictEqual((await client.diff(type, "acme", inputs, same, outputs)).changed, false);
      strictEqual(nomad.heard.length, 0);
    });

    it("updates a job that says something else", async () => {
      nomad.play({ "PUT /v1/job/acme/plan": () => ({ body: { JobModifyIndex: 42 } }) });
      const answer = await client.diff(
        type,
        "acme",
        inputs,
        changed({ ID: "acme", Datacenters: ["dc2"] }),
        outputs,
      );
      deepStrictEqual(answer, { changed: true, diffs: ["jobspec"], replaces: [] });
    });

    it("refuses to plan against a job that somebody else has changed", async () => {
      nomad.play({ "PUT /v1/job/acme/plan": () => ({ body: { JobModifyIndex: 57 } }) });
      await rejects(
        client.diff(type, "acme", inputs, changed({ ID: "acme", Datacenters: ["dc2"] }), outputs),
        /job modify index has changed since last refresh: .*"acme" \(Nomad is at 57, the state at 42\).*pulumi refresh/,
      );
    });

    it("goes on when Nomad can't plan it, as registering will say why", async () => {
      nomad.play({ "PUT /v1/job/acme/plan": () => ({ status: 500, body: "no such driver" }) });
      const answer = await client.diff(
        type,
        "acme",
        inputs,
        changed({ ID: "acme", Datacenters: ["dc2"] }),
        outputs,
      );
      strictEqual(answer.changed, true);
    });

    it("replaces a job whose ID or namespace changes", async () => {
      nomad.play({});
      const id = await client.diff(type, "acme", inputs, changed({ ID: "beta" }), outputs);
      deepStrictEqual(id.replaces, ["jobspec"]);
      const namespace = await client.diff(
        type,
        "acme",
        inputs,
        changed({ ID: "acme", Namespace: "n" }),
        outputs,
      );
      deepStrictEqual(namespace.replaces, ["jobspec"]);
      const kept = await client.diff(
        type,
        "acme",
        inputs,
        { ...changed({ ID: "beta" }), deregisterOnIdChange: false },
        outputs,
      );
      deepStrictEqual(kept.replaces, []);
    });

    it("takes a jobspec that isn't known yet for a change", async () => {
      nomad.play({});
      const answer = await client.diff(type, "acme", inputs, { ...inputs, jobspec: unknownText }, outputs);
      deepStrictEqual(answer, { changed: true, diffs: ["jobspec"], replaces: [] });
    });

    it("runs a dead job again when asked to", async () => {
      const dead = { ...outputs, status: "dead" };
      strictEqual((await client.diff(type, "acme", inputs, inputs, dead)).changed, false);
      const rerun = { ...inputs, rerunIfDead: true };
      strictEqual((await client.diff(type, "acme", rerun, rerun, dead)).changed, true);
      strictEqual((await client.diff(type, "acme", rerun, rerun, outputs)).changed, false);
    });
  });

  describe("with detach: false", () => {
    const attached = { ...inputs, detach: false };

    it("follows the evaluations and the deployment, by blocking queries", async () => {
      let looks = 0;
      nomad.play({
        "PUT /v1/jobs": () => ({ body: { EvalID: "e1", JobModifyIndex: 42 } }),
        "GET /v1/evaluation/e1": () => ({ body: { ID: "e1", Status: "complete", NextEval: "e2" } }),
        "GET /v1/evaluation/e2": () => ({ body: { ID: "e2", Status: "complete", DeploymentID: "d1" } }),
        "GET /v1/deployment/d1": () => ({
          body: { ID: "d1", Status: ++looks < 3 ? "running" : "successful" },
          headers: { "x-nomad-index": String(6 + looks) },
        }),
        "GET /v1/job/acme": () => ({ body: jobText }),
      });
      const { outputs } = await client.create(type, attached);
      deepStrictEqual([outputs["deploymentId"], outputs["deploymentStatus"]], ["d1", "successful"]);
      deepStrictEqual(
        nomad.heard.filter(({ path }) => path === "/v1/deployment/d1").map(({ query }) => query.get("index")),
        ["0", "7", "8"],
      );
    });

    it("keeps the job in the state when its deployment fails", async () => {
      nomad.play({
        "PUT /v1/jobs": () => ({ body: { EvalID: "e1", JobModifyIndex: 42 } }),
        "GET /v1/evaluation/e1": () => ({ body: { ID: "e1", Status: "complete", DeploymentID: "d1" } }),
        "GET /v1/deployment/d1": () => ({
          body: { ID: "d1", Status: "failed", StatusDescription: "Failed due to progress deadline" },
        }),
      });
      const { message, partial } = await failureOf(client.create(type, attached));
      match(message, /"acme" is registered, but its deployment d1 ended as failed: Failed due to/);
      deepStrictEqual([partial?.id, partial?.outputs["modifyIndex"]], ["acme", "42"]);
    });

    /** A deployment that runs on and on; `seen` is called when it is asked for. */
    const endless = (seen: () => void, answerAfterMs: number): Script => ({
      "PUT /v1/jobs": () => ({ body: { EvalID: "e1", JobModifyIndex: 42 } }),
      "GET /v1/evaluation/e1": () => ({ body: { ID: "e1", Status: "complete", DeploymentID: "d1" } }),
      "GET /v1/deployment/d1": async () => {
        seen();
        await new Promise((resolve) => setTimeout(resolve, answerAfterMs).unref());
        return { body: { ID: "d1", Status: "running" } };
      },
    });

    it("keeps the job in the state when its deployment is still running at the deadline", async () => {
      nomad.play(endless(() => undefined, 50));
      const error = await failureOf(client.create(type, attached, false, 0.2));
      match(error.message, /can't follow the job "acme" any longer: at its deadline it was "running"/);
      strictEqual(error.partial?.id, "acme");
    });

    it("looks at the deployment once, however long its evaluation took", async () => {
      const script = endless(() => undefined, 0);
      nomad.play({
        ...script,
        "GET /v1/evaluation/e1": async (heard) => {
          await new Promise((resolve) => setTimeout(resolve, 300));
          return script["GET /v1/evaluation/e1"]?.(heard) ?? {};
        },
      });
      const { message } = await failureOf(client.create(type, attached, false, 0.1));
      match(message, /at its deadline it was "running"/);
    });

    it("stops waiting when the run is interrupted, and keeps the job in the state", async () => {
      const interrupted = await PluginClient.start(plugin, { address: nomad.address });
      let seen: () => void = () => undefined;
      const waiting = new Promise<void>((resolve) => (seen = resolve));
      nomad.play(endless(() => seen(), 5000));
      const created = failureOf(interrupted.create(type, attached));
      await waiting;
      await interrupted.cancel();
      const error = await created;
      interrupted.close();
      match(error.message, /stopped because the engine was told to stop/);
      strictEqual(error.partial?.id, "acme");
    });
  });

  it("reads allocations when asked to, and notices that a job is gone", async () => {
    nomad.play({
      "GET /v1/job/acme": () => ({ body: jobText }),
      "GET /v1/job/acme/allocations": () => ({ body: [{ ID: "a1" }, { ID: "a2" }] }),
    });
    const outputs: Wire = {
      ...inputs,
      name: "acme",
      namespace: "default",
      readAllocationIds: true,
      deploymentId: "d1",
    };
    const found = await client.read(type, "acme", outputs, inputs);
    deepStrictEqual([found?.outputs["allocationIds"], found?.outputs["deploymentId"]], [["a1", "a2"], "d1"]);
    deepStrictEqual(found?.inputs, inputs);
    nomad.play({});
    strictEqual(await client.read(type, "acme", outputs, inputs), undefined);
  });

  it("stops the job, purges it when told to, and leaves it alone when told to", async () => {
    const outputs: Wire = { ...inputs, name: "acme", namespace: "n" };
    nomad.play({ "DELETE /v1/job/acme": () => ({ body: {} }) });
    await client.delete(type, "acme", outputs);
    await client.delete(type, "acme", { ...outputs, purgeOnDestroy: true });
    await client.delete(type, "acme", { ...outputs, deregisterOnDestroy: false });
    deepStrictEqual(
      nomad.heard.map(({ query }) => [query.get("namespace"), query.get("purge")]),
      [
        ["n", "false"],
        ["n", "true"],
      ],
    );
  });

  it("takes a job that is gone already for stopped", async () => {
    nomad.play({});
    await client.delete(type, "acme", { ...inputs, name: "acme", namespace: "n" });
    deepStrictEqual(
      nomad.heard.map(({ method }) => method),
      ["DELETE"],
    );
  });

  it("keeps what Nomad echoes of a secret jobspec out of the message", async () => {
    nomad.play({ "PUT /v1/jobs": () => ({ status: 500, body: 'bad env "hunter2" of task db' }) });
    const guarded = secret(JSON.stringify({ ID: "acme", TaskGroups: [{ Env: { PASSWORD: "hunter2" } }] }));
    await rejects(
      client.create(type, { ...inputs, jobspec: guarded }),
      /with 500: bad env "\[secret\]" of task/,
    );
  });

  it("names a token that is refused, and never shows it", async () => {
    nomad.play({ "PUT /v1/jobs": () => ({ status: 403, body: "Permission denied" }) });
    await rejects(client.create(type, inputs), (error: Error) => {
      match(
        error.message,
        /can't register the job "acme": Nomad at http:\S+ refuses the token for PUT \/v1\/jobs/,
      );
      match(
        error.message,
        /\(403: Permission denied\)\. NOMAD_TOKEN or the setting nomad:secretId must hold/,
      );
      strictEqual(error.message.includes("t0ken"), false);
      return true;
    });
  });

  it("names a Nomad that isn't there, or isn't Nomad", async () => {
    const lost = await PluginClient.start(plugin, { address: "http://127.0.0.1:9" });
    await rejects(
      lost.create(type, inputs),
      /Nomad at http:\/\/127\.0\.0\.1:9 does not answer \(connection refused\): is it running\? NOMAD_ADDR or/,
    );
    lost.close();
    nomad.play({ "PUT /v1/jobs": () => ({ body: "<html>hello</html>" }) });
    await rejects(client.create(type, inputs), /does not speak JSON, so it is hardly Nomad/);
    const wrong = await PluginClient.start(plugin, { address: "nomad.example" });
    await rejects(wrong.create(type, inputs), /is "nomad.example", but must be a URL/);
    wrong.close();
  });
});
