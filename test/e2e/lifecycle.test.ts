import assert from "node:assert/strict";
import type { Document } from "yaml";
import { queryLeader } from "../support/database";
import { superuserPassword } from "../support/labSecrets";
import { TestStack } from "../support/testStack";

const acme = ["config", "nomad-postgres:tenants", "acme"];

/** The life of a stack on the real engine and the real lab, from nothing to nothing; each step needs the one before. */
describe("a stack's life", function () {
  this.timeout(600_000);
  let stack: TestStack;
  let configured: unknown;

  before(async () => {
    stack = await TestStack.open();
  });

  after(async () => {
    await stack.destroy();
  });

  it("comes up from nothing: every cluster has a leader, and every replica streams", async () => {
    const { clusters } = await stack.up();
    assert.deepEqual(Object.keys(clusters).sort(), ["acme", "platform"]);
    assert.equal(clusters["platform"]?.members.length, 3);
    assert.equal(clusters["acme"]?.members.length, 2);
    for (const { leader, members } of Object.values(clusters)) {
      assert.deepEqual(
        members.map(({ name, role, state }) => [name === leader, role, state]),
        members.map((_, index) =>
          index === 0 ? [true, "leader", "running"] : [false, "replica", "streaming"],
        ),
      );
    }
    await queryLeader(clusters, "acme", "create table kept (id int primary key)");
    await queryLeader(clusters, "acme", "insert into kept values (1)");
  });

  it("changes nothing when nothing changed", async () => {
    const { changes } = await stack.preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
    const { summary } = await stack.up();
    assert.deepEqual(Object.keys(summary), ["same"]);
  });

  it("keeps every password out of previews, output and the state in clear", async () => {
    stack.configure((config) => config.setIn([...acme, "members"], 3));
    const { output } = await stack.preview();
    const state = await stack.exportedState();
    for (const cluster of ["acme", "platform"]) {
      const password = await superuserPassword(cluster);
      assert.equal(output.includes(password), false);
      assert.equal(state.includes(password), false);
    }
  });

  it("scales a tenant from 2 members to 3, and touches no other", async () => {
    const { clusters, output } = await stack.up();
    assert.equal(clusters["acme"]?.members.length, 3);
    assert.match(output, /acme-job/);
    assert.doesNotMatch(output, /platform-job.*updated/);
    assert.deepEqual(await queryLeader(clusters, "acme", "select id from kept"), [{ id: 1 }]);
  });

  it("changes a parameter without a new job version", async () => {
    stack.configure((config) => config.setIn([...acme, "parameters"], { work_mem: "8MB" }));
    const { clusters, summary } = await stack.up();
    // The configuration, the wait after it, and the two records of the stack (docs/impact.md).
    assert.equal(summary["update"], 4);
    assert.deepEqual(await queryLeader(clusters, "acme", "show work_mem"), [{ work_mem: "8MB" }]);
  });

  it("changes a parameter that needs a restart", async () => {
    stack.configure((config) => config.setIn([...acme, "parameters", "max_connections"], 150));
    const { clusters } = await stack.up();
    assert.deepEqual(await queryLeader(clusters, "acme", "show max_connections"), [
      { max_connections: "150" },
    ]);
    // The leader has handed over, and the output names the one that leads since.
    assert.deepEqual(await queryLeader(clusters, "acme", "select pg_is_in_recovery() as replica"), [
      { replica: false },
    ]);
  });

  it("makes a declared database, puts right what somebody changed, and drops it only when it is told", async () => {
    stack.configure((config) => {
      config.setIn([...acme, "roles"], { shop_owner: {} });
      config.setIn([...acme, "databases"], { shop: { owner: "shop_owner", extensions: ["hstore"] } });
    });
    const made = await stack.up();
    assert.match(made.output, /\[acme\] database shop: extension hstore created/);
    await queryLeader(made.clusters, "acme", "alter database shop owner to postgres");
    await stack.refresh();
    stack.configure((config) => config.setIn([...acme, "roles", "reporting"], { memberOf: ["shop_owner"] }));
    const { output } = await stack.preview();
    assert.match(output, /acme: database shop belongs to postgres by other hands: given to shop_owner/);
    assert.match(output, /acme: role reporting new: created, made a member of shop_owner/);
    stack.configure((config) => {
      config.deleteIn([...acme, "databases"]);
      config.setIn([...acme, "allow"], ["drop database shop of acme"]);
    });
    const dropped = await stack.up();
    assert.match(dropped.output, /acme: database shop to be dropped: DELETED with all its data/);
    const databases = "select datname from pg_database where datname = 'shop'";
    assert.deepEqual(await queryLeader(dropped.clusters, "acme", databases), []);
  });

  it("refreshes without finding a difference", async () => {
    await stack.refresh();
    const { changes } = await stack.preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  it("fails in seconds where no node fits, names the constraint, and goes on once it is gone", async () => {
    const broken = (config: Document): void => {
      config.setIn([...acme, "placement"], {
        constraints: [{ attribute: "${meta.storage}", operator: "=", value: "none" }],
      });
    };
    stack.configure(broken);
    const output = await stack.failingUp();
    assert.match(output, /meta\.storage/);
    stack.configure((config) => config.deleteIn([...acme, "placement"]));
    const { clusters } = await stack.up();
    assert.deepEqual(await queryLeader(clusters, "acme", "select id from kept"), [{ id: 1 }]);
  });

  it("keeps a removed tenant's data, and gives it back when the tenant is back", async () => {
    stack.configure((config) => {
      configured = config.getIn(acme);
      config.deleteIn(acme);
    });
    const removed = await stack.up();
    assert.deepEqual(Object.keys(removed.clusters), ["platform"]);
    stack.configure((config) => config.setIn(acme, configured));
    const { clusters } = await stack.up();
    assert.deepEqual(await queryLeader(clusters, "acme", "select id from kept"), [{ id: 1 }]);
  });

  it("comes back after destroy with its volumes kept", async () => {
    await stack.destroy();
    const { clusters } = await stack.up();
    assert.deepEqual(await queryLeader(clusters, "acme", "select id from kept"), [{ id: 1 }]);
  });

  it("starts anew after destroy with its volumes deleted, as the config said in so many words", async () => {
    stack.configure((config) => config.setIn([...acme, "storage", "whenRemoved"], "delete all data of acme"));
    await stack.up();
    await stack.destroy();
    const { clusters } = await stack.up();
    await assert.rejects(queryLeader(clusters, "acme", "select id from kept"), /does not exist/);
  });
});
