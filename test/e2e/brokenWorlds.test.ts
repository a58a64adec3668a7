import assert from "node:assert/strict";
import { postgresUser } from "../../patroni/patroniTask";
import type { ClustersOutput } from "../../lab/clustersTable";
import { deleteVolume, giveVolume, killMembers, stopJob, volumesOf } from "../support/breakages";
import { queryLeader } from "../support/database";
import { clean, toldCommand } from "../support/messages";
import { Operator } from "../support/operator";
import { consul, vault } from "../support/realCluster";
import { onlyTenants, smallTenant, tenantPath } from "../support/tenants";
import { TestStack } from "../support/testStack";

/** Each is a cluster of one member, named for what happens to it. */
const tenants = ["nosecret", "denied", "readonly", "foreign", "novolume"] as const;

/** Clusters that ran, and whose surroundings change behind Pulumi's back, on the real engine and the real lab. */
describe("clusters whose world breaks", function () {
  this.timeout(300_000);
  this.slow(60_000);
  let stack: TestStack;
  let operator: Operator;
  let clusters: ClustersOutput;
  let output: string;

  before(async () => {
    operator = await Operator.withLabTools();
    stack = await TestStack.open("broken-worlds");
    stack.configure((config) => {
      onlyTenants(config, Object.fromEntries(tenants.map((name) => [name, smallTenant(name)])));
    });
    ({ clusters } = await stack.up());
    for (const name of tenants) {
      await queryLeader(clusters, name, "create table kept (id int primary key)");
      await queryLeader(clusters, name, "insert into kept values (1)");
    }
  });

  after(async () => {
    await stack.destroy();
    operator.leave();
  });

  async function assertKept(names: readonly string[]): Promise<void> {
    for (const name of names)
      assert.deepEqual(await queryLeader(clusters, name, "select id from kept"), [{ id: 1 }], name);
  }

  it("come back with their own data when all members are killed at once", async () => {
    await killMembers(tenants);
    ({ clusters } = await stack.up({ refresh: true }));
    await assertKept(tenants);
  });

  describe("of which Vault keeps back the secret when the job changes", () => {
    before(async () => {
      await vault("DELETE", "secret/data/postgres/nosecret");
      await vault("POST", "sys/policies/acl/postgres-denied", { policy: "# nothing" });
      stack.configure((config) => {
        for (const name of ["nosecret", "denied"]) config.setIn(tenantPath(name, "resources", "cpuMhz"), 110);
      });
      output = clean(await stack.failingUp({ continueOnError: true }));
    });

    it("say that there is none", () => {
      assert.match(output, /cluster nosecret: there is no Vault secret secret\/postgres\/nosecret/);
      assert.match(output, /Put it back or write it.* vault kv get -mount=secret postgres\/nosecret/);
    });

    it("say that it is denied, and how to put the right back", () => {
      assert.match(
        output,
        /cluster denied: Vault denies job postgres-denied the secret secret\/postgres\/denied/,
      );
      assert.match(output, /pulumi up --refresh.* vault policy read postgres-denied/);
    });
  });

  describe("of which the data isn't what it was when the job comes back", () => {
    before(async () => {
      await Promise.all(["readonly", "foreign", "novolume"].map(stopJob));
      for (const volume of await volumesOf("readonly")) await giveVolume(volume, 0);
      await consul("PUT", "operations/foreign/initialize", "7000000000000000001");
      for (const volume of await volumesOf("novolume")) await deleteVolume(volume);
      output = clean(await stack.failingUp({ refresh: true, continueOnError: true }));
    });

    it("say of a deleted secret how to put it back", () => {
      assert.match(output, /the latest version \(1\) of the secret secret\/postgres\/nosecret is deleted/);
      assert.match(output, /vault kv undelete -mount=secret -versions=1 postgres\/nosecret/);
    });

    it("say that no member sees its data, how to look, and whose it has to be", () => {
      assert.match(output, /readonly\/initialize speaks of a cluster whose data no member sees/);
      assert.match(output, /look at node\d's data: nomad alloc exec .* ls -lan \/data/);
      assert.match(output, /give it back to 999:999, mode 0700/);
    });

    it("say that another cluster wrote the data, with both identifiers", () => {
      assert.match(
        output,
        /cluster foreign: node\d's data directory was written by another cluster: Consul says 7000000000000000001, the data says \d+/,
      );
    });

    it("say that the volume and with it the data is gone, while Consul speaks of it", () => {
      assert.match(output, /volume \S+ on node\d is gone from Nomad/);
      assert.match(output, /Consul still has operations\/novolume\/initialize/);
    });

    it("are mended by the told commands, each with its data where there is any", async () => {
      await operator.run(toldCommand(output, "vault kv undelete"));
      for (const volume of await volumesOf("readonly")) await giveVolume(volume, postgresUser.uid);
      await stopJob("foreign");
      for (const name of ["foreign", "novolume"])
        await operator.run(toldCommand(output, "consul kv delete", `operations/${name}/`));
      ({ clusters } = await stack.up({ refresh: true }));
      await assertKept(["nosecret", "denied", "readonly", "foreign"]);
      await assert.rejects(queryLeader(clusters, "novolume", "select id from kept"), /does not exist/);
    });
  });
});
