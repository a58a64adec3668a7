import assert from "node:assert/strict";
import type { GapReport } from "../../bench/gapWriter";
import { consoleReporter } from "../../lab/report";
import { elements, fields, text } from "../../patroni/observed/json";
import { describeWith } from "../support/needs";
import {
  ensureClusterImage,
  labCluster,
  nomad,
  onVolumes,
  RealCluster,
  realClusterNeeds,
} from "../support/realCluster";
import { registerWithMemory } from "../support/registerWithMemory";
import { eventually } from "../support/waiting";
import { whileWriting } from "../support/whileWriting";
import { makeLeader, taskLog, untilDeployed, untilWhole } from "../support/wholeCluster";

const reporter = consoleReporter();

/** What a client saw, and how often the leader changed meanwhile. */
type Seen = GapReport & { readonly changes: number };

describeWith("a leader that is told to stop, with a client that writes", realClusterNeeds, function () {
  this.timeout(300_000);
  this.slow(60_000);
  let cluster: RealCluster;
  let memoryMb: number;

  before(async function () {
    this.timeout(900_000);
    await ensureClusterImage();
    cluster = new RealCluster(labCluster("handover", { members: 3, ...onVolumes("handover") }));
    memoryMb = cluster.cluster.resources.memoryMb;
    await cluster.remove();
    for (const node of ["node1", "node2", "node3"]) await cluster.makeVolume(node);
    await cluster.start();
    await untilWhole(cluster);
  });
  after(async () => {
    await cluster.remove();
  });

  /** Does something to the cluster under a client that writes: what the client saw, and how often the leader changed. */
  async function writing(happen: () => Promise<void>): Promise<Seen> {
    const { timeline } = await untilWhole(cluster);
    const seen = await whileWriting(cluster.cluster.name, async () => {
      await happen();
      await untilWhole(cluster);
    });
    return { ...seen, changes: (await untilWhole(cluster)).timeline - timeline };
  }

  function tell(what: string, { changes, longestGapMilliseconds, acknowledged }: Seen, began: number): void {
    const [gap, whole] = [longestGapMilliseconds, performance.now() - began].map((ms) =>
      (ms / 1000).toFixed(2),
    );
    reporter.say(
      `${what}: ${changes} changes of leader, at most ${gap} s without a write of ${acknowledged}, ${whole} s in all`,
    );
  }

  for (const [index, most] of [
    [0, 2],
    [1, 1],
    [2, 1],
  ] as const)
    it(`hands over at most ${most === 1 ? "once" : "twice"} in a rolling update that it is number ${index} of`, async () => {
      await makeLeader(cluster, index);
      const began = performance.now();
      const seen = await writing(async () => {
        memoryMb += 1;
        await untilDeployed(cluster, (await registerWithMemory(cluster, memoryMb)).version);
      });
      tell(`rolling update, leader at index ${index}`, seen, began);
      assert.equal(seen.lost, 0);
      assert.ok(seen.changes >= 1 && seen.changes <= most, `${seen.changes} changes of leader`);
    });

  it("hands over to a healthy replica before it stops when its node is drained", async () => {
    const { leader } = await untilWhole(cluster);
    const began = performance.now();
    const seen = await writing(async () => {
      await drain(leader.nodeId, true);
      try {
        await untilEnded(leader.allocation);
      } finally {
        await drain(leader.nodeId, false);
      }
    });
    tell("drain of the leader's node", seen, began);
    assert.deepEqual([seen.lost, seen.changes], [0, 1]);
    const log = await taskLog(leader.allocation);
    const handover = /INFO: (\S+) is told to stop and hands over to (\S+)\n/.exec(log);
    assert.equal(handover?.[1], leader.name, log);
    const { leader: now } = await untilWhole(cluster);
    assert.equal(handover[2], now.name);
    assert.match(log, new RegExp(`Successfully switched over to "${now.name}"`));
  });

  it("hands over to the synchronous replica in synchronous mode, though another started later", async () => {
    const { leader, members } = await untilWhole(cluster);
    await ask("PATCH", `${leader.apiUrl}/config`, { synchronous_mode: true });
    const synchronous = await synchronousReplica(leader.apiUrl);
    const other = members.find(({ name }) => name !== leader.name && name !== synchronous);
    await ask("POST", `${other?.apiUrl}/restart`, {});
    await untilWhole(cluster);
    assert.equal(await synchronousReplica(leader.apiUrl), synchronous);
    const seen = await writing(async () => {
      await nomad("PUT", `/v1/client/allocation/${leader.allocation}/restart`, { TaskName: "patroni" });
      await untilAnotherLeads(leader.name);
    });
    assert.deepEqual([seen.lost, seen.changes], [0, 1]);
    const { leader: now } = await untilWhole(cluster);
    assert.equal(now.name, synchronous);
    await ask("PATCH", `${now.apiUrl}/config`, { synchronous_mode: null });
  });

  it("hands over to nobody when all members are stopped at once", async () => {
    const { leader, members } = await untilWhole(cluster);
    const began = performance.now();
    await nomad("DELETE", `/v1/job/${cluster.jobId}`);
    for (const { allocation } of members) await untilEnded(allocation);
    reporter.say(`stop of all members: ${((performance.now() - began) / 1000).toFixed(2)} s in all`);
    assert.match(await taskLog(leader.allocation), /INFO: there is no replica to hand over to\n/);
    await registerWithMemory(cluster, memoryMb);
    await untilWhole(cluster);
  });

  async function untilAnotherLeads(former: string): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const { leader } = await untilWhole(cluster, 1);
      saw(leader.name);
      return leader.name === former ? undefined : true;
    };
    await eventually(`another member than ${former} leads`, look, { timeoutSeconds: 60 });
  }

  /** The replica that Patroni has made synchronous, once it has. */
  async function synchronousReplica(apiUrl: string): Promise<string> {
    const look = async (saw: (state: unknown) => void): Promise<string | undefined> => {
      const members = elements(fields(await ask("GET", `${apiUrl}/cluster`))["members"]).map(fields);
      saw(members);
      return text(members.find(({ role }) => role === "sync_standby")?.["name"]);
    };
    return eventually("a synchronous replica", look, { timeoutSeconds: 30 });
  }

  /** Asks a member's Patroni. Throws with its words when it says no. */
  async function ask(method: string, url: string, body?: object): Promise<unknown> {
    const signal = AbortSignal.timeout(30_000);
    const answer = await fetch(url, { method, signal, ...(body && { body: JSON.stringify(body) }) });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url}: ${said}`);
    return method === "GET" ? JSON.parse(said) : said;
  }

  /** Takes a node out of use, or gives it back. */
  async function drain(nodeId: string, away: boolean): Promise<void> {
    const DrainSpec = away ? { Deadline: 60e9, IgnoreSystemJobs: true } : null;
    await nomad("PUT", `/v1/node/${nodeId}/drain`, { DrainSpec, MarkEligible: !away });
  }

  async function untilEnded(allocation: string): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const { ClientStatus } = fields(await nomad("GET", `/v1/allocation/${allocation}`));
      saw(ClientStatus);
      return ClientStatus === "complete" ? true : undefined;
    };
    await eventually(`allocation ${allocation} ends`, look, { timeoutSeconds: 60 });
  }
});
