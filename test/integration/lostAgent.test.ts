import assert from "node:assert/strict";
import { losePower, restorePower } from "../support/breakages";
import { describeWith } from "../support/needs";
import { ensureClusterImage, labCluster, RealCluster, realClusterNeeds } from "../support/realCluster";
import { allocationsOf, leaderSession, untilLed } from "../support/tenantIdentity";
import { eventually } from "../support/waiting";
import { taskLog } from "../support/wholeCluster";

describeWith("the leader lock when Consul calls the agent of its node failed", realClusterNeeds, function () {
  this.timeout(240_000);
  this.slow(60_000);
  const cluster = new RealCluster(labCluster("lost-agent", { members: 3 }));
  let lost: string | undefined;

  before(async () => {
    await ensureClusterImage();
    await cluster.remove();
    await cluster.start();
    await untilLed(cluster);
  });
  after(async () => {
    if (lost !== undefined) await restorePower(lost);
    await cluster.remove();
  });

  /** What the members on other nodes have written. */
  async function othersSay(): Promise<readonly string[]> {
    const others = (await allocationsOf(cluster)).filter(
      ({ nodeName, client }) => nodeName !== lost && client === "running",
    );
    return Promise.all(others.map(({ id }) => taskLog(id)));
  }

  it("is ended by another member, and taken by one that can be reached", async () => {
    const session = await leaderSession(cluster.cluster.name);
    assert.notEqual(session, "");
    const logs = await Promise.all(
      (await allocationsOf(cluster)).map(async ({ id, nodeName }) => ({ nodeName, log: await taskLog(id) })),
    );
    lost = logs.find(({ log }) => /the leader with the lock/.test(log))?.nodeName;
    assert.ok(lost !== undefined, JSON.stringify(logs));
    await losePower(lost);
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const now = await leaderSession(cluster.cluster.name);
      saw({ session, now });
      return now !== "" && now !== session ? true : undefined;
    };
    await eventually("another leader", look, { timeoutSeconds: 60 });
    const ended = new RegExp(`${lost} has failed: the session of lost-agent-\\S+ ends`);
    const said = await othersSay();
    assert.ok(
      said.some((log) => ended.test(log)),
      said.map((log) => log.split("\n").slice(-20).join("\n")).join("\n---\n"),
    );
  });
});
