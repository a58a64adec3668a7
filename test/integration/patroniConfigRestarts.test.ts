import assert from "node:assert/strict";
import { consoleReporter } from "../../lab/report";
import { describeWith } from "../support/needs";
import { failureOf } from "../support/providerCall";
import { everywhere, RealConfig, realConfigNeeds } from "../support/realConfig";
import { eventually } from "../support/waiting";

const reporter = consoleReporter();

describeWith("a parameter that takes a restart, with a client that writes", realConfigNeeds, function () {
  this.timeout(240_000);
  this.slow(60_000);
  let real: RealConfig;

  before(async function () {
    this.timeout(900_000);
    real = await RealConfig.whole("restarts", { max_connections: 100 });
  });
  after(async () => {
    await real.remove();
  });

  function tell(what: string, seen: Awaited<ReturnType<RealConfig["whileWriting"]>>, began: number): void {
    const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(2);
    const { changes, longestGapMilliseconds, acknowledged } = seen;
    reporter.say(
      `${what}: ${changes} changes of leader, at most ${seconds(longestGapMilliseconds)} s without a write of ${acknowledged}, ${seconds(performance.now() - began)} s in all`,
    );
  }

  it("is raised with one change of leader, and no acknowledged write is lost", async () => {
    for (const connections of [150, 200, 250]) {
      const leader = await real.leaderName();
      const began = performance.now();
      const seen = await real.whileWriting(async () => {
        const lines = await real.update({ max_connections: connections });
        assert.match(lines.join("\n"), new RegExp(`leader ${leader} hands over to node`));
      });
      tell(`max_connections ${connections}`, seen, began);
      assert.deepEqual(await real.members.show("max_connections"), everywhere(String(connections)));
      assert.deepEqual([seen.lost, seen.changes], [0, 1]);
      assert.notEqual(await real.leaderName(), leader);
      assert.equal((await real.members.startOrder()).at(-1), leader);
    }
  });

  it("is lowered with the leader first, in place", async () => {
    const leader = await real.leaderName();
    const began = performance.now();
    const seen = await real.whileWriting(async () => {
      await real.update({ max_connections: 100 });
    });
    tell("max_connections lowered, leader in place", seen, began);
    assert.deepEqual(await real.members.show("max_connections"), everywhere("100"));
    assert.deepEqual([seen.lost, seen.changes], [0, 0]);
    assert.equal((await real.members.startOrder())[0], leader);
  });

  it("is raised in synchronous mode with a change to a synchronous replica", async () => {
    const synchronous = { patroni: { synchronousMode: "on" } } as const;
    await real.update({ max_connections: 100 }, synchronous);
    await untilSynchronous();
    const began = performance.now();
    let handedTo = "";
    const seen = await real.whileWriting(async () => {
      const lines = await real.update({ max_connections: 150 }, synchronous);
      handedTo = /hands over to (\S+)/.exec(lines.join("\n"))?.[1] ?? "nobody";
    });
    tell("max_connections in synchronous mode", seen, began);
    assert.deepEqual(await real.members.show("max_connections"), everywhere("150"));
    assert.deepEqual([seen.lost, seen.changes], [0, 1]);
    assert.equal(await real.leaderName(), handedTo);
    await real.update({ max_connections: 150 });
  });

  it("stops at a replica that doesn't catch up after its restart, and goes on when it does", async () => {
    const leader = await real.leaderName();
    const { postmaster_start_time: started } = await real.members.status(leader);
    const slow = ["node1", "node2", "node3"].find((name) => name !== leader) ?? "";
    const began = performance.now();
    const seen = await real.whileWriting(async () => {
      await real.members.delayReplay(slow, "1d");
      const from = real.provider.lines.length;
      const wanted = await real.inputs({ max_connections: 170 }, { args: { timeoutSeconds: 20 } });
      const error = await failureOf(real.provider.update(real.folder, real.state, wanted));
      assert.match(error.message, /not every member serves since the last restart/);
      assert.match(
        error.message,
        new RegExp(`member ${slow} \\(replica\\): running, not streaming, \\d+ kB behind`),
      );
      const lines = real.provider.lines.slice(from).join("\n");
      assert.match(lines, new RegExp(`restarting replica ${slow}`));
      assert.doesNotMatch(lines, /hands over|restarting leader/);
      assert.equal((await real.members.status(leader))["postmaster_start_time"], started);
      assert.match(JSON.stringify(await real.document()), /"max_connections":170/);
      real.state = error.partial?.outputs ?? {};
      await real.members.delayReplay(slow, undefined);
      const rest = (await real.update({ max_connections: 170 })).join("\n");
      assert.doesNotMatch(rest, new RegExp(`restarting replica ${slow}`));
    });
    tell("a replica that doesn't catch up", seen, began);
    assert.deepEqual(await real.members.show("max_connections"), everywhere("170"));
    assert.deepEqual([seen.lost, seen.changes], [0, 1]);
  });

  it("doesn't restart the leader while nobody can take over, and goes on when somebody can", async () => {
    const leader = await real.leaderName();
    const { postmaster_start_time: started } = await real.members.status(leader);
    // Nobody is behind by less than nothing: every replica is too far behind to take over.
    const strict = { patroni: { maxLagBytes: -1 } };
    await real.update({ max_connections: 170 }, strict);
    const seen = await real.whileWriting(async () => {
      const wanted = await real.inputs({ max_connections: 200 }, strict);
      const error = await failureOf(real.provider.update(real.folder, real.state, wanted));
      assert.match(error.message, new RegExp(`leader ${leader} waits for a restart .* wasn't restarted`));
      assert.match(error.message, /no replica of .* can take over: node\d is .* behind the leader/);
      assert.equal((await real.members.status(leader))["postmaster_start_time"], started);
      real.state = error.partial?.outputs ?? {};
      const lines = await real.update({ max_connections: 200 });
      assert.equal(lines.filter((line) => line.includes("] restarting ")).length, 0, lines.join("\n"));
    });
    assert.equal(seen.lost, 0);
    assert.deepEqual(await real.members.show("max_connections"), everywhere("200"));
    assert.notEqual(await real.leaderName(), leader);
  });

  async function untilSynchronous(): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const states = await Promise.all(["node1", "node2", "node3"].map((name) => real.members.status(name)));
      saw(states);
      return states.some(({ sync_standby }) => sync_standby === true) ? true : undefined;
    };
    await eventually("a synchronous replica", look, { timeoutSeconds: 60 });
  }
});
