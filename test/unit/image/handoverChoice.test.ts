import assert from "node:assert/strict";
import { describeWithPython, PythonRun } from "../../support/python";

const leader = { role: "primary", state: "running", timeline: 3, xlog: { location: 100_000_000 } };

/** A replica as `GET /patroni` shows it. Patroni 4.1.5 */
const replica = {
  role: "replica",
  state: "running",
  replication_state: "streaming",
  timeline: 3,
  postmaster_start_time: "2026-11-23 10:00:00.123456+00:00",
  xlog: { received_location: 100_000_000, replayed_location: 100_000_000 },
};
const restarted = { ...replica, postmaster_start_time: "2026-11-23 10:05:00+00:00" };

const code = "import json, sys, handover; print(json.dumps(handover.choose(*json.load(sys.stdin))))";

async function chosen(others: Readonly<Record<string, object>>): Promise<unknown> {
  const run = new PythonRun({ code }, { input: JSON.stringify([leader, others]) });
  assert.equal(await run.end(), 0, run.output);
  return JSON.parse(run.output);
}

describeWithPython("who the leadership is handed over to", function () {
  this.slow(2000);

  it("is the replica that started last", async () => {
    assert.equal(await chosen({ node1: restarted, node2: replica, node3: replica }), "node1");
    assert.equal(await chosen({ node1: replica, node2: replica, node3: restarted }), "node3");
  });

  it("is the one that started last wherever its clock is shown", async () => {
    const later = { ...replica, postmaster_start_time: "2026-11-23 11:06:00+01:00" };
    assert.equal(await chosen({ node1: restarted, node2: later }), "node2");
  });

  for (const [what, over] of [
    ["is starting", { state: "starting", role: "replica", xlog: undefined }],
    ["doesn't stream", { replication_state: "in archive recovery" }],
    ["is on another timeline", { timeline: 2 }],
    ["is too far behind", { xlog: { received_location: 50_000_000 } }],
    ["has received nothing", { xlog: { received_location: null } }],
    ["leads itself", { role: "primary", xlog: { location: 1 } }],
    ["has the tag nofailover", { tags: { nofailover: true } }],
    ["has no priority for a failover", { tags: { failover_priority: 0 } }],
  ] as const)
    it(`is not one that ${what}`, async () => {
      assert.equal(await chosen({ node1: { ...restarted, ...over }, node2: replica }), "node2");
      assert.equal(await chosen({ node1: { ...restarted, ...over } }), null);
    });

  it("may be one that is a little behind, or ahead of what the leader said before", async () => {
    assert.equal(await chosen({ node1: { ...replica, xlog: { received_location: 99_000_000 } } }), "node1");
    assert.equal(await chosen({ node1: { ...replica, xlog: { received_location: 100_000_500 } } }), "node1");
  });

  it("is a synchronous one where there is one, though another started later", async () => {
    const others = { node1: restarted, node2: { ...replica, sync_standby: true } };
    assert.equal(await chosen(others), "node2");
    assert.equal(await chosen({ ...others, node3: { ...restarted, quorum_standby: true } }), "node3");
  });

  it("is nobody where nobody answers", async () => {
    assert.equal(await chosen({}), null);
  });
});
