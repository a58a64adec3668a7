import assert from "node:assert/strict";
import { PatroniConfig, type PatroniConfigArgs } from "../../providers/patroniConfig";
import { ClusterDouble, doubleFolder } from "../support/doubles/clusterDouble";
import { DynamicProvider, registeredInputs } from "../support/dynamicProviderProcess";
import { CallError, unknownText, type Wire } from "../support/pluginClient";
import { ScriptedServer } from "../support/scriptedServer";
import { eventually } from "../support/waiting";

const base = { ttl: 20, loop_wait: 1, retry_timeout: 3 };
const old = {
  ...base,
  postgresql: { parameters: { max_connections: 100 }, pg_hba: ["local all all trust"] },
};

const postgresLog = `2026-11-23 05:54:50.440 UTC [1045] FATAL:  terminating walreceiver process due to administrator command
2026-11-23 05:54:52.988 UTC [3019] FATAL:  could not map anonymous shared memory: Cannot allocate memory
2026-11-23 05:54:52.988 UTC [3019] HINT:  This error usually means that PostgreSQL's request exceeded available memory.
2026-11-23 05:54:53,001 INFO: postmaster pid=3019
2026-11-23 05:54:53,100 WARNING: restart failed (start failed)
`;

function withParameters(parameters: Record<string, string | number>): typeof old {
  return { ...old, postgresql: { ...old.postgresql, parameters: parameters as { max_connections: number } } };
}

describe("PatroniConfig over Pulumi's provider server, with doubles of Consul and Patroni", function () {
  this.timeout(60_000);
  let provider: DynamicProvider;
  let cluster: ClusterDouble;
  let heardLines = 0;

  before(async () => {
    provider = await DynamicProvider.start({ CONSUL_HTTP_TOKEN: "right" });
  });

  after(() => {
    provider.kill();
  });

  beforeEach(() => {
    heardLines = provider.lines.length;
  });

  afterEach(() => {
    cluster.stop();
  });

  async function inputs(document: object, changes: Partial<PatroniConfigArgs> = {}): Promise<Wire> {
    const args: PatroniConfigArgs = {
      cluster: "acme",
      consulAddress: cluster.consul.address,
      dcsPath: doubleFolder,
      config: JSON.stringify(document),
      timeoutSeconds: 20,
      ...changes,
    };
    const raw = await registeredInputs(() => new PatroniConfig("acme-config", args));
    return (await provider.check({}, raw)).inputs;
  }

  /** The state after a run that put `document` into effect. */
  async function settled(document: object): Promise<Wire> {
    return { ...(await inputs(document)), modifyIndex: 1, ready: true };
  }

  async function failure(work: Promise<unknown>): Promise<CallError> {
    return work.then(
      () => assert.fail("it succeeded"),
      (error: unknown) => {
        assert.ok(error instanceof CallError, String(error));
        return error;
      },
    );
  }

  /** This test's lines, once the last one is there. */
  async function linesUpTo(last: RegExp): Promise<readonly string[]> {
    const look = (saw: (state: unknown) => void) => {
      const lines = provider.lines.slice(heardLines);
      saw(lines);
      return Promise.resolve(lines.some((line) => last.test(line)) ? lines : undefined);
    };
    return eventually("the provider's lines", look, { timeoutSeconds: 5, intervalMilliseconds: 10 });
  }

  describe("before the cluster runs", () => {
    it("writes the key where there is none", async () => {
      cluster = await ClusterDouble.start([]);
      const { id, outputs } = await provider.create(await inputs(old));
      assert.equal(id, doubleFolder);
      assert.deepEqual(cluster.document, old);
      assert.deepEqual(
        [outputs["config"], outputs["modifyIndex"], outputs["ready"]],
        [JSON.stringify(old), 1, true],
      );
      const write = cluster.consul.heard.find(({ method }) => method === "PUT");
      assert.equal(write?.query.get("cas"), "0");
      assert.equal(write.headers["x-consul-token"], "right");
      assert.deepEqual(await linesUpTo(/no leader/), [
        `[acme] configuration: written to ${doubleFolder}/config`,
        "[acme] configuration: no leader, so members take it when they start",
      ]);
    });

    it("keeps a key that means the same, and writes over one that doesn't", async () => {
      cluster = await ClusterDouble.start([]);
      const { ttl, loop_wait, ...rest } = old;
      cluster.put(JSON.stringify({ ...rest, loop_wait: String(loop_wait), ttl }));
      const kept = await provider.create(await inputs(old));
      assert.equal(cluster.index, 1);
      assert.equal(kept.outputs["ready"], true);
      await linesUpTo(/holds it already/);
      cluster.put(JSON.stringify({ ...old, ttl: 30 }));
      await provider.create(await inputs(old));
      assert.deepEqual(cluster.document, old);
      await linesUpTo(/configuration: ttl 30 -> 20/);
      cluster.put("not JSON");
      await provider.create(await inputs(old));
      assert.deepEqual(cluster.document, old);
    });

    it("loses nobody's change unseen, and gives up on a key that is never at rest", async () => {
      cluster = await ClusterDouble.start([], old);
      const other = JSON.stringify({ ...old, ttl: 40 });
      cluster.beforeWrite = () => {
        cluster.put(other);
      };
      await provider.create(await inputs({ ...old, ttl: 25 }));
      assert.deepEqual(cluster.document, { ...old, ttl: 25 });
      await linesUpTo(/ttl 40 -> 25/);
      const again = () => {
        cluster.put(other);
        setImmediate(() => (cluster.beforeWrite = again));
      };
      cluster.beforeWrite = again;
      const error = await failure(provider.create(await inputs({ ...old, ttl: 26 })));
      assert.match(
        error.message,
        /the key operations\/acme\/config was changed by somebody else at every try/,
      );
    });

    it("says where it looked for Consul, and which token was refused", async () => {
      cluster = await ClusterDouble.start([]);
      cluster.consulAnswer = { status: 403, body: "Permission denied: lacks permission 'key:read'" };
      const denied = await failure(provider.create(await inputs(old)));
      assert.match(denied.message, /^cluster acme: Consul at http\S+ .* refused \(403 Permission denied/);
      assert.match(denied.message, /the token in CONSUL_HTTP_TOKEN doesn't allow it or is not valid/);
      assert.match(denied.message, /key_prefix "operations\/acme\/" \{ policy = "read" \}/);
      assert.equal(denied.partial?.outputs["ready"], false);
      const resource = await inputs(old);
      cluster.consul.stop();
      const gone = await failure(provider.create(resource));
      assert.match(gone.message, /Consul at http:\/\/127\.0\.0\.1:\d+ can't be reached \(.*ECONNREFUSED/);
      assert.match(gone.message, /consulAddress in the stack's config right\?[^]*CONSUL_HTTP_ADDR/);
      assert.equal(gone.partial?.outputs["__provider"], resource["__provider"]);
    });
  });

  describe("while the cluster runs", () => {
    it("waits until every member has loaded it, and restarts nobody for what needs no restart", async () => {
      cluster = await ClusterDouble.start(["node1", "node2"], old);
      const wanted = { ...withParameters({ max_connections: 100, work_mem: "8MB" }), ttl: 30 };
      const outputs = await provider.update(doubleFolder, await settled(old), await inputs(wanted));
      assert.equal(outputs["ready"], true);
      assert.deepEqual(cluster.restarts, []);
      for (const { applied } of cluster.members) assert.deepEqual(applied, wanted);
      assert.deepEqual(await linesUpTo(/loaded by/), [
        "[acme] configuration: ttl 20 -> 30, work_mem unset -> 8MB",
        "[acme] configuration: loaded by node1 and node2",
      ]);
    });

    it("restarts the replicas one by one and then the leader", async () => {
      cluster = await ClusterDouble.start(["node2", "node3", "node1"], old);
      const wanted = withParameters({ max_connections: 200 });
      await provider.update(doubleFolder, await settled(old), await inputs(wanted));
      assert.deepEqual(cluster.restarts, ["node1", "node3", "node2"]);
      for (const { running } of cluster.members) assert.equal(running["max_connections"], 200);
      const lines = await linesUpTo(/node2 serves again/);
      assert.deepEqual(
        lines.map((line) => line.replace(/after [\d.]+ s/, "after … s")),
        [
          "[acme] configuration: max_connections 100 -> 200",
          "[acme] configuration: loaded by node1, node2 and node3",
          "[acme] max_connections 100 -> 200: restarting replicas first",
          "[acme] restarting replica node1",
          "[acme] node1 serves again after … s",
          "[acme] restarting replica node3",
          "[acme] node3 serves again after … s",
          "[acme] restarting leader node2",
          "[acme] node2 serves again after … s",
        ],
      );
    });

    it("restarts the leader first when it lowers what a standby must not have lower", async () => {
      const high = withParameters({ max_connections: 300, max_worker_processes: 8 });
      cluster = await ClusterDouble.start(["node1", "node2", "node3"], high);
      const lower = withParameters({ max_connections: 200, max_worker_processes: 8 });
      const state = await provider.update(doubleFolder, await settled(high), await inputs(lower));
      assert.deepEqual(cluster.restarts.splice(0), ["node1", "node2", "node3"]);
      const both = withParameters({ max_connections: 100, max_worker_processes: 16 });
      await provider.update(doubleFolder, state, await inputs(both));
      assert.deepEqual(cluster.restarts, ["node2", "node3", "node1", "node2", "node3"]);
      for (const { running } of cluster.members)
        assert.deepEqual([running["max_connections"], running["max_worker_processes"]], [100, 16]);
    });

    it("goes back when a replica doesn't start, leaves the leader alone, and takes a better value later", async () => {
      cluster = await ClusterDouble.start(["node1", "node2", "node3"], old);
      cluster.member("node3").impossible.add("shared_buffers=500GB");
      const wrong = withParameters({ max_connections: 100, shared_buffers: "500GB" });
      const error = await failure(provider.update(doubleFolder, await settled(old), await inputs(wrong)));
      assert.deepEqual(cluster.restarts.splice(0), ["node2", "node3"]);
      assert.deepEqual(cluster.document, old);
      assert.equal(cluster.member("node3").state, "running");
      assert.equal(cluster.member("node3").running["shared_buffers"], "128MB");
      assert.deepEqual(error.message.split(/\n */), [
        "cluster acme: replica node3 didn't come back with shared_buffers 500GB (it ran with 128MB)",
        "Patroni's answer to the restart: restart failed (503)",
        "the previous configuration is back in Consul",
        "node3 serves again with it",
        "leader node1 was not restarted",
        "already restarted with it: node2; the next pulumi up takes the restart back",
        "what PostgreSQL says stands in the log of node3: nomad job allocs postgres-acme, nomad alloc logs <allocation>",
        "set a value that PostgreSQL starts with, then run pulumi up again",
      ]);
      const partial = error.partial?.outputs ?? {};
      assert.deepEqual([partial["config"], partial["ready"]], [JSON.stringify(old), false]);
      const better = withParameters({ max_connections: 100, shared_buffers: "256MB" });
      assert.ok((await provider.diff(doubleFolder, partial, await inputs(better))).changed);
      await provider.update(doubleFolder, partial, await inputs(better));
      assert.deepEqual(cluster.restarts, ["node2", "node3", "node1"]);
      for (const { running } of cluster.members) assert.equal(running["shared_buffers"], "256MB");
    });

    it("says what it couldn't put back, and doesn't touch what somebody else put there", async () => {
      cluster = await ClusterDouble.start(["node1", "node2"], old);
      const leader = cluster.member("node1");
      const replica = cluster.member("node2");
      replica.impossible.add("max_connections=200");
      const lower = withParameters({ max_connections: 200, shared_buffers: "1GB" });
      const high = withParameters({ max_connections: 300 });
      cluster.put(JSON.stringify(high));
      for (const { running } of [leader, replica]) running["max_connections"] = 300;
      const other = JSON.stringify({ ...high, ttl: 77 });
      const meddle = eventually(
        "the first restart",
        () => {
          if (cluster.restarts.length === 0) return Promise.resolve(undefined);
          cluster.beforeWrite = () => {
            cluster.put(other);
          };
          return Promise.resolve(true);
        },
        { timeoutSeconds: 20, intervalMilliseconds: 5 },
      );
      const error = await failure(provider.update(doubleFolder, await settled(high), await inputs(lower)));
      await meddle;
      assert.deepEqual(cluster.restarts, ["node2", "node1", "node2"]);
      assert.match(error.message, /somebody else has changed the configuration since; it was left as it is/);
      // The leader was restarted before, because its value was lowered.
      assert.doesNotMatch(error.message, /was not restarted/);
      assert.match(error.message, /already restarted with it: node1;/);
      assert.equal(cluster.text, other);
    });

    it("takes the old value everywhere when the operator gives the new one up", async () => {
      cluster = await ClusterDouble.start(["node1", "node2", "node3"], old);
      cluster.member("node3").impossible.add("shared_buffers=500GB");
      const wrong = withParameters({ max_connections: 100, shared_buffers: "500GB" });
      const error = await failure(provider.update(doubleFolder, await settled(old), await inputs(wrong)));
      cluster.restarts.splice(0);
      const outputs = await provider.update(doubleFolder, error.partial?.outputs ?? {}, await inputs(old));
      assert.equal(outputs["ready"], true);
      assert.deepEqual(cluster.restarts, ["node2"]);
      assert.equal(cluster.member("node2").running["shared_buffers"], "128MB");
    });

    it("goes back when the leader doesn't start, after its replicas did", async () => {
      cluster = await ClusterDouble.start(["node1", "node2"], old);
      cluster.member("node1").impossible.add("shared_buffers=500GB");
      const wrong = withParameters({ max_connections: 100, shared_buffers: "500GB" });
      const error = await failure(provider.update(doubleFolder, await settled(old), await inputs(wrong)));
      assert.deepEqual(cluster.restarts, ["node2", "node1"]);
      assert.equal(cluster.leader, "node2");
      assert.deepEqual(cluster.document, old);
      assert.match(error.message, /leader node1 didn't come back with shared_buffers 500GB/);
      assert.match(error.message, /node1 serves again with it/);
      assert.doesNotMatch(error.message, /was not restarted/);
      assert.match(error.message, /already restarted with it: node2;/);
    });

    it("goes back with one member alone as well", async () => {
      cluster = await ClusterDouble.start(["node1"], old);
      cluster.member("node1").impossible.add("max_connections=9000");
      const error = await failure(
        provider.update(
          doubleFolder,
          await settled(old),
          await inputs(withParameters({ max_connections: 9000 })),
        ),
      );
      assert.match(
        error.message,
        /leader node1 didn't come back with max_connections 9000 \(it ran with 100\)/,
      );
      assert.equal(cluster.member("node1").running["max_connections"], 100);
      assert.equal(cluster.member("node1").state, "running");
    });

    it("gives PostgreSQL's own words where Nomad has them", async () => {
      cluster = await ClusterDouble.start(["node1"], old);
      cluster.member("node1").impossible.add("max_connections=9000");
      const nomad = await ScriptedServer.start();
      nomad.play({
        "GET /v1/job/postgres-acme/allocations": () => ({
          body: [
            { ID: "gone", NodeName: "node1", ClientStatus: "complete", TaskStates: { patroni: {} } },
            { ID: "here", NodeName: "node1", ClientStatus: "running", TaskStates: { patroni: {} } },
          ],
        }),
        "GET /v1/client/fs/logs/here": () => ({ body: postgresLog }),
      });
      try {
        const wanted = await inputs(withParameters({ max_connections: 9000 }), {
          nomadAddress: nomad.address,
        });
        const error = await failure(provider.update(doubleFolder, await settled(old), wanted));
        assert.match(
          error.message,
          /\n +PostgreSQL says: FATAL: could not map anonymous shared memory: Cannot/,
        );
        assert.doesNotMatch(error.message, /nomad alloc logs/);
        assert.equal(nomad.heard[1]?.query.get("task"), "patroni");
      } finally {
        nomad.stop();
      }
    });

    it("goes on where a run stopped half way", async () => {
      cluster = await ClusterDouble.start(["node1", "node2", "node3"], old);
      cluster.member("node3").restartMs = 60_000;
      const wanted = await inputs(withParameters({ max_connections: 200 }));
      const state = await settled(old);
      const doomed = await DynamicProvider.start({ CONSUL_HTTP_TOKEN: "right" });
      const run = doomed.update(doubleFolder, state, wanted).catch(() => undefined);
      const look = () => Promise.resolve(cluster.restarts.includes("node3") ? true : undefined);
      await eventually("the second restart", look, { timeoutSeconds: 20 });
      doomed.kill();
      await run;
      cluster.member("node3").restartMs = 20;
      cluster.member("node3").state = "running";
      cluster.restarts.splice(0);
      await provider.update(doubleFolder, state, wanted);
      assert.deepEqual(cluster.restarts, ["node3", "node1"]);
      for (const { running } of cluster.members) assert.equal(running["max_connections"], 200);
    });

    it("does without members whose PostgreSQL doesn't run, and leaves what isn't its own", async () => {
      cluster = await ClusterDouble.start(["node1", "node2", "node3"], old);
      cluster.member("node3").state = "stopped";
      cluster.member("node2").foreign = {
        shared_preload_libraries: { old_value: "", new_value: "auto_explain" },
      };
      const wanted = withParameters({ max_connections: 200 });
      const outputs = await provider.update(doubleFolder, await settled(old), await inputs(wanted));
      assert.equal(outputs["ready"], true);
      assert.deepEqual(cluster.restarts, ["node2", "node1"]);
      const lines = await linesUpTo(/node1 serves again/);
      assert.ok(
        lines.includes(
          "[acme] configuration: loaded by node1 and node2; node3 will when PostgreSQL runs there",
        ),
        lines.join("\n"),
      );
      assert.ok(
        lines.some((line) =>
          /node2 waits for a restart for shared_preload_libraries .*left alone/.test(line),
        ),
        lines.join("\n"),
      );
    });

    it("follows the lock when another member takes it meanwhile", async () => {
      cluster = await ClusterDouble.start(["node1", "node2", "node3"], old);
      const wanted = withParameters({ max_connections: 200 });
      const moved = eventually(
        "the first restart",
        () => {
          if (cluster.restarts.length === 0) return Promise.resolve(undefined);
          cluster.leader = "node3";
          return Promise.resolve(true);
        },
        { timeoutSeconds: 20, intervalMilliseconds: 5 },
      );
      await provider.update(doubleFolder, await settled(old), await inputs(wanted));
      await moved;
      assert.deepEqual(cluster.restarts, ["node2", "node1", "node3"]);
    });

    it("gives up at its deadline, names every member's state, and resumes", async () => {
      cluster = await ClusterDouble.start(["node1", "node2"], old);
      const { address, server } = cluster.member("node2");
      server.stop();
      const wanted = withParameters({ max_connections: 200 });
      const short = await inputs(wanted, { timeoutSeconds: 4 });
      const error = await failure(provider.update(doubleFolder, await settled(old), short));
      assert.match(error.message, /not every member has loaded it within 4 s/);
      assert.match(
        error.message,
        /member node1 \(leader\): running, waits for a restart \(max_connections\)/,
      );
      assert.ok(error.message.includes(`member node2 (replica): Patroni at ${address} can't be reached`));
      assert.deepEqual(cluster.restarts, []);
      assert.equal(error.partial?.outputs["ready"], false);
      assert.equal(error.partial.outputs["config"], JSON.stringify(wanted));
      cluster.members.splice(1);
      const outputs = await provider.update(doubleFolder, error.partial.outputs, await inputs(wanted));
      assert.equal(outputs["ready"], true);
      assert.deepEqual(cluster.restarts, ["node1"]);
    });

    it("begins no further restart while a replica that streamed doesn't", async () => {
      cluster = await ClusterDouble.start(["node1", "node2", "node3"], old);
      const stop = eventually(
        "the first restart",
        () => {
          if (cluster.restarts.length === 0) return Promise.resolve(undefined);
          cluster.member("node3").streams = false;
          return Promise.resolve(true);
        },
        { timeoutSeconds: 20, intervalMilliseconds: 5 },
      );
      const short = await inputs(withParameters({ max_connections: 200 }), { timeoutSeconds: 5 });
      const error = await failure(provider.update(doubleFolder, await settled(old), short));
      await stop;
      assert.match(
        error.message,
        /not every member serves since the last restart, so the next one wasn't begun/,
      );
      assert.match(error.message, /member node3 \(replica\): running, not streaming/);
      assert.deepEqual(cluster.restarts, ["node2"]);
      assert.equal(cluster.document?.postgresql?.parameters?.["max_connections"], 200);
    });

    it("says so when Patroni takes no restart from here", async () => {
      cluster = await ClusterDouble.start(["node1"], old);
      cluster.member("node1").restartAnswer = { status: 401, body: "no auth header received" };
      const wanted = await inputs(withParameters({ max_connections: 200 }));
      const error = await failure(provider.update(doubleFolder, await settled(old), wanted));
      assert.match(
        error.message,
        /Patroni on node1 takes no restart from here: .*no auth header received.* \(401\)/,
      );
      assert.match(error.message, /restapi\.authentication/);
    });

    it("asks nobody when only its own settings changed", async () => {
      cluster = await ClusterDouble.start(["node1"], old);
      const longer = await inputs(old, { timeoutSeconds: 99 });
      assert.ok((await provider.diff(doubleFolder, await settled(old), longer)).changed);
      await provider.update(doubleFolder, await settled(old), longer);
      assert.deepEqual(cluster.member("node1").server.heard, []);
    });
  });

  describe("at refresh and removal", () => {
    it("shows what somebody changed, in the order of what was put there", async () => {
      cluster = await ClusterDouble.start([], old);
      const state = await settled(old);
      const { ttl, ...rest } = old;
      cluster.put(JSON.stringify({ ...rest, pause: true, ttl: 33 }));
      const drifted = await provider.read(doubleFolder, state);
      const expected = JSON.stringify({ ...old, ttl: 33, pause: true });
      assert.deepEqual([drifted.outputs["config"], drifted.inputs["config"]], [expected, expected]);
      assert.equal(drifted.outputs["ready"], false);
      assert.ok((await provider.diff(doubleFolder, drifted.outputs, await inputs(old))).changed);
      await provider.update(doubleFolder, drifted.outputs, await inputs(old));
      assert.deepEqual(cluster.document, { ...old, ttl });
    });

    it("shows nothing when Patroni has only written it in its own way", async () => {
      cluster = await ClusterDouble.start([], old);
      const state = await settled(old);
      const { ttl, ...rest } = old;
      cluster.put(JSON.stringify({ ...rest, ttl: String(ttl) }));
      const { outputs, inputs: seen } = await provider.read(doubleFolder, state);
      assert.deepEqual(outputs, { ...state, modifyIndex: 2 });
      assert.equal(seen["config"], state["config"]);
      assert.equal((await provider.diff(doubleFolder, outputs, await inputs(old))).changed, false);
    });

    it("shows a key that is gone, and keeps an unfinished change unfinished", async () => {
      cluster = await ClusterDouble.start([]);
      const gone = await provider.read(doubleFolder, await settled(old));
      assert.deepEqual([gone.outputs["config"], gone.outputs["ready"]], ["{}", false]);
      cluster.put(JSON.stringify(old));
      const unfinished = await provider.read(doubleFolder, { ...(await settled(old)), ready: false });
      assert.equal(unfinished.outputs["ready"], false);
    });

    it("leaves the key when it is deleted", async () => {
      cluster = await ClusterDouble.start([], old);
      await provider.delete(doubleFolder, await settled(old));
      assert.deepEqual(cluster.document, old);
      await linesUpTo(/operations\/acme\/config stays or goes with the cluster's storage/);
    });
  });

  it("checks inputs field by field, without the network, and lets unknown ones pass", async () => {
    cluster = await ClusterDouble.start([]);
    const good = await inputs(old);
    assert.deepEqual((await provider.check({}, good)).failures, []);
    assert.deepEqual((await provider.check({}, { ...good, config: unknownText })).failures, []);
    const { failures } = await provider.check(
      {},
      {
        ...good,
        consulAddress: "consul:8500",
        dcsPath: "/operations/acme/",
        config: "[]",
        timeoutSeconds: -1,
        nomadAddress: "nomad",
      },
    );
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["consulAddress", "dcsPath", "timeoutSeconds", "config", "nomadAddress"],
    );
    assert.deepEqual(cluster.consul.heard, []);
  });

  it("keeps little text in the state, and none of its work", async () => {
    cluster = await ClusterDouble.start([]);
    const text = String((await inputs(old))["__provider"]);
    assert.ok(text.length < 6000, `${text.length} characters`);
    assert.ok(text.includes("./providers/config/provider"));
    assert.doesNotMatch(text, /restart_pending|cas/);
  });
});
