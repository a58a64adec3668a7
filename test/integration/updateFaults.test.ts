import assert from "node:assert/strict";
import { consoleReporter } from "../../lab/report";
import { killMember } from "../support/breakages";
import { describeWith } from "../support/needs";
import { untilRuns } from "../support/placed";
import {
  ensureClusterImage,
  labCluster,
  onVolumes,
  RealCluster,
  realClusterNeeds,
} from "../support/realCluster";
import { registerWithMemory } from "../support/registerWithMemory";
import { eventually } from "../support/waiting";
import { whileWriting } from "../support/whileWriting";
import { makeLeader, taskLog, untilDeployed, untilWhole } from "../support/wholeCluster";

const reporter = consoleReporter();

/**
 * Commits wait for any replica, so that none may be lost whoever is killed: without that, a leader that is killed may take
 * the last ones along.
 */
describeWith(
  "a rolling update in which something goes wrong, with a client that writes",
  realClusterNeeds,
  function () {
    this.timeout(300_000);
    this.slow(90_000);
    let cluster: RealCluster;
    let memoryMb: number;

    before(async function () {
      this.timeout(900_000);
      await ensureClusterImage();
      const whole = labCluster("faults", { members: 3, ...onVolumes("faults") });
      cluster = new RealCluster({ ...whole, patroni: { ...whole.patroni, synchronousMode: "quorum" } });
      memoryMb = cluster.cluster.resources.memoryMb;
      await cluster.remove();
      for (const node of ["node1", "node2", "node3"]) await cluster.makeVolume(node);
      await cluster.start();
      await untilWhole(cluster);
    });
    after(async () => {
      await cluster.remove();
    });

    /** Updates every member while a client writes, does something at some moment of it, and waits until it is whole. */
    async function updated(what: string, happen: (version: number) => Promise<void>): Promise<void> {
      const began = performance.now();
      const seen = await whileWriting(cluster.cluster.name, async () => {
        memoryMb += 1;
        const { version } = await registerWithMemory(cluster, memoryMb);
        await happen(version);
        await untilDeployed(cluster, version, 200);
        await untilWhole(cluster);
      });
      const [gap, whole] = [seen.longestGapMilliseconds, performance.now() - began].map((ms) =>
        (ms / 1000).toFixed(2),
      );
      reporter.say(`${what}: at most ${gap} s without a write of ${seen.acknowledged}, ${whole} s in all`);
      assert.equal(seen.lost, 0);
    }

    it("goes on when a member is killed before its turn", async () => {
      await makeLeader(cluster, 1);
      const last = (await untilWhole(cluster)).members.find(({ index }) => index === 2);
      assert.ok(last !== undefined);
      await updated("killed before its turn", async (version) => {
        await untilRuns(cluster, version, 0);
        await killMember(last.allocation);
      });
    });

    it("goes on when a member is killed while it is being replaced", async () => {
      await makeLeader(cluster, 1);
      await updated("killed while it is replaced", async (version) => {
        await killMember((await untilRuns(cluster, version, 0)).id);
      });
    });

    it("goes on when the leader is killed while it hands over", async () => {
      const { leader } = await makeLeader(cluster, 1);
      await updated("leader killed while it hands over", async () => {
        const handsOver = async (saw: (state: unknown) => void): Promise<true | undefined> => {
          const log = await taskLog(leader.allocation);
          saw(log.slice(-500));
          return /is told to stop and hands over to/.test(log) ? true : undefined;
        };
        await eventually("the leader hands over", handsOver, {
          timeoutSeconds: 90,
          intervalMilliseconds: 20,
        });
        // It may have ended by then.
        await killMember(leader.allocation).catch((error: unknown) => {
          reporter.say(String(error));
        });
      });
    });
  },
);
