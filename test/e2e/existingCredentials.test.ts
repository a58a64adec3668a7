import assert from "node:assert/strict";
import { queryLeaderAs } from "../support/database";
import { clean } from "../support/messages";
import { vault } from "../support/realCluster";
import { onlyTenants, smallTenant, tenantPath } from "../support/tenants";
import { TestStack } from "../support/testStack";
import { fields } from "../../patroni/observed/json";

/** The secret as an operator has it: a path and names of fields of its own. */
const secretPath = "teams/legacy/postgresql";
const secret = {
  admin: "dba",
  admin_pw: "correct-horse-battery",
  repl: "streamer",
  repl_pw: 'staple\'s "quoted" & {{ braced }}',
  rewinder: "rewinder",
  rewinder_pw: "another: one #3",
};
const fieldNames = {
  superuserUsername: "admin",
  superuserPassword: "admin_pw",
  replicationUsername: "repl",
  replicationPassword: "repl_pw",
  rewindUsername: "rewinder",
  rewindPassword: "rewinder_pw",
};

/** A tenant whose credentials an operator wrote before there was this program, on the real engine and the real lab. */
describe("a tenant whose credentials exist already", function () {
  this.timeout(300_000);
  this.slow(60_000);
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.open("existing-credentials");
    stack.configure((config) => {
      const credentials = { existing: { path: secretPath, fields: fieldNames } };
      onlyTenants(config, { legacy: smallTenant("legacy", { members: 2, credentials }) });
    });
  });

  after(async () => {
    await stack.destroy();
    await vault("DELETE", `secret/metadata/${secretPath}`);
  });

  it("is told which field the secret lacks", async () => {
    const partial = Object.fromEntries(Object.entries(secret).filter(([name]) => name !== "rewinder_pw"));
    await vault("POST", `secret/data/${secretPath}`, { data: partial });
    const output = clean(await stack.failingUp());
    assert.match(
      output,
      /cluster legacy: the Vault secret secret\/teams\/legacy\/postgresql has no field rewinder_pw, which/,
    );
  });

  it("comes up with these names and passwords once it is whole", async () => {
    await vault("POST", `secret/data/${secretPath}`, { data: secret });
    const { clusters } = await stack.up();
    const roles = "select rolname from pg_roles where rolcanlogin order by rolname";
    assert.deepEqual(
      await queryLeaderAs({ user: secret.admin, password: secret.admin_pw }, clusters, "legacy", roles),
      ["dba", "rewinder", "streamer"].map((rolname) => ({ rolname })),
    );
  });

  it("keeps them out of the state and of previews", async () => {
    stack.configure((config) => {
      config.setIn(tenantPath("legacy", "resources", "cpuMhz"), 110);
    });
    const { output } = await stack.preview();
    const state = await stack.exportedState();
    for (const password of [secret.admin_pw, secret.repl_pw, secret.rewinder_pw]) {
      assert.equal(output.includes(password), false);
      assert.equal(state.includes(password) || state.includes(JSON.stringify(password).slice(1, -1)), false);
    }
    assert.doesNotMatch(state, /patroni:Credentials/);
  });

  it("has its secret as it was when the stack is gone", async () => {
    await stack.destroy();
    const { data } = fields(await vault("GET", `secret/data/${secretPath}`));
    assert.deepEqual(fields(data)["data"], secret);
    assert.equal(fields(fields(data)["metadata"])["version"], 2);
  });
});
