import assert from "node:assert/strict";
import { clean, problemLines } from "../support/messages";
import { nomad } from "../support/realCluster";
import { onlyTenants, settingPath, smallTenant } from "../support/tenants";
import { TestStack } from "../support/testStack";

/** A configuration with which `pulumi up` can't even begin, through the real engine. */
describe("a wrong configuration", function () {
  this.timeout(120_000);
  this.slow(30_000);
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.open("wrong-config");
  });

  it("is told in one message with everything that is wrong, and nothing is created", async () => {
    stack.configure((config) => {
      onlyTenants(config, {
        acme: { ...smallTenant("acme"), membres: 3, members: "three" },
        "acme-primary": smallTenant("acme-primary"),
        none: { ...smallTenant("none"), members: 0 },
        lonely: { ...smallTenant("lonely"), members: 1, patroni: { synchronousMode: "on" } },
        hasty: { ...smallTenant("hasty"), patroni: { ttlSeconds: 10 } },
        // Too long for the ttl, and for how soon Consul calls a node failed.
        slow: {
          ...smallTenant("slow"),
          patroni: { ttlSeconds: 20, loopWaitSeconds: 10, retryTimeoutSeconds: 10 },
        },
        Bad_Name: smallTenant("Bad_Name"),
        old: { ...smallTenant("old"), postgresVersion: 9 },
        closed: { ...smallTenant("closed"), networks: { replication: [] } },
        tiny: { ...smallTenant("tiny"), resources: { memoryMb: 16 } },
        full: { ...smallTenant("full"), storage: { type: "volume", capacity: "ten" } },
        "typed-wrong": { ...smallTenant("typed-wrong"), parameters: { max_connections: "many" } },
      });
      config.setIn(settingPath("nomadAddress"), "nomad.example.net");
    });
    const output = clean(await stack.failingUp());
    const problems = problemLines(output);
    assert.match(output, /There are 15 problems in the stack's configuration\. Nothing was changed\./);
    for (const [path, words] of expectedProblems) {
      const found = problems.filter((line) => line.startsWith(`${path}: `));
      assert.match(found.join("\n"), words, `${path} in\n${problems.join("\n")}`);
    }
    const state = await stack.exportedState();
    assert.doesNotMatch(state, /patroni|docker:|vault:|nomad:index/);
    assert.deepEqual(await nomad("GET", "/v1/jobs?prefix=postgres-hasty"), []);
  });
});

/** Every problem of that configuration by its path, with what the message has to hold. */
const expectedProblems: readonly (readonly [path: string, words: RegExp])[] = [
  ["nomadAddress", /found "nomad\.example\.net"; allowed: an http or https URL/],
  ["tenants.Bad_Name", /For example `bad-name`/],
  ["tenants.acme-primary", /`postgres-acme-primary` is also that of `tenants\.acme`/],
  ["tenants.acme.members", /found "three"; allowed: a whole number from 1 to 100/],
  ["tenants.acme.membres", /unknown key `membres`; did you mean `members`\?/],
  ["tenants.closed.networks.replication", /found \[\]; allowed: a list of at least one network/],
  ["tenants.full.storage.capacity", /found "ten"; allowed: a number and a unit/],
  ["tenants.hasty.patroni.ttlSeconds", /found 10; allowed: a whole number of seconds from 20/],
  ["tenants.lonely.patroni.synchronousMode", /Set `members` to 2 or more/],
  ["tenants.none.members", /found 0; allowed: a whole number from 1 to 100/],
  ["tenants.old.postgresVersion", /found 9; allowed: `17`/],
  ["tenants.slow.patroni.loopWaitSeconds", /allowed: a sum of at most ttlSeconds, which is 20/],
  ["tenants.tiny.resources.memoryMb", /found 16; allowed: a whole number of megabytes from 256/],
  ["tenants.typed-wrong.parameters.max_connections", /found "many"; allowed: a whole number from 25/],
];
