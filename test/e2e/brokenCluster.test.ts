import assert from "node:assert/strict";
import type { ClustersOutput } from "../../lab/clustersTable";
import {
  bringBack,
  deleteVolume,
  imageOf,
  removeImage,
  sendAway,
  stopJob,
  volumesOf,
} from "../support/breakages";
import { queryLeader, queryWhoeverLeads } from "../support/database";
import { pushDyingBase } from "../support/dyingImage";
import { environment } from "../support/labSecrets";
import { clean, toldCommand } from "../support/messages";
import { Operator } from "../support/operator";
import { onlyTenants, settingPath, smallTenant, tenantPath } from "../support/tenants";
import { TestStack } from "../support/testStack";
import { eventually } from "../support/waiting";
import { whileWriting } from "../support/whileWriting";

const base = settingPath("platform", "image", "baseImages", "17");

/** A cluster of two, of which one member at most is lost to what goes wrong: the other one serves throughout. */
describe("a cluster of two that breaks", function () {
  this.timeout(300_000);
  this.slow(60_000);
  let stack: TestStack;
  let operator: Operator;
  let clusters: ClustersOutput;
  let rows = 0;

  before(async () => {
    operator = await Operator.withLabTools();
    stack = await TestStack.open("broken-cluster");
    // So that a replica that is away for a moment is away for too long.
    const kept = { wal_keep_size: "16MB", max_slot_wal_keep_size: "16MB" };
    const parameters = { ...kept, min_wal_size: "32MB", max_wal_size: "48MB" };
    stack.configure((config) => {
      onlyTenants(config, { broken: smallTenant("broken", { members: 2, parameters }) });
      // A repository of its own: one test removes an image.
      const registry = environment("NOMAD_POSTGRES_LAB_REGISTRY");
      config.setIn(settingPath("imageRepository"), `${registry}/patroni-broken-cluster`);
    });
    ({ clusters } = await stack.up());
    await queryLeader(clusters, "broken", "create table kept (id int primary key)");
  });

  after(async () => {
    await stack.destroy();
    operator.leave();
  });

  /** Writes a row through whoever leads, and reads all that were ever acknowledged. */
  async function assertServes(): Promise<void> {
    rows += 1;
    await queryWhoeverLeads(clusters, "broken", `insert into kept values (${rows})`);
    const found = await queryWhoeverLeads(clusters, "broken", "select id from kept order by id");
    assert.deepEqual(
      found.map(({ id }) => id),
      Array.from({ length: rows }, (_, index) => index + 1),
    );
  }

  async function mended(ways: Parameters<TestStack["up"]>[0] = {}): Promise<void> {
    ({ clusters } = await stack.up(ways));
    assert.equal(clusters["broken"]?.members.length, 2);
    await assertServes();
  }

  it("loses one member to an image that dies at its start, and has it back with the good one", async () => {
    const dying = await pushDyingBase();
    let good: unknown;
    stack.configure((config) => {
      good = config.getIn(base);
      config.setIn(base, dying);
    });
    const { lost, acknowledged, longestGapMilliseconds } = await whileWriting("broken", async () => {
      const output = clean(await stack.failingUp());
      assert.match(
        output,
        /cluster broken: PostgreSQL on node\d doesn't start: FATAL: this PostgreSQL was built to die/,
      );
      await assertServes();
      stack.configure((config) => {
        config.setIn(base, good);
      });
      await mended();
    });
    const gap = (longestGapMilliseconds / 1000).toFixed(2);
    console.log(`      at most ${gap} s without a write of ${acknowledged}`);
    assert.equal(lost, 0);
  });

  it("loses one member to an image that is gone, and has it back when it is pushed again as told", async () => {
    await removeImage(await imageOf("broken"));
    stack.configure((config) => {
      config.setIn(tenantPath("broken", "resources", "cpuMhz"), 110);
    });
    const output = clean(await stack.failingUp());
    assert.match(
      output,
      /cluster broken: the registry has no image \S+patroni-broken-cluster:17-\S+, which node node\d asks for/,
    );
    const told = /pulumi up --replace '([^']+)'/.exec(output)?.[1];
    await assertServes();
    await mended({ replace: told ?? "" });
  });

  it("goes on with its parameters when one of the new ones keeps PostgreSQL from starting", async () => {
    stack.configure((config) => {
      config.setIn(tenantPath("broken", "parameters", "shared_preload_libraries"), "nonexistent");
    });
    const output = clean(await stack.failingUp());
    assert.match(output, /replica node\d didn't come back with shared_preload_libraries nonexistent/);
    assert.match(output, /PostgreSQL says: FATAL: could not access file "nonexistent"/);
    assert.match(output, /the previous configuration is back in Consul/);
    await assertServes();
    stack.configure((config) => {
      config.deleteIn(tenantPath("broken", "parameters", "shared_preload_libraries"));
    });
    await mended();
  });

  it("says that a replica needs WAL that is gone, and the told command rebuilds it", async () => {
    const replica = clusters["broken"]?.members[1]?.name ?? "";
    await sendAway("broken", replica);
    try {
      await moveOn(clusters);
    } finally {
      await bringBack("broken", replica);
    }
    const all = await stack.failingUp({ refresh: true });
    const output = clean(all);
    assert.match(
      output,
      new RegExp(`cluster broken: replica ${replica} needs WAL .*that node\\d no longer has`),
    );
    const seconds = Number(/Leader broken-leader updating \((\d+)s\) error/.exec(all)?.[1]);
    assert.ok(seconds <= 15, `named after ${seconds} s`);
    await assertServes();
    await operator.run(toldCommand(output, "nomad alloc exec"));
    await mended();
  });

  it("has a volume that is gone made and filled again, once it is told to look", async () => {
    const replica = clusters["broken"]?.members[1]?.name;
    await stopJob("broken");
    for (const volume of await volumesOf("broken"))
      if (volume.nodeName === replica) await deleteVolume(volume);
    stack.configure((config) => {
      config.setIn(tenantPath("broken", "resources", "cpuMhz"), 120);
    });
    const output = clean(await stack.failingUp());
    assert.match(output, /job modify index has changed since last refresh.*pulumi refresh/);
    await mended({ refresh: true });
  });
});

/** Writes WAL until the leader has thrown away what its replica's slot was to keep. */
async function moveOn(clusters: ClustersOutput): Promise<void> {
  const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
    await queryLeader(
      clusters,
      "broken",
      "select pg_switch_wal() from pg_logical_emit_message(true, 'test', 'x')",
    );
    await queryLeader(clusters, "broken", "checkpoint");
    const slots = await queryLeader(
      clusters,
      "broken",
      "select slot_name, wal_status, restart_lsn from pg_replication_slots",
    );
    saw(slots);
    return slots.every(({ wal_status }) => wal_status === "lost") ? true : undefined;
  };
  await eventually("the replica's WAL goes", look, { timeoutSeconds: 60, intervalMilliseconds: 50 });
}
