import assert from "node:assert/strict";
import { queryLeader } from "../support/database";
import type { InterruptibleUp } from "../support/interruptibleUp";
import { isAliveProcess } from "../support/interruptibleUp";
import { clean } from "../support/messages";
import { allocations, untilRuns } from "../support/placed";
import { labCluster, nomad, onVolumes, RealCluster, vault } from "../support/realCluster";
import { onlyTenants, smallTenant, tenantPath } from "../support/tenants";
import { TestStack } from "../support/testStack";
import { eventually } from "../support/waiting";
import { whileWriting } from "../support/whileWriting";
import { untilWhole } from "../support/wholeCluster";

/** `pulumi up` killed, or stopped by Ctrl-C, at its most delicate moments; and run again. */
describe("an interrupted pulumi up", function () {
  this.timeout(300_000);
  this.slow(60_000);
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.open("interrupted");
    stack.configure((config) => {
      onlyTenants(config, { halfway: smallTenant("halfway", { members: 2 }) });
    });
  });

  after(async () => {
    await stack.destroy();
  });

  it("killed while volumes are made, leaves a lock, of which the next one says how to take it away", async () => {
    const up = stack.startUp();
    await up.printedLike(/making a volume on/, 120);
    await kill(up);
    assert.match(clean(await stack.failingUp()), /the stack is currently locked .*`pulumi cancel`/);
    await stack.cancel();
  });

  it("killed while it waits for the leader, is taken up where it was", async () => {
    const up = stack.startUp();
    await up.printedLike(/\[halfway 0\/2\] /, 120);
    await kill(up);
    await stack.cancel();
    const { clusters, output } = await stack.up();
    assert.match(output, /interrupted while.*|pending operations/);
    assert.equal(clusters["halfway"]?.members.length, 2);
    assert.equal((await volumesOf("postgres-halfway")).length, 2);
    assert.equal(await secretVersion("postgres/halfway"), 1);
    await queryLeader(clusters, "halfway", "create table kept (id int primary key)");
    await queryLeader(clusters, "halfway", "insert into kept values (1)");
  });

  it("killed between two restarts for a parameter, is taken up where it was", async () => {
    stack.configure((config) => {
      config.setIn(tenantPath("halfway", "parameters"), { max_connections: 150 });
    });
    const up = stack.startUp();
    await up.printedLike(/restarting replica/, 120);
    await kill(up);
    await stack.cancel();
    const { clusters } = await stack.up();
    const shown = await queryLeader(clusters, "halfway", "show max_connections");
    assert.deepEqual(shown, [{ max_connections: "150" }]);
    assert.deepEqual(await queryLeader(clusters, "halfway", "select id from kept"), [{ id: 1 }]);
  });

  it("killed in the middle of a rolling update, goes on with it, and no acknowledged write is lost", async () => {
    const cluster = new RealCluster(labCluster("halfway", onVolumes("halfway")));
    await untilWhole(cluster);
    const version = (await cluster.registered()).version + 1;
    const seen = await whileWriting("halfway", async () => {
      stack.configure((config) => {
        config.setIn(tenantPath("halfway", "resources"), { cpuMhz: 100, memoryMb: 272 });
      });
      const up = stack.startUp();
      await untilRuns(cluster, version, 0);
      await kill(up);
      await stack.cancel();
      const { clusters } = await stack.up();
      assert.equal(clusters["halfway"]?.members.length, 2);
    });
    assert.equal((await cluster.registered()).version, version);
    const replaced = (await allocations(cluster)).filter((one) => one.version === version);
    assert.equal(replaced.length, 2, JSON.stringify(replaced));
    const gap = (seen.longestGapMilliseconds / 1000).toFixed(2);
    console.log(`      at most ${gap} s without a write of ${seen.acknowledged}`);
    assert.equal(seen.lost, 0);
  });

  it("stopped by Ctrl-C, ends what it had begun and nothing more, and needs no cancel", async () => {
    stack.configure((config) => {
      config.setIn(tenantPath("halfway", "resources"), { cpuMhz: 110, memoryMb: 256 });
    });
    const up = stack.startUp();
    await up.printedLike(/\[halfway \d\/2\] /, 120);
    up.signal("SIGINT");
    await up.printedLike(/\^C received; cancelling/, 10);
    assert.notEqual(await up.end(), 0);
    clean(up.output);
    const { clusters } = await stack.up();
    assert.deepEqual(await queryLeader(clusters, "halfway", "select id from kept"), [{ id: 1 }]);
    const { changes, output } = await stack.preview();
    assert.deepEqual(Object.keys(changes), ["same"], output);
  });
});

/** Kills the engine, and waits until no provider goes on working without it. */
async function kill(up: InterruptibleUp): Promise<void> {
  const providers = [...up.children].filter(([, command]) => !command.includes("pulumi-language"));
  assert.ok(providers.some(([, command]) => command.includes("dynamic-provider")));
  up.signal("SIGKILL");
  await up.end();
  const look = (saw: (state: unknown) => void): Promise<true | undefined> => {
    const left = providers.filter(([pid]) => isAliveProcess(pid));
    saw(left);
    return Promise.resolve(left.length === 0 ? true : undefined);
  };
  await eventually("every provider ends with its engine", look, { timeoutSeconds: 20 });
}

async function volumesOf(name: string): Promise<readonly unknown[]> {
  return (await nomad("GET", `/v1/volumes?type=host&prefix=${name}`)) as readonly unknown[];
}

async function secretVersion(path: string): Promise<number> {
  const { data } = (await vault("GET", `secret/metadata/${path}`)) as { data: { current_version: number } };
  return data.current_version;
}
