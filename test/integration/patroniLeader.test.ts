import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import type { Cluster } from "../../config/model";
import type { LeaderMember } from "../../providers/leaderWait/model";
import { elements, fields } from "../../patroni/observed/json";
import { DynamicProvider } from "../support/dynamicProviderProcess";
import { environment } from "../support/labSecrets";
import { query, superuser } from "../support/database";
import { failureOf } from "../support/providerCall";
import { labEngine } from "../support/memberImage";
import { describeWith } from "../support/needs";
import type { Wire } from "../support/pluginClient";
import {
  consul,
  ensureClusterImage,
  labCluster,
  nomad,
  onVolumes,
  RealCluster,
  realClusterNeeds,
  vault,
  type Registered,
} from "../support/realCluster";
import { realWaitInputs } from "../support/realWait";
import { eventually } from "../support/waiting";

/** The job's only task. */
function taskConfig(job: object): Record<string, unknown> {
  const group = fields(elements((job as Record<string, unknown>)["TaskGroups"])[0]);
  return fields(fields(elements(group["Tasks"])[0])["Config"]);
}

describeWith("PatroniLeader with a real Nomad, Consul, Vault and Patroni", realClusterNeeds, function () {
  this.timeout(300_000);
  let provider: DynamicProvider;
  const made: RealCluster[] = [];

  before(async function () {
    this.timeout(900_000);
    await ensureClusterImage();
    provider = await DynamicProvider.start();
  });
  after(() => {
    provider.kill();
  });
  beforeEach(() => {
    provider.lines.splice(0);
  });
  afterEach(async () => {
    for (const cluster of made.splice(0)) await cluster.remove();
  });

  /** A cluster that goes with the test. */
  async function realCluster(name: string, more: Partial<Cluster> = {}): Promise<RealCluster> {
    const cluster = new RealCluster(labCluster(`leadertest-${name}`, more));
    made.push(cluster);
    await cluster.remove();
    return cluster;
  }

  /** What the wait says of a cluster that can't become ready. */
  async function failure(cluster: RealCluster, registered: Registered): Promise<string> {
    const error = await failureOf(provider.create(await realWaitInputs(cluster, registered)));
    assert.doesNotMatch(error.message, /not ready after|undefined|\n\s+at /);
    return error.message;
  }

  /** Asks the PostgreSQL of a member. */
  async function ask(
    cluster: RealCluster,
    member: LeaderMember,
    sql: string,
  ): Promise<readonly Record<string, unknown>[]> {
    return query(member, await superuser(cluster.cluster.name), sql);
  }

  async function create(
    cluster: RealCluster,
    registered: Registered,
  ): Promise<{ state: Wire; members: readonly LeaderMember[] }> {
    const { outputs } = await provider.create(await realWaitInputs(cluster, registered));
    return { state: outputs, members: outputs["members"] as LeaderMember[] };
  }

  it("is created when three members are up, and is right about each of them", async () => {
    const cluster = await realCluster("three", { members: 3 });
    const { state, members } = await create(cluster, await cluster.start());
    assert.equal(state["ready"], true);
    assert.deepEqual(
      members.map(({ role }) => role),
      ["leader", "replica", "replica"],
    );
    for (const member of members) {
      const [row] = await ask(cluster, member, "select pg_is_in_recovery() as replica");
      assert.deepEqual(row, { replica: member.role === "replica" }, member.name);
    }
    const [leader] = members;
    assert(leader !== undefined);
    const streaming = await ask(
      cluster,
      leader,
      "select application_name from pg_stat_replication where state = 'streaming' order by 1",
    );
    assert.deepEqual(
      streaming,
      members.slice(1).map(({ name }) => ({ application_name: name })),
    );
    assert.match(provider.lines.join("\n"), /\[leadertest-three 1\/3\] replicas? .*; member-\w+ leads/);
    const read = await provider.read("operations/leadertest-three", state);
    assert.equal(read.outputs["ready"], true);
  });

  it("waits for a new version until the last member runs it", async () => {
    const cluster = await realCluster("update");
    const { state } = await create(cluster, await cluster.start());
    const next = await cluster.register((job) => {
      const [group] = job.TaskGroups;
      if (group !== undefined)
        Object.assign(group.Tasks[0] ?? {}, { Env: { ...group.Tasks[0]?.Env, MARK: "2" } });
      return job;
    });
    assert.equal(next.version, 1);
    const outputs = await provider.update(
      "operations/leadertest-update",
      state,
      await realWaitInputs(cluster, next),
    );
    assert.equal(outputs["ready"], true);
    const allocations = elements(await nomad("GET", `/v1/job/${cluster.jobId}/allocations`)).map(fields);
    const running = allocations.filter(({ ClientStatus }) => ClientStatus === "running");
    assert.deepEqual(
      running.map(({ JobVersion }) => JobVersion),
      [1, 1],
    );
    assert.match(provider.lines.join("\n"), /still runs? an older version/);
  });

  it("names a replica whose WAL the leader no longer has, with a command that mends it", async () => {
    const parameters = {
      max_connections: 50,
      max_slot_wal_keep_size: "16MB",
      wal_keep_size: "0",
      max_wal_size: "32MB",
      min_wal_size: "32MB",
    };
    const cluster = await realCluster("wal", { ...onVolumes("leadertest-wal"), parameters });
    for (const node of ["node1", "node2"]) await cluster.makeVolume(node);
    const registered = await cluster.start();
    const { state, members } = await create(cluster, registered);
    const [leader, replica] = members;
    assert(leader !== undefined && replica !== undefined);
    const allocations = elements(await nomad("GET", `/v1/job/${cluster.jobId}/allocations`)).map(fields);
    const id = String(allocations.find(({ NodeName }) => NodeName === replica.name)?.["ID"]);
    const container = labEngine().getContainer(`patroni-${id}`);
    // On a busy machine Docker's freezer gives up now and then.
    const freeze = async () => container.pause().then(() => true as const);
    await eventually("the replica's container is frozen", freeze, { timeoutSeconds: 30 });
    try {
      await ask(cluster, leader, "create table filler(line text)");
      await ask(cluster, leader, "select pg_terminate_backend(pid) from pg_stat_replication");
      for (let round = 0; round < 8; round++) {
        await ask(
          cluster,
          leader,
          "insert into filler select repeat('x', 1000) from generate_series(1, 20000)",
        );
        await ask(cluster, leader, "select pg_switch_wal()");
        await ask(cluster, leader, "checkpoint");
      }
    } finally {
      await container.unpause();
    }
    const started = Date.now();
    const error = await failureOf(
      provider.update("operations/leadertest-wal", state, await realWaitInputs(cluster, registered)),
    );
    assert.ok(Date.now() - started < 15_000, `${Date.now() - started} ms`);
    assert.match(
      error.message,
      new RegExp(`replica ${replica.name} needs WAL segment \\w+ that ${leader.name} no longer has`),
    );
    const command = /patronictl -c \S+ reinit \S+ \S+ --force/.exec(error.message)?.[0] ?? "";
    assert.notEqual(command, "", error.message);
    const run = await container.exec({
      Cmd: ["/bin/sh", "-c", `/patroni/bin/${command}`],
      AttachStdout: true,
    });
    const said = await text(await run.start({}));
    assert.match(said, /Success: reinitialize/);
    const resumed = await provider.update(
      "operations/leadertest-wal",
      error.partial?.outputs ?? {},
      await realWaitInputs(cluster, registered),
    );
    assert.equal(resumed["ready"], true);
  });

  it("names data that another cluster wrote", async () => {
    const cluster = await realCluster("sysid", { ...onVolumes("leadertest-sysid"), members: 1 });
    await cluster.makeVolume("node1");
    await create(cluster, await cluster.start());
    await cluster.stop();
    await consul("DELETE", "operations/leadertest-sysid/?recurse");
    await cluster.configure();
    await cluster.setKey("initialize", "7423900112345678901");
    const message = await failure(cluster, await cluster.register());
    assert.match(
      message,
      /data directory was written by another cluster: Consul says 7423900112345678901, the data says \d{19}/,
    );
  });

  const one = { members: 1 };
  const broken: readonly [
    name: string,
    cluster: Partial<Cluster>,
    start: (cluster: RealCluster) => Promise<Registered>,
    says: readonly RegExp[],
  ][] = [
    [
      "image",
      one,
      async (cluster) => {
        await cluster.grantSecret();
        await cluster.configure();
        return cluster.register((job) => {
          taskConfig(job)["image"] = `${environment("NOMAD_POSTGRES_LAB_REGISTRY")}/patroni:mistyped`;
          return job;
        });
      },
      [/the registry has no image \S+\/patroni:mistyped, which node node\d asks for/],
    ],
    [
      "secret",
      one,
      async (cluster) => {
        await cluster.grantSecret();
        await vault("DELETE", "secret/metadata/postgres/leadertest-secret");
        await cluster.configure();
        return cluster.register();
      },
      [/there is no Vault secret secret\/postgres\/leadertest-secret/],
    ],
    [
      "denied",
      one,
      async (cluster) => {
        await cluster.grantSecret();
        await vault("POST", "sys/policies/acl/postgres-leadertest-denied", {
          policy: 'path "secret/data/x" { capabilities = ["read"] }',
        });
        await cluster.configure();
        return cluster.register();
      },
      [/Vault denies job postgres-leadertest-denied the secret/],
    ],
    [
      "constraint",
      {
        ...one,
        placement: {
          datacenters: ["dc1"],
          nodePool: "default",
          spread: [],
          constraints: [{ attribute: "${meta.storage}", operator: "=", value: "tape" }],
        },
      },
      (cluster) => cluster.start(),
      [
        /constraint not met \(\$\{meta\.storage\} = tape\)/,
        /node node1: doesn't meet \$\{meta\.storage\} = tape/,
      ],
    ],
    [
      "volume",
      { ...onVolumes("leadertest-volume"), members: 2 },
      async (cluster) => {
        await cluster.makeVolume("node1");
        return cluster.start();
      },
      [/no node for 1 member of 2/, /node node2: has no volume postgres-leadertest-volume/],
    ],
    [
      "initialize",
      one,
      async (cluster) => {
        await cluster.setKey("initialize", "7423900112345678901");
        return cluster.start();
      },
      [/operations\/leadertest-initialize\/initialize speaks of a cluster whose data no member sees/],
    ],
    [
      "owner",
      { ...onVolumes("leadertest-owner"), ...one },
      async (cluster) => {
        await cluster.makeVolume("node1", { uid: "0", gid: "0" });
        return cluster.start();
      },
      [/can't write its data directory/, /Permission denied|not writable/],
    ],
    [
      "parameter",
      { ...one, parameters: { log_timezone: "Mars/Base" } },
      (cluster) => cluster.start(),
      [/won't start because of parameter log_timezone/],
    ],
    [
      "agent",
      { ...one, consulAgentAddress: "127.0.0.1:1" },
      (cluster) => cluster.start(),
      [/the Consul agent on node node\d can't be reached/],
    ],
    [
      "died",
      one,
      async (cluster) => {
        await cluster.grantSecret();
        await cluster.configure();
        return cluster.register((job) => {
          taskConfig(job)["args"] = ["/secrets/absent.yml"];
          return job;
        });
      },
      [/the member on node\d has ended \d times: /],
    ],
  ];
  for (const [name, settings, start, says] of broken) {
    it(`names what is wrong: ${name}`, async () => {
      const cluster = await realCluster(name, settings);
      const message = await failure(cluster, await start(cluster));
      for (const pattern of says) assert.match(message, pattern);
    });
  }
});
