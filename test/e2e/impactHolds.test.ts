import assert from "node:assert/strict";
import { fields, text } from "../../patroni/observed/json";
import { volumesOf } from "../support/breakages";
import { labCluster, onVolumes, RealCluster } from "../support/realCluster";
import { onlyTenants, smallTenant, tenantPath } from "../support/tenants";
import { TestStack } from "../support/testStack";
import { toldEffects } from "../support/toldEffects";
import { whileWriting } from "../support/whileWriting";
import { untilWhole, type WholeMember } from "../support/wholeCluster";

/** A member at one moment. */
interface Seen extends WholeMember {
  readonly startedAt: string;
}

/** A cluster at one moment. */
interface Moment {
  readonly timeline: number;
  readonly members: readonly Seen[];
  /** IDs of its volumes. */
  readonly volumes: readonly string[];
}

const small = { cpuMhz: 100, memoryMb: 256 };

/** Changes in this order, each with what it sets in the tenant's config. */
const changes: readonly (readonly [what: string, path: readonly string[], value: unknown])[] = [
  ["a parameter that a reload takes up", ["parameters", "work_mem"], "8MB"],
  ["a parameter that takes a restart", ["parameters", "max_connections"], 60],
  ["a pause", ["patroni", "pause"], true],
  ["the end of a pause", ["patroni", "pause"], false],
  ["a member more", ["members"], 3],
  ["more memory", ["resources"], { ...small, memoryMb: 272 }],
  ["a member less", ["members"], 2],
  ["less memory, with a spare volume beside", ["resources"], small],
  ["the member again", ["members"], 3],
];

/** Each line of the impact against what then happens to a real cluster under a client that writes. */
describe("what the impact lines say", function () {
  this.timeout(300_000);
  this.slow(60_000);
  // The same cluster as the stack's, for those who look at it.
  let cluster: RealCluster;
  let stack: TestStack;
  let members = 2;

  before(async () => {
    stack = await TestStack.open("impact-holds");
    stack.configure((config) => {
      const more = { members, resources: small, parameters: { work_mem: "4MB", max_connections: 50 } };
      onlyTenants(config, { told: smallTenant("told", { ...more, patroni: { pause: false } }) });
    });
    await stack.up();
  });

  after(async () => {
    await stack.destroy();
  });

  async function moment(): Promise<Moment> {
    cluster = new RealCluster(labCluster("told", { ...onVolumes("told"), members }));
    const whole = await untilWhole(cluster);
    const seen = whole.members.map(async (member): Promise<Seen> => {
      const answer = await fetch(`${member.apiUrl}/patroni`, { signal: AbortSignal.timeout(5000) });
      return { ...member, startedAt: text(fields(await answer.json())["postmaster_start_time"]) ?? "" };
    });
    const volumes = (await volumesOf("told")).map(({ id }) => id).sort();
    return { timeline: whole.timeline, members: await Promise.all(seen), volumes };
  }

  /** Brings the config's change about under a client that writes. */
  async function change(path: readonly string[], value: unknown) {
    const { outcome, ...report } = await whileWriting("told", async () => {
      stack.configure((config) => {
        config.setIn(tenantPath("told", ...path), config.createNode(value));
      });
      const { output } = await stack.up();
      if (path[0] === "members") members = Number(value);
      return { output, after: await moment() };
    });
    return { ...outcome, report };
  }

  for (const [what, path, value] of changes)
    it(`holds for ${what}`, async () => {
      const before = await moment();
      const { output, after, report } = await change(path, value);
      const told = toldEffects(output, "told");
      const leaderChanges = after.timeline - before.timeline;
      const stayed = after.members.flatMap((now) => {
        const then = before.members.find(({ name }) => name === now.name);
        return then === undefined ? [] : [{ now, then }];
      });
      const replaced = stayed.filter(({ now, then }) => now.allocation !== then.allocation);
      const restarted = stayed.filter(
        ({ now, then }) => now.allocation === then.allocation && now.startedAt !== then.startedAt,
      );
      console.log(
        `      ${leaderChanges} changes of leader, ${restarted.length} restarts, ${replaced.length} replaced, longest gap ${(report.longestGapMilliseconds / 1000).toFixed(2)} s`,
      );
      assert.equal(report.lost, 0);
      const [least, most] = told.leaderChanges;
      assert.ok(leaderChanges >= least && leaderChanges <= most, `${leaderChanges}: ${JSON.stringify(told)}`);
      assert.equal(after.members.length - before.members.length, told.members);
      assert.equal(stayed.length, Math.min(before.members.length, after.members.length));
      assert.equal(replaced.length, told.replaced ? stayed.length : 0);
      // Whoever handed over in a switchover has started again as a replica, told as a restart or not.
      const handedOver = told.replaced ? 0 : leaderChanges;
      assert.ok(
        restarted.length >= told.restarts && restarted.length <= Math.max(told.restarts, handedOver),
        `${restarted.length} restarts: ${JSON.stringify(told)}`,
      );
      assert.deepEqual(
        before.volumes.filter((id) => !after.volumes.includes(id)),
        [],
        "a volume is gone",
      );
    });
});
