import assert from "node:assert/strict";
import { askConsul, taskAuthMethod, trustNomadInConsul } from "../../lab/platform/consulAcl";
import { loadLabSettings } from "../../lab/settings";
import { fields } from "../../patroni/observed/json";
import { describeWith } from "../support/needs";
import { ensureClusterImage, labCluster, RealCluster, realClusterNeeds } from "../support/realCluster";
import { allocationsOf, leaderSession, untilLed } from "../support/tenantIdentity";
import { eventually } from "../support/waiting";
import { taskLog } from "../support/wholeCluster";

/** The shortest that Consul lets tokens last; members log in again after half of it. */
const ttl = "60s";

/**
 * What Patroni writes in a member that lost its lock, or its hold on Consul. PostgreSQL's own lines, with a point before
 * their milliseconds, aren't meant: a new replica writes an ERROR there until its slot is made.
 */
const troubled = /demot|,\d{3} ERROR|Traceback|waiting on consul|released leader key/i;

describeWith("a member's Consul tokens that don't last", realClusterNeeds, function () {
  this.timeout(300_000);
  this.slow(120_000);
  const settings = loadLabSettings();
  const cluster = new RealCluster(labCluster("tokens", { members: 2 }));
  let session: string;

  before(async () => {
    await ensureClusterImage();
    await cluster.remove();
    const path = `/v1/acl/auth-method/${taskAuthMethod}`;
    const method = fields(await askConsul(settings, path));
    await askConsul(settings, path, { method: "PUT", body: { ...method, MaxTokenTTL: ttl } });
    await cluster.start();
    await untilLed(cluster);
    session = await leaderSession(cluster.cluster.name);
    assert.notEqual(session, "");
  });
  after(async () => {
    await cluster.remove();
    await trustNomadInConsul(settings);
  });

  /** The accessors of the tokens that each member has had, oldest first. */
  async function logins(): Promise<readonly (readonly string[])[]> {
    const logs = await Promise.all((await allocationsOf(cluster)).map(({ id }) => taskLog(id)));
    return logs.map((log) => [...log.matchAll(/logged in to Consul .* as (\S+)/g)].map(([, id = ""]) => id));
  }

  async function untilLogins(enough: (count: number, member: number) => boolean): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const counts = (await logins()).map(({ length }) => length);
      saw(counts);
      return counts.every(enough) ? true : undefined;
    };
    await eventually("members log in again", look, { timeoutSeconds: 200, intervalMilliseconds: 1000 });
  }

  /** The lock was never let go: whoever takes one up does so by a new session. */
  async function assertLockKept(since: readonly string[]): Promise<void> {
    assert.equal(await leaderSession(cluster.cluster.name), session);
    const logs = await Promise.all((await allocationsOf(cluster)).map(({ id }) => taskLog(id)));
    logs.forEach((log, member) => {
      assert.doesNotMatch(log.slice(since[member]?.length ?? 0), troubled);
    });
  }

  async function logsNow(): Promise<readonly string[]> {
    return Promise.all((await allocationsOf(cluster)).map(({ id }) => taskLog(id)));
  }

  it("are renewed three times before they expire, and the leader keeps its lock", async () => {
    const since = await logsNow();
    await untilLogins((count) => count >= 4);
    await assertLockKept(since);
  });

  it("are replaced at once when they are revoked, three times, and the leader keeps its lock", async () => {
    const since = await logsNow();
    for (let time = 0; time < 3; time++) {
      const before = await logins();
      for (const accessors of before) {
        const path = `/v1/acl/token/${accessors.at(-1) ?? ""}`;
        await askConsul(settings, path, { method: "DELETE" });
      }
      await untilLogins((count, member) => count > (before[member]?.length ?? 0));
      await untilLed(cluster);
    }
    await assertLockKept(since);
  });
});
