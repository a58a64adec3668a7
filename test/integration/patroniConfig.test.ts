import assert from "node:assert/strict";
import { dynamicConfig } from "../../patroni/dynamicConfig";
import { PatroniConfig } from "../../providers/patroniConfig";
import { DynamicProvider, registeredInputs } from "../support/dynamicProviderProcess";
import { volumeCluster } from "../support/examples";
import { ensureMemberImage, labEngine } from "../support/memberImage";
import { describeWith } from "../support/needs";
import type { Wire } from "../support/pluginClient";
import { failureOf } from "../support/providerCall";
import { RealMembers } from "../support/realMembers";

const namespace = "cfgtest";
const scope = `acme-${process.pid}`;
const folder = `${namespace}/${scope}`;

describeWith(
  "PatroniConfig with a real Consul and a real Patroni cluster of three",
  ["CONSUL_HTTP_ADDR", "DOCKER_HOST", "NOMAD_POSTGRES_LAB_REGISTRY", "NOMAD_POSTGRES_LAB_STATE"],
  function () {
    this.timeout(240_000);
    const consulAddress = process.env["CONSUL_HTTP_ADDR"] ?? "";
    let provider: DynamicProvider;
    let members: RealMembers;
    const cleanUps: (() => void | Promise<void>)[] = [];
    /** What Pulumi's state would hold. */
    let state: Wire = {};

    before(async function () {
      this.timeout(900_000);
      provider = await DynamicProvider.start();
      cleanUps.push(() => {
        provider.kill();
      });
      const docker = labEngine();
      const image = await ensureMemberImage(docker);
      members = new RealMembers({ docker, image, consulAddress, namespace, scope });
      cleanUps.push(() => members.remove());
    });

    after(async () => {
      for (const cleanUp of cleanUps) await cleanUp();
    });

    async function inputs(parameters: Record<string, string | number>, pause = false): Promise<Wire> {
      const loopback = ["127.0.0.0/8"];
      const document = dynamicConfig({
        ...volumeCluster,
        parameters,
        patroni: { ...volumeCluster.patroni, pause },
        replicationNetworks: loopback,
        clientNetworks: loopback,
      });
      const args = {
        cluster: "acme",
        consulAddress,
        dcsPath: folder,
        config: JSON.stringify(document),
        timeoutSeconds: 120,
      };
      const raw = await registeredInputs(() => new PatroniConfig("acme-config", args));
      return (await provider.check({}, raw)).inputs;
    }

    async function update(
      parameters: Record<string, string | number>,
      pause = false,
    ): Promise<readonly string[]> {
      const before = provider.lines.length;
      state = await provider.update(folder, state, await inputs(parameters, pause));
      assert.equal(state["ready"], true);
      return provider.lines.slice(before);
    }

    async function leaderName(): Promise<string> {
      const response = await fetch(`${consulAddress}/v1/kv/${folder}/leader?raw`, {
        signal: AbortSignal.timeout(5000),
      });
      return response.text();
    }

    /** Whether each member says that it is paused. */
    async function pauses(): Promise<readonly boolean[]> {
      const states = await Promise.all(["node1", "node2", "node3"].map((name) => members.status(name)));
      return states.map(({ pause }) => pause === true);
    }

    function everywhere(value: string): Readonly<Record<string, string>> {
      return { node1: value, node2: value, node3: value };
    }

    it("is there before the first member, which bootstraps with it and leaves it as it is", async () => {
      const wanted = await inputs({ max_connections: 100 });
      state = (await provider.create(wanted)).outputs;
      for (let count = 0; count < 3; count++) await members.add();
      await members.untilWhole(120);
      assert.deepEqual(await members.show("max_connections"), everywhere("100"));
      state = (await provider.read(folder, state)).outputs;
      assert.equal((await provider.diff(folder, state, wanted)).changed, false);
    });

    it("is loaded by every member when it needs no restart", async () => {
      const order = await members.startOrder();
      await update({ max_connections: 100, work_mem: "8MB" });
      assert.deepEqual(await members.show("work_mem"), everywhere("8MB"));
      assert.deepEqual(await members.startOrder(), order);
    });

    it("restarts the replicas first where a value is raised", async () => {
      const leader = await leaderName();
      await update({ max_connections: 150, work_mem: "8MB" });
      assert.deepEqual(await members.show("max_connections"), everywhere("150"));
      assert.equal((await members.startOrder()).at(-1), leader);
      assert.equal(await leaderName(), leader);
    });

    it("restarts the leader first where it is lowered, and the replicas twice where another is raised", async () => {
      const leader = await leaderName();
      await update({ max_connections: 120 });
      assert.deepEqual(await members.show("max_connections"), everywhere("120"));
      assert.equal((await members.startOrder())[0], leader);
      await update({ max_connections: 100, max_worker_processes: 12 });
      assert.deepEqual(await members.show("max_connections"), everywhere("100"));
      assert.deepEqual(await members.show("max_worker_processes"), everywhere("12"));
    });

    it("goes back when a replica doesn't start with it, and the leader never stops serving", async () => {
      const leader = await leaderName();
      const started = (await members.status(leader))["postmaster_start_time"];
      const document = state["config"];
      const wrong = await inputs({
        max_connections: 100,
        max_worker_processes: 12,
        shared_preload_libraries: "no_such_library",
      });
      const error = await failureOf(provider.update(folder, state, wrong));
      assert.match(
        error.message,
        /replica node\d didn't come back with shared_preload_libraries no_such_library/,
      );
      assert.match(
        error.message,
        /the previous configuration is back in Consul\n +node\d serves again with it/,
      );
      assert.ok(error.message.includes(`leader ${leader} was not restarted`));
      state = error.partial?.outputs ?? {};
      assert.equal(state["config"], document);
      await members.untilWhole(30);
      assert.equal((await members.status(leader))["postmaster_start_time"], started);
      await update({ max_connections: 100, shared_preload_libraries: "auto_explain" });
      assert.deepEqual(await members.show("shared_preload_libraries"), everywhere("auto_explain"));
      assert.deepEqual(await members.show("max_worker_processes"), everywhere("8"));
    });

    it("pauses the cluster and resumes it, and refuses in between what takes a restart", async () => {
      const parameters = { max_connections: 100, shared_preload_libraries: "auto_explain" };
      const order = await members.startOrder();
      await update(parameters, true);
      assert.deepEqual(await pauses(), [true, true, true]);
      const { config } = state;
      const error = await failureOf(
        provider.update(folder, state, await inputs({ ...parameters, max_connections: 150 }, true)),
      );
      assert.match(error.message, /max_connections 100 -> 150 takes a restart, and patroni\.pause is true/);
      assert.equal(error.partial?.outputs["config"], config);
      await update({ ...parameters, work_mem: "7MB" }, true);
      assert.deepEqual(await members.show("work_mem"), everywhere("7MB"));
      assert.deepEqual(await members.startOrder(), order);
      await update({ ...parameters, max_connections: 150 });
      assert.deepEqual(await pauses(), [false, false, false]);
      assert.deepEqual(await members.show("max_connections"), everywhere("150"));
      await update(parameters);
    });

    it("puts right what somebody changed by hand", async () => {
      const ours = JSON.parse(String(state["config"])) as { postgresql: { parameters: object } };
      const { postgresql } = ours;
      const parameters = { ...postgresql.parameters, work_mem: "99MB" };
      await fetch(`${consulAddress}/v1/kv/${folder}/config`, {
        method: "PUT",
        body: JSON.stringify({ ...ours, postgresql: { ...postgresql, parameters } }),
        signal: AbortSignal.timeout(5000),
      });
      const wanted = await inputs({ max_connections: 100, shared_preload_libraries: "auto_explain" });
      state = (await provider.read(folder, state)).outputs;
      assert.match(String(state["config"]), /"work_mem":"99MB"/);
      assert.ok((await provider.diff(folder, state, wanted)).changed);
      await update({ max_connections: 100, shared_preload_libraries: "auto_explain" });
      assert.deepEqual(await members.show("work_mem"), everywhere("4MB"));
    });
  },
);
