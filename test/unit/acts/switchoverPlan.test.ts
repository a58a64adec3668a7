import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { planSwitchover } from "../../../patroni/acts/switchoverPlan";
import { parseClusterKeys } from "../../../patroni/status/clusterKeys";
import type { ClusterObservation } from "../../../patroni/status/observation";
import { memberKey } from "../../support/snapshots";
import { answer, clusterKeys, live, noCluster, observation, silence } from "../../support/statuses";

const known = (more: Parameters<typeof clusterKeys>[0]) =>
  ({ kind: "known", value: clusterKeys(more) }) as const;

function refusal(more: Partial<ClusterObservation>, to?: string): string {
  const plan = planSwitchover(observation(more), to);
  return plan.kind === "refused" ? plan.reason : assert.fail(plan.lines.join("\n"));
}

function candidate(more: Partial<ClusterObservation>, to?: string): string {
  const plan = planSwitchover(observation(more), to);
  return plan.kind === "planned" ? plan.candidate : assert.fail(plan.reason);
}

const behind = { xlog: { replayed_location: 50_000_000 - 2_000_000 } };

describe("the plan of a switchover", () => {
  it("says who hands over to whom and what it means", () => {
    const plan = planSwitchover(observation(), "node3");
    assert.deepEqual(plan, {
      kind: "planned",
      cluster: "acme",
      leader: "node1",
      candidate: "node3",
      lines: [
        "Switchover of acme: node1 hands over to node3.",
        "  leader     node1, timeline 1",
        "  candidate  node3, replica, nothing left to replay",
        "  PostgreSQL on node1 stops and starts again as a replica: its connections end, and open transactions with them.",
        "  Nobody can write meanwhile: 0.2 to 0.25 s on a quiet lab of three nodes, longer on a busy machine.",
      ],
    });
  });

  it("is what docs/operations.md shows", () => {
    const file = path.join(__dirname, "..", "..", "..", "docs", "operations.md");
    const plan = planSwitchover(observation(), "node3");
    assert.ok(plan.kind === "planned");
    assert.ok(fs.readFileSync(file, "utf8").includes(plan.lines.join("\n")));
  });

  it("chooses the replica with the least lag, and the first of equals", () => {
    const lag = (bytes: number) => ({ xlog: { replayed_location: 50_000_000 - bytes } });
    assert.equal(candidate({}), "node2");
    assert.equal(candidate({ live: live([2, answer(2, lag(9))], [3, answer(3, lag(8))]) }), "node3");
  });

  it("chooses a synchronous standby, though another has less lag", () => {
    const standby = answer(3, { sync_standby: true, xlog: { replayed_location: 49_999_000 } });
    assert.equal(candidate({ keys: known({ synchronousMode: "on" }), live: live([3, standby]) }), "node3");
    const quorum = answer(3, { quorum_standby: true });
    assert.equal(candidate({ keys: known({ synchronousMode: "quorum" }), live: live([3, quorum]) }), "node3");
  });

  it("takes no other than a synchronous standby in synchronous mode, as Patroni does; in quorum mode any", () => {
    const standby = live([3, answer(3, { sync_standby: true })]);
    assert.match(
      refusal({ keys: known({ synchronousMode: "on" }), live: standby }, "node2"),
      /^node2 can't take over acme: it isn't a synchronous standby/,
    );
    assert.match(refusal({ keys: known({ synchronousMode: "on" }) }), /^no replica of acme can take over/);
    assert.equal(candidate({ keys: known({ synchronousMode: "quorum" }) }, "node2"), "node2");
  });

  it("refuses where there is nobody to hand over", () => {
    const none = planSwitchover(noCluster("beta"), undefined);
    assert.deepEqual(none, { kind: "refused", reason: "beta has no cluster yet: pulumi up makes it." });
    assert.match(refusal({ keys: known({ leader: undefined }) }), /^acme has no leader \(node1: running; /);
    assert.match(
      refusal({ live: live([1, silence(1)]) }),
      /^leader node1 of acme doesn't answer at http\S+ \(no/,
    );
    assert.match(
      refusal({ live: live([1, answer(1, { role: "replica" })]) }),
      /^node1 holds the leader lock of acme, but doesn't run as a primary/,
    );
    assert.equal(refusal({ keys: { kind: "unknown", reason: "refused (403)" } }), "refused (403)");
  });

  it("refuses a candidate that can't take over, and says why", () => {
    assert.equal(
      refusal({}, "node9"),
      "acme has no member node9. Its members: node1 (leader), node2, node3.",
    );
    assert.equal(refusal({}, "node1"), "node1 leads acme already.");
    const reasons: readonly (readonly [ReturnType<typeof answer>, RegExp])[] = [
      [silence(2), /it doesn't answer at/],
      [answer(2, { state: "starting" }), /it isn't running: starting/],
      [answer(2, { replication_state: "in archive recovery" }), /it doesn't stream .*: in archive recovery/],
      [answer(2, { timeline: 2 }), /it is on timeline 2, the leader on 1/],
      [answer(2, behind), /it is 2 MB behind the leader, and patroni.maxLagBytes allows 1 MB/],
      [answer(2, { xlog: {} }), /it hasn't said how far it has replayed/],
      [answer(2, { tags: { nofailover: true } }), /it has the tag nofailover/],
      [answer(2, { tags: { failover_priority: 0 } }), /it has the tag nofailover/],
      [answer(2, { watchdog_failed: true }), /it has no watchdog that works/],
    ];
    for (const [said, why] of reasons) assert.match(refusal({ live: live([2, said]) }, "node2"), why);
  });

  it("lets a tag that is off, or outranks a priority, be", () => {
    for (const tags of [{ nofailover: false, failover_priority: 0 }, { failover_priority: 2 }, {}])
      assert.equal(candidate({ live: live([2, answer(2, { tags })]) }, "node2"), "node2");
  });

  it("names every replica's reason when none can take over", () => {
    assert.match(
      refusal({ live: live([2, silence(2)], [3, answer(3, behind)]) }),
      /^no replica of acme can take over: node2 doesn't answer at .*; node3 is 2 MB behind .*\.$/,
    );
    assert.match(refusal({ keys: known({ members: [memberKey(1)] }) }), /^acme has no member but its leader/);
  });

  it("passes over a replica that the caller has a reason against, and names the reason", () => {
    const waits = (name: string) => (name === "node2" ? "waits for a restart" : undefined);
    const plan = planSwitchover(observation(), undefined, (replica) => waits(replica.name));
    assert.ok(plan.kind === "planned");
    assert.equal(plan.candidate, "node3");
    const none = planSwitchover(observation(), undefined, () => "waits for a restart");
    assert.ok(none.kind === "refused");
    assert.match(none.reason, /node2 waits for a restart; node3 waits for a restart/);
  });

  it("wants the candidate of a paused cluster named, as Patroni does", () => {
    const keys = known({ paused: true });
    assert.match(refusal({ keys }), /^acme is paused, and Patroni .*: --to node2 would do\.$/);
    const plan = planSwitchover(observation({ keys }), "node2");
    assert.ok(plan.kind === "planned");
    assert.match(plan.lines.join("\n"), /is paused, and stays so/);
  });

  it("doesn't take the place of a switchover that is under way or scheduled", () => {
    const request = { leader: "node1", candidate: "node3", scheduledAt: undefined };
    assert.match(
      refusal({ keys: known({ failoverRequest: request }) }),
      /from node1 to node3 is under way already/,
    );
    const scheduledAt = "2026-12-01T03:00:00+00:00";
    assert.match(
      refusal({ keys: known({ failoverRequest: { ...request, scheduledAt } }) }),
      /is scheduled for 2026-12-01T03:00:00\+00:00/,
    );
  });
});

describe("what a switchover takes from Consul", () => {
  const entry = (key: string, value: object) => ({
    Key: `operations/acme/${key}`,
    Value: Buffer.from(JSON.stringify(value)).toString("base64"),
  });
  const read = (key: string, value: object) => parseClusterKeys("operations/acme/", [entry(key, value)]);

  it("is the synchronous mode, which a standby cluster never has", () => {
    const mode = (config: object) => read("config", config).synchronousMode;
    assert.deepEqual(
      [{}, { synchronous_mode: true }, { synchronous_mode: "on" }, { synchronous_mode: "quorum" }].map(mode),
      ["off", "on", "on", "quorum"],
    );
    assert.equal(mode({ synchronous_mode: true, standby_cluster: { host: "10.0.0.1" } }), "off");
  });

  it("is a request that isn't over; an empty one is", () => {
    assert.equal(read("failover", {}).failoverRequest, undefined);
    assert.deepEqual(read("failover", { leader: "node1", member: "node2" }).failoverRequest, {
      leader: "node1",
      candidate: "node2",
      scheduledAt: undefined,
    });
  });
});
