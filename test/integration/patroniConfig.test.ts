import assert from "node:assert/strict";
import { describeWith } from "../support/needs";
import { failureOf } from "../support/providerCall";
import { everywhere, RealConfig, realConfigNeeds, type Parameters } from "../support/realConfig";
import type { RealMembers } from "../support/realMembers";

describeWith(
  "PatroniConfig with a real Consul and a real Patroni cluster of three",
  realConfigNeeds,
  function () {
    this.timeout(240_000);
    let real: RealConfig;
    let members: RealMembers;

    before(async function () {
      this.timeout(900_000);
      real = await RealConfig.begin("config");
      members = real.members;
    });

    after(async () => {
      await real.remove();
    });

    const paused = { patroni: { pause: true } };

    /** Whether each member says that it is paused. */
    async function pauses(): Promise<readonly boolean[]> {
      const states = await Promise.all(["node1", "node2", "node3"].map((name) => members.status(name)));
      return states.map(({ pause }) => pause === true);
    }

    it("is there before the first member, which bootstraps with it and leaves it as it is", async () => {
      const wanted = await real.inputs({ max_connections: 100 });
      real.state = (await real.provider.create(wanted)).outputs;
      for (let count = 0; count < 3; count++) await members.add();
      await members.untilWhole(120);
      assert.deepEqual(await members.show("max_connections"), everywhere("100"));
      await real.refresh();
      assert.equal((await real.provider.diff(real.folder, real.state, wanted)).changed, false);
    });

    it("is loaded by every member when it needs no restart", async () => {
      const order = await members.startOrder();
      await real.update({ max_connections: 100, work_mem: "8MB" });
      assert.deepEqual(await members.show("work_mem"), everywhere("8MB"));
      assert.deepEqual(await members.startOrder(), order);
    });

    it("restarts the replicas first where a value is raised, and then the leader hands over", async () => {
      const leader = await real.leaderName();
      await real.update({ max_connections: 150, work_mem: "8MB" });
      assert.deepEqual(await members.show("max_connections"), everywhere("150"));
      assert.equal((await members.startOrder()).at(-1), leader);
      assert.notEqual(await real.leaderName(), leader);
    });

    it("restarts the leader first where it is lowered, and the replicas twice where another is raised", async () => {
      const leader = await real.leaderName();
      await real.update({ max_connections: 120 });
      assert.deepEqual(await members.show("max_connections"), everywhere("120"));
      assert.equal((await members.startOrder())[0], leader);
      await real.update({ max_connections: 100, max_worker_processes: 12 });
      assert.deepEqual(await members.show("max_connections"), everywhere("100"));
      assert.deepEqual(await members.show("max_worker_processes"), everywhere("12"));
    });

    it("goes back when a replica doesn't start with it, and the leader never stops serving", async () => {
      const leader = await real.leaderName();
      const started = (await members.status(leader))["postmaster_start_time"];
      const document = real.state["config"];
      const wrong = await real.inputs({
        max_connections: 100,
        max_worker_processes: 12,
        shared_preload_libraries: "no_such_library",
      });
      const error = await failureOf(real.provider.update(real.folder, real.state, wrong));
      assert.match(
        error.message,
        /replica node\d didn't come back with shared_preload_libraries no_such_library/,
      );
      assert.match(
        error.message,
        /the previous configuration is back in Consul\n +node\d serves again with it/,
      );
      assert.ok(error.message.includes(`leader ${leader} was not restarted`));
      real.state = error.partial?.outputs ?? {};
      assert.equal(real.state["config"], document);
      await members.untilWhole(30);
      assert.equal((await members.status(leader))["postmaster_start_time"], started);
      await real.update({ max_connections: 100, shared_preload_libraries: "auto_explain" });
      assert.deepEqual(await members.show("shared_preload_libraries"), everywhere("auto_explain"));
      assert.deepEqual(await members.show("max_worker_processes"), everywhere("8"));
    });

    it("pauses the cluster and resumes it, and refuses in between what takes a restart", async () => {
      const parameters: Parameters = { max_connections: 100, shared_preload_libraries: "auto_explain" };
      const order = await members.startOrder();
      await real.update(parameters, paused);
      assert.deepEqual(await pauses(), [true, true, true]);
      const { config } = real.state;
      const error = await failureOf(
        real.provider.update(
          real.folder,
          real.state,
          await real.inputs({ ...parameters, max_connections: 150 }, paused),
        ),
      );
      assert.match(error.message, /max_connections 100 -> 150 takes a restart, and patroni\.pause is true/);
      assert.equal(error.partial?.outputs["config"], config);
      await real.update({ ...parameters, work_mem: "7MB" }, paused);
      assert.deepEqual(await members.show("work_mem"), everywhere("7MB"));
      assert.deepEqual(await members.startOrder(), order);
      await real.update({ ...parameters, max_connections: 150 });
      assert.deepEqual(await pauses(), [false, false, false]);
      assert.deepEqual(await members.show("max_connections"), everywhere("150"));
      await real.update(parameters);
    });

    it("puts right what somebody changed by hand", async () => {
      await real.editConfig({ postgresql: { parameters: { work_mem: "99MB" } } });
      const parameters = { max_connections: 100, shared_preload_libraries: "auto_explain" };
      const wanted = await real.inputs(parameters);
      await real.refresh();
      assert.match(String(real.state["config"]), /"work_mem":"99MB"/);
      assert.ok((await real.provider.diff(real.folder, real.state, wanted)).changed);
      await real.update(parameters);
      assert.deepEqual(await members.show("work_mem"), everywhere("4MB"));
    });
  },
);
