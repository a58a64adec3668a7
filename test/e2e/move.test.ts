import assert from "node:assert/strict";
import type { GapReport } from "../../bench/gapWriter";
import { elements, fields, text } from "../../patroni/observed/json";
import { deleteVolume, losePower, restorePower, sendAway, volumesOf } from "../support/breakages";
import { labCluster, nomad, onVolumes, RealCluster } from "../support/realCluster";
import { onlyTenants, smallTenant, tenantPath } from "../support/tenants";
import { TestStack, type CommandOutcome } from "../support/testStack";
import { eventually } from "../support/waiting";
import { whileWriting, type Watched } from "../support/whileWriting";
import { untilWhole, type WholeCluster } from "../support/wholeCluster";

const nodes = ["node1", "node2", "node3"];

/** What a client saw, and how often the leader changed meanwhile. */
type Seen = GapReport & { readonly changes: number };

/** Members that move between the lab's three nodes, in a cluster that the real engine made. */
describe("npm run move", function () {
  this.timeout(400_000);
  this.slow(60_000);
  // The same cluster as the stack's, for those who look at it.
  const cluster = new RealCluster(labCluster("mover", onVolumes("mover")));
  let stack: TestStack;
  let lost = "";

  before(async () => {
    stack = await TestStack.open("move");
    stack.configure((config) => {
      onlyTenants(config, { mover: smallTenant("mover", { members: 2 }) });
    });
    await stack.up();
  });

  after(async () => {
    if (lost !== "") await restorePower(lost);
    await stack.destroy();
  });

  async function whileMoving(happen: () => Promise<void>): Promise<Seen> {
    const { timeline } = await untilWhole(cluster);
    const { outcome: after, ...report } = await writingUntilWhole(happen);
    const seen = { ...report, changes: after.timeline - timeline };
    const gap = (seen.longestGapMilliseconds / 1000).toFixed(2);
    console.log(`      ${seen.acknowledged} writes, ${seen.changes} changes of leader, longest gap ${gap} s`);
    return seen;
  }

  async function writingUntilWhole(happen: () => Promise<void>): Promise<Watched<WholeCluster>> {
    return whileWriting("mover", async () => {
      await happen();
      return untilWhole(cluster);
    });
  }

  async function move(...args: readonly string[]): Promise<CommandOutcome> {
    return stack.command("move", "--tenant", "mover", "--yes", ...args);
  }

  async function moves(...args: readonly string[]): Promise<string> {
    const outcome = await move(...args);
    assert.equal(outcome.code, 0, said(outcome));
    return outcome.stdout;
  }

  function said({ stdout, stderr }: CommandOutcome): string {
    return `${stdout}\n${stderr}`;
  }

  function free({ members }: WholeCluster): string {
    return nodes.find((name) => members.every((member) => member.name !== name)) ?? "";
  }

  function replicaOf({ leader, members }: WholeCluster): string {
    return members.find(({ name }) => name !== leader.name)?.name ?? "";
  }

  async function untilDown(node: string): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const found = elements(await nomad("GET", "/v1/nodes")).map(fields);
      const status = text(found.find(({ Name }) => Name === node)?.["Status"]);
      saw(status);
      return status === "down" || status === "disconnected" ? true : undefined;
    };
    await eventually(`Nomad calls ${node} down`, look, { timeoutSeconds: 90 });
  }

  it("moves the leader: a new copy first, one change of leader, every acknowledged write kept", async () => {
    const before = await untilWhole(cluster);
    const seen = await whileMoving(async () => {
      const words = await moves("--member", before.leader.name);
      assert.match(words, new RegExp(`^Move of ${before.leader.name} of mover to ${free(before)}:`));
    });
    assert.deepEqual([seen.lost, seen.changes], [0, 1]);
    const after = await untilWhole(cluster);
    assert.deepEqual(
      after.members.map(({ name }) => name).sort(),
      nodes.filter((name) => name !== before.leader.name),
    );
    assert.equal(after.leader.name, free(before));
  });

  it("leaves nothing for pulumi up to do, and the old volume with its data", async () => {
    const { summary } = await stack.up();
    assert.deepEqual(Object.keys(summary), ["same"]);
    assert.equal((await volumesOf("mover")).length, 3);
    const { output } = await stack.up({ refresh: true });
    // The job that a move leaves is the program's.
    assert.doesNotMatch(output, /by other hands|JobRegistration \S+ updat/);
    const { summary: refreshed } = await stack.up();
    assert.deepEqual(Object.keys(refreshed), ["same"]);
  });

  for (const where of [/asked Nomad for a member/, /ruled \S+ out/])
    it(`moves a replica, killed after "${where.source}" and run again, without a change of leader`, async () => {
      const before = await untilWhole(cluster);
      const replica = replicaOf(before);
      const seen = await whileMoving(async () => {
        const args = ["--tenant", "mover", "--yes", "--member", replica];
        const killed = await stack.commandKilledAt(where, "move", ...args);
        assert.equal(killed.code, null, said(killed));
        const other = await move("--member", before.leader.name);
        assert.equal(other.code, 2, said(other));
        assert.match(other.stderr, new RegExp(`a move of ${replica} to ${free(before)} is under way`));
        assert.match(await moves("--member", replica), /^A move that was begun goes on\.$/m);
      });
      assert.deepEqual([seen.lost, seen.changes], [0, 0]);
      const { members } = await untilWhole(cluster);
      assert.ok(members.some(({ name }) => name === free(before)));
    });

  it("refuses what can't be, and names who is there", async () => {
    const whole = await untilWhole(cluster);
    const away = await move("--member", free(whole));
    assert.equal(away.code, 2, said(away));
    assert.match(away.stderr, /mover has no member \S+\. Its members: /);
    const taken = await move("--member", replicaOf(whole), "--to", whole.leader.name);
    assert.match(taken.stderr, /has a member already/);
  });

  it("replaces the member of a node that is gone for good, only in words, and leaves the stack as it is", async () => {
    const before = await untilWhole(cluster);
    lost = replicaOf(before);
    await losePower(lost);
    await untilDown(lost);
    const refusal = await move("--member", lost);
    assert.equal(refusal.code, 2, said(refusal));
    assert.match(refusal.stderr, /with --give-up its copy is given up/);
    const seen = await whileAway(before.leader.name, async () => {
      assert.match(await moves("--member", lost, "--give-up"), /^Replacement of/);
    });
    assert.deepEqual([seen.lost, seen.changes], [0, 0]);
    const { summary } = await stack.up();
    assert.deepEqual(Object.keys(summary), ["same"]);
  });

  /** As `whileMoving`, where the cluster isn't whole at first. */
  async function whileAway(leader: string, happen: () => Promise<void>): Promise<Seen> {
    const { outcome: after, ...report } = await writingUntilWhole(happen);
    return { ...report, changes: after.leader.name === leader ? 0 : 1 };
  }

  it("keeps the members where they are when the node comes back", async () => {
    const before = await untilWhole(cluster);
    await restorePower(lost);
    const [back, after] = [lost, await untilWhole(cluster)];
    lost = "";
    assert.deepEqual(
      after.members.map(({ name }) => name),
      before.members.map(({ name }) => name),
    );
    assert.equal(free(after), back);
    const { summary } = await stack.up({ refresh: true });
    assert.equal(summary["create"], undefined);
    assert.equal((await volumesOf("mover")).length, 3);
  });

  it("makes a member anew whose volume was deleted behind its back", async () => {
    const before = await untilWhole(cluster);
    const replica = replicaOf(before);
    const volumes = await volumesOf("mover");
    const at = (node: string) => volumes.find(({ nodeName }) => nodeName === node) ?? assert.fail(node);
    await deleteVolume(at(free(before)));
    await sendAway("mover", replica);
    await deleteVolume(at(replica));
    const refusal = await move("--member", replica);
    assert.match(refusal.stderr, /has no volume any more\. What it held is lost/);
    assert.match(await moves("--member", replica, "--give-up"), /making a volume on/);
    const after = await untilWhole(cluster);
    assert.equal(after.leader.name, before.leader.name);
    assert.ok(after.members.some(({ name }) => name === free(before)));
    const { nodeId } = before.members.find(({ name }) => name === replica) ?? assert.fail(replica);
    await nomad("POST", `/v1/node/${nodeId}/eligibility`, { NodeID: nodeId, Eligibility: "eligible" });
  });

  it("goes where new constraints allow, so that pulumi up then moves nobody", async () => {
    const before = await untilWhole(cluster);
    const replica = replicaOf(before);
    stack.configure((config) => {
      const constraint = { attribute: "${node.unique.name}", operator: "!=", value: replica };
      config.setIn(tenantPath("mover", "storage", "constraints"), config.createNode([constraint]));
    });
    await moves("--member", replica);
    const moved = await untilWhole(cluster);
    assert.equal(free(moved), replica);
    const { output } = await stack.up({ refresh: true });
    assert.match(output, /mover: placement \+ \$\{node\.unique\.name\} != /);
    const after = await untilWhole(cluster);
    assert.deepEqual(
      after.members.map(({ allocation }) => allocation),
      moved.members.map(({ allocation }) => allocation),
    );
    const { summary } = await stack.up();
    assert.deepEqual(Object.keys(summary), ["same"]);
  });
});
