import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { planReinit } from "../../../patroni/acts/reinitPlan";
import type { ClusterObservation } from "../../../patroni/status/observation";
import { answer, clusterKeys, live, observation, silence } from "../../support/statuses";

const known = (more: Parameters<typeof clusterKeys>[0]) =>
  ({ kind: "known", value: clusterKeys(more) }) as const;

function refusal(more: Partial<ClusterObservation>, member: string): string {
  const plan = planReinit(observation(more), member);
  return plan.kind === "refused" ? plan.reason : assert.fail(plan.lines.join("\n"));
}

describe("the plan of a reinit", () => {
  it("says whose data goes and who is left", () => {
    const startedAt = "2026-11-23 08:00:00.1+00:00";
    const plan = planReinit(
      observation({ live: live([3, answer(3, { postmaster_start_time: startedAt })]) }),
      "node3",
    );
    assert.deepEqual(plan, {
      kind: "planned",
      cluster: "acme",
      leader: "node1",
      member: "node3",
      startedAt,
      lines: [
        "Reinit of node3 of acme: its data is deleted, and all of node1's copied in its place.",
        "  leader   node1, timeline 1: goes on, and is read from",
        "  replica  node3, streaming: its connections end, and it serves no reads until it streams again",
        "  Until it is over, node2 can take over when the leader fails.",
      ],
    });
  });

  it("is what docs/operations.md shows", () => {
    const file = path.join(__dirname, "..", "..", "..", "docs", "operations.md");
    const plan = planReinit(observation(), "node3");
    assert.ok(plan.kind === "planned");
    assert.ok(fs.readFileSync(file, "utf8").includes(plan.lines.join("\n")));
  });

  it("says when nobody could take over meanwhile", () => {
    const plan = planReinit(observation({ live: live([2, silence(2)]) }), "node3");
    assert.ok(plan.kind === "planned");
    assert.match(plan.lines.join("\n"), /Until it is over, nobody can take over when the leader fails/);
  });

  it("takes a replica that doesn't run: that is what it is for", () => {
    const broken = live([3, answer(3, { state: "start failed", replication_state: undefined })]);
    assert.equal(planReinit(observation({ live: broken }), "node3").kind, "planned");
  });

  it("refuses the leader, a stranger, and a replica that can't be asked", () => {
    assert.match(refusal({}, "node1"), /^node1 leads acme, .* First: npm run switchover -- --tenant acme$/);
    assert.match(refusal({}, "node9"), /^acme has no member node9\. Its members: node1 \(leader\), node2, /);
    assert.match(
      refusal({ live: live([3, silence(3)]) }, "node3"),
      /^node3 can't be asked .* doesn't answer/,
    );
  });

  it("deletes nothing where the leader isn't certain to have it all", () => {
    assert.match(refusal({ keys: known({ leader: undefined }) }, "node3"), /^acme has no leader/);
    assert.match(refusal({ live: live([1, silence(1)]) }, "node3"), /^leader node1 of acme doesn't answer/);
    assert.match(
      refusal({ live: live([1, answer(1, { state: "start failed", role: "replica" })]) }, "node3"),
      /doesn't run as a primary/,
    );
    assert.match(refusal({ keys: known({ paused: true }) }, "node3"), /^acme is paused/);
  });
});
