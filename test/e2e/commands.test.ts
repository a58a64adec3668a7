import assert from "node:assert/strict";
import { queryWhoeverLeads } from "../support/database";
import type { ClustersOutput } from "../../lab/clustersTable";
import { onlyTenants, smallTenant } from "../support/tenants";
import { TestStack, type CommandOutcome } from "../support/testStack";

/** As much of `npm run status -- --json` as is looked at here. */
interface Status {
  readonly healthy: boolean;
  readonly problems: readonly unknown[];
  readonly clusters: readonly {
    readonly name: string;
    readonly leader: string;
    readonly timeline: number;
    readonly members: readonly { readonly name: string; readonly role: string; readonly state: string }[];
  }[];
}

/** The commands for operators, on a cluster that the real engine made on the real lab. */
describe("an operator's commands", function () {
  this.timeout(300_000);
  this.slow(60_000);
  let stack: TestStack;
  let clusters: ClustersOutput;

  before(async () => {
    stack = await TestStack.open("commands");
    stack.configure((config) => {
      onlyTenants(config, { acts: smallTenant("acts", { members: 2 }) });
    });
    ({ clusters } = await stack.up());
    await queryWhoeverLeads(clusters, "acts", "create table kept as select 1 as id");
  });

  after(async () => {
    await stack.destroy();
  });

  async function status(): Promise<Status> {
    const outcome = await stack.command("status", "--json");
    assert.equal(outcome.code, 0, said(outcome));
    return JSON.parse(outcome.stdout) as Status;
  }

  function said({ stdout, stderr }: CommandOutcome): string {
    return `${stdout}\n${stderr}`;
  }

  function replica(): string {
    return clusters["acts"]?.members[1]?.name ?? "";
  }

  it("status says that all is well, and who leads", async () => {
    const { healthy, problems, clusters: shown } = await status();
    assert.deepEqual([healthy, problems], [true, []]);
    const [acts] = shown;
    assert.equal(acts?.leader, clusters["acts"]?.leader);
    assert.deepEqual(
      acts?.members.map(({ name, role, state }) => [name, role, state]),
      [
        [acts?.leader, "leader", "running"],
        [replica(), "replica", "streaming"],
      ],
    );
  });

  it("switchover does nothing unasked, and says what it would do", async () => {
    const outcome = await stack.command("switchover", "--tenant", "acts");
    assert.equal(outcome.code, 2, said(outcome));
    assert.match(said(outcome), new RegExp(replica()));
    assert.equal((await status()).clusters[0]?.leader, clusters["acts"]?.leader);
  });

  it("switchover makes the replica the leader, and waits until the old one streams from it", async () => {
    const outcome = await stack.command("switchover", "--tenant", "acts", "--yes");
    assert.equal(outcome.code, 0, said(outcome));
    const [acts] = (await status()).clusters;
    assert.equal(acts?.leader, replica());
    assert.equal(acts.timeline, 2);
    assert.deepEqual(await queryWhoeverLeads(clusters, "acts", "select id from kept"), [{ id: 1 }]);
  });

  it("reinit copies a replica's data anew, and refuses to do so with the leader's", async () => {
    const refused = await stack.command("reinit", "--tenant", "acts", "--member", replica(), "--yes");
    assert.equal(refused.code, 2, said(refused));
    assert.match(said(refused), /leads acts, and its data is the one to copy/);

    const former = clusters["acts"]?.leader ?? "";
    const outcome = await stack.command("reinit", "--tenant", "acts", "--member", former, "--yes");
    assert.equal(outcome.code, 0, said(outcome));
    assert.equal((await status()).healthy, true);
  });
});
