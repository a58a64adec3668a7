import assert from "node:assert/strict";
import type { PatroniSettings } from "../../config/model";
import { failureOf } from "../support/providerCall";
import { describeWith } from "../support/needs";
import { RealConfig, realConfigNeeds } from "../support/realConfig";
import { eventually } from "../support/waiting";

const parameters = { wal_level: "logical" };

const slots = {
  cdc: { type: "logical", database: "postgres", plugin: "test_decoding" },
  archive: { type: "physical" },
} as const;

/** The replication slots of a member, but for those of other members. */
async function slotsOf(real: RealConfig, member: string): Promise<readonly string[]> {
  const rows = await real.members.query(
    member,
    "SELECT slot_name FROM pg_replication_slots WHERE slot_name !~ '^node' ORDER BY slot_name",
  );
  return rows.map(({ slot_name }) => String(slot_name));
}

async function untilSlots(real: RealConfig, wanted: readonly string[]): Promise<void> {
  const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
    const found = await Promise.all(["node1", "node2", "node3"].map(async (name) => slotsOf(real, name)));
    saw(found);
    return found.every((names) => names.join() === wanted.join()) ? true : undefined;
  };
  await eventually(`slots ${wanted.join(", ")} on every member`, look, { timeoutSeconds: 60 });
}

describeWith("PatroniConfig's slots and standby clusters", realConfigNeeds, function () {
  this.timeout(240_000);
  let real: RealConfig;
  let standby: RealConfig;

  before(async function () {
    this.timeout(900_000);
    real = await RealConfig.whole("settings", parameters);
    standby = await RealConfig.begin("follower");
  });
  after(async () => {
    await standby.remove();
    await real.remove();
  });

  /** The cluster that is followed, as it is reached at its leader. */
  async function other(): Promise<NonNullable<PatroniSettings["standbyCluster"]>> {
    const leader = await real.leaderName();
    const { host, port } = real.members.endpoints[Number(leader.slice("node".length)) - 1] ?? {};
    if (host === undefined || port === undefined) throw new Error(`there is no member ${leader}`);
    return { host, port };
  }

  it("makes permanent slots on every member, whoever leads, and the leader never stops serving", async () => {
    const leader = await real.leaderName();
    const started = (await real.members.status(leader))["postmaster_start_time"];
    await real.update(parameters, { patroni: { slots, memberSlotsTtlSeconds: 600 } });
    await untilSlots(real, ["archive", "cdc"]);
    await real.members.untilWhole(60);
    assert.equal((await real.members.status(leader))["postmaster_start_time"], started);
    const candidate = leader === "node1" ? "node2" : "node1";
    await real.members.ask(leader, "POST", "/switchover", { leader, candidate });
    await real.members.untilWhole(60);
    assert.equal(await real.leaderName(), candidate);
    await untilSlots(real, ["archive", "cdc"]);
  });

  it("drops a slot that leaves the config, and none that others made and the config names", async () => {
    const leader = await real.leaderName();
    await real.update(parameters, { patroni: { slots, ignoreSlots: [{ name: "theirs" }] } });
    await real.members.query(leader, "SELECT pg_create_physical_replication_slot('theirs')");
    const { archive } = slots;
    await real.update(parameters, { patroni: { slots: { archive }, ignoreSlots: [{ name: "theirs" }] } });
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const names = await slotsOf(real, leader);
      saw(names);
      return names.join() === "archive,theirs" ? true : undefined;
    };
    await eventually("cdc is dropped", look, { timeoutSeconds: 60 });
  });

  it("puts the settings by which replicas recover into effect on each of them", async () => {
    const leader = await real.leaderName();
    const recovery = {
      restore_command: "exit 1",
      archive_cleanup_command: "exit 0",
      recovery_end_command: "exit 0",
    };
    await real.update({ ...parameters, ...recovery });
    for (const [name, value] of Object.entries(recovery)) {
      const shown = Object.entries(await real.members.show(name)).filter(([member]) => member !== leader);
      assert.deepEqual(
        shown.map(([, there]) => there),
        [value, value],
        name,
      );
    }
    await real.update(parameters);
  });

  it("makes no standby of a cluster that has data", async () => {
    const { config } = real.state;
    const wanted = await real.inputs(parameters, { patroni: { standbyCluster: await other() } });
    const error = await failureOf(real.provider.update(real.folder, real.state, wanted));
    assert.match(error.message, /patroni\.standbyCluster is set, and the cluster has data of its own/);
    assert.equal(error.partial?.outputs["config"], config);
    assert.equal((await real.document())["standby_cluster"], undefined);
  });

  it("makes a standby of a new cluster, which has what the other has and takes no writes", async () => {
    const inputs = await standby.inputs(parameters, { patroni: { standbyCluster: await other() } });
    standby.state = (await standby.provider.create(inputs)).outputs;
    await standby.members.add();
    await untilRole("standby_leader");
    await real.members.query(
      await real.leaderName(),
      "CREATE TABLE followed AS SELECT generate_series(1, 100)",
    );
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const found = await standby.members
        .query("node1", "SELECT count(*)::int AS rows FROM followed")
        .catch((error: unknown) => [{ rows: String(error) }]);
      saw(found);
      return found[0]?.["rows"] === 100 ? true : undefined;
    };
    await eventually("100 rows on the standby", look, { timeoutSeconds: 60 });
    await assert.rejects(standby.members.query("node1", "CREATE TABLE own ()"), /read-only transaction/);
  });

  it("makes a standby a cluster of its own when the config says so, and it takes writes", async () => {
    await standby.update(parameters);
    await untilRole("primary");
    await standby.members.query("node1", "CREATE TABLE own ()");
    assert.equal(
      (await standby.members.query("node1", "SELECT count(*)::int AS rows FROM followed"))[0]?.["rows"],
      100,
    );
  });

  async function untilRole(wanted: string): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const status = await standby.members.status("node1").catch(String);
      saw(status);
      return typeof status !== "string" && status["role"] === wanted && status["state"] === "running"
        ? true
        : undefined;
    };
    await eventually(`node1 is ${wanted}`, look, { timeoutSeconds: 90 });
  }
});
