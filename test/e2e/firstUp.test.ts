import assert from "node:assert/strict";
import { queryLeader } from "../support/database";
import { environment } from "../support/labSecrets";
import { clean, toldCommand } from "../support/messages";
import { Operator } from "../support/operator";
import { consul } from "../support/realCluster";
import { onlyTenants, settingPath, smallTenant, tenantPath } from "../support/tenants";
import { TestStack } from "../support/testStack";

/** Nothing listens there. */
const nowhere = "127.0.0.1:2";

/** Addresses that an operator may have got wrong: whose, the setting, its right value and a wrong one. */
const addresses = [
  ["Nomad", "nomadAddress", environment("NOMAD_ADDR"), `http://${nowhere}`],
  ["Consul", "consulAddress", environment("CONSUL_HTTP_ADDR"), `http://${nowhere}`],
  ["Vault", "vaultAddress", environment("VAULT_ADDR"), `http://${nowhere}`],
  [
    "registry",
    "imageRepository",
    `${environment("NOMAD_POSTGRES_LAB_REGISTRY")}/patroni`,
    `${nowhere}/patroni`,
  ],
] as const;

/** What can stand against clusters that never ran, on the real engine and the real lab. */
describe("a first pulumi up", function () {
  this.timeout(300_000);
  this.slow(60_000);
  let stack: TestStack;
  let operator: Operator;
  let output: string;

  before(async () => {
    operator = await Operator.withLabTools();
    stack = await TestStack.open("first-up");
    stack.configure((config) => {
      onlyTenants(config, { patient: smallTenant("patient") });
    });
  });

  after(async () => {
    await stack.destroy();
    operator.leave();
  });

  for (const [whose, setting, right, wrong] of addresses) {
    it(`says within seconds that nothing answers at ${setting}`, async () => {
      stack.configure((config) => {
        config.setIn(settingPath(setting), wrong);
      });
      const up = stack.startUp();
      const said =
        whose === "registry"
          ? new RegExp(`the registry ${nowhere} does not answer the Docker engine`)
          : new RegExp(`${whose} at ${wrong} can't be reached .* is ${setting} in the stack's config right`);
      await up.printedLike(said, 60);
      assert.notEqual(await up.end(), 0);
      clean(up.output);
      stack.configure((config) => {
        config.setIn(settingPath(setting), right);
      });
    });
  }

  it("says that Vault refuses the token, and where it comes from", async () => {
    // One that isn't there yet, and so can't do without Vault.
    stack.configure((config) => {
      onlyTenants(config, { patient: smallTenant("patient"), refused: smallTenant("refused") });
    });
    stack.setVariable("VAULT_TOKEN", "not-a-token");
    const refused = clean(await stack.failingUp());
    stack.setVariable("VAULT_TOKEN", environment("VAULT_TOKEN"));
    assert.match(
      refused,
      /Vault at .* refused \(403 .*the token in VAULT_TOKEN doesn't allow it or is not valid/,
    );
    assert.doesNotMatch(refused, /not-a-token/);
  });

  describe("of clusters that can't be had, beside one that can", () => {
    before(async () => {
      await consul("PUT", "operations/leftover/initialize", "7000000000000000001");
      const unmet = { constraints: [{ attribute: "${meta.storage}", operator: "=", value: "tape" }] };
      stack.configure((config) => {
        onlyTenants(config, {
          patient: smallTenant("patient"),
          crowded: smallTenant("crowded", { members: 4 }),
          unplaced: smallTenant("unplaced", { placement: unmet }),
          leftover: smallTenant("leftover"),
          library: smallTenant("library", { parameters: { shared_preload_libraries: "nonexistent" } }),
        });
      });
      output = clean(await stack.failingUp({ continueOnError: true }));
    });

    it("says that four members need four nodes, and which there are", () => {
      assert.match(
        output,
        /crowded needs 4 volumes named "postgres-crowded" on as many nodes: 3 of 3 nodes qualify/,
      );
    });

    it("says which nodes don't meet a constraint, and what they have instead", () => {
      assert.match(output, /unplaced needs 1 volume .*: 0 of 3 nodes qualify/);
      for (const node of ["node1", "node2", "node3"])
        assert.match(
          output,
          new RegExp(`${node} doesn't meet \\$\\{meta\\.storage\\} = tape \\(found "ssd"\\)`),
        );
    });

    it("says that Consul speaks of a cluster whose data is gone, and how to remove what is left", () => {
      assert.match(output, /Consul still has operations\/leftover\/initialize \(.*7000000000000000001\)/);
      assert.match(output, /consul kv delete .* -recurse operations\/leftover\//);
    });

    it("says that PostgreSQL won't start, because of which parameter", () => {
      assert.match(output, /PostgreSQL on node\d won't start because it can't load nonexistent/);
      assert.match(output, /parameter shared_preload_libraries/);
    });

    it("mends all of them when the config is right and the told command was run", async () => {
      await operator.run(toldCommand(output, "consul kv delete"));
      stack.configure((config) => {
        config.setIn(tenantPath("crowded", "members"), 2);
        config.deleteIn(tenantPath("unplaced", "placement"));
        config.deleteIn(tenantPath("library", "parameters"));
      });
      const { clusters } = await stack.up();
      const names = ["crowded", "leftover", "library", "patient", "unplaced"];
      assert.deepEqual(Object.keys(clusters).sort(), names);
      for (const name of names)
        assert.deepEqual(await queryLeader(clusters, name, "select 1 as one"), [{ one: 1 }]);
    });
  });
});
