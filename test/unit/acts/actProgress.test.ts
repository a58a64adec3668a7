import assert from "node:assert/strict";
import { memberStates } from "../../../patroni/acts/memberStates";
import { reinitProgress } from "../../../patroni/acts/reinitProgress";
import { switchoverProgress } from "../../../patroni/acts/switchoverProgress";
import type { ClusterObservation } from "../../../patroni/status/observation";
import { answer, clusterKeys, live, observation, silence } from "../../support/statuses";

const known = (more: Parameters<typeof clusterKeys>[0]) =>
  ({ kind: "known", value: clusterKeys(more) }) as const;

/** What `node<number>` says after node2 has taken over on timeline 2. */
const promoted = answer(2, {
  role: "primary",
  timeline: 2,
  xlog: { location: 50_000_100 },
  replication_state: undefined,
});
const demoted = (more: Readonly<Record<string, unknown>> = {}) =>
  answer(1, {
    role: "replica",
    timeline: 2,
    xlog: { replayed_location: 50_000_100 },
    replication_state: "streaming",
    ...more,
  });

describe("the progress of a switchover", () => {
  const seen = (more: Partial<ClusterObservation>) => {
    const now = switchoverProgress(observation(more), { leader: "node1", candidate: "node2" });
    return now.kind === "going on" ? `waiting for ${now.waitingFor}` : `${now.kind}: ${now.said}`;
  };
  const keys = known({ leader: "node2" });

  it("goes from one leader to the other, and ends when the former one streams", () => {
    assert.equal(seen({}), "waiting for node1 to hand over");
    assert.equal(seen({ keys: known({ leader: undefined }) }), "waiting for node2 to take the leader lock");
    assert.equal(seen({ keys }), "waiting for node2 to be promoted");
    assert.equal(
      seen({ keys, live: live([1, silence(1)], [2, promoted]) }),
      "waiting for former leader node1 to stream from node2 (no answer)",
    );
    assert.equal(
      seen({ keys, live: live([1, demoted({ state: "starting" })], [2, promoted]) }),
      "waiting for former leader node1 to stream from node2 (starting)",
    );
    assert.equal(
      seen({ keys, live: live([1, demoted()], [2, promoted]) }),
      "done: node2 leads, node1 streams from it",
    );
  });

  it("isn't over while the former leader streams on its old timeline", () => {
    assert.match(seen({ keys, live: live([1, demoted({ timeline: 1 })], [2, promoted]) }), /^waiting for/);
  });

  it("has failed when another takes over", () => {
    assert.equal(seen({ keys: known({ leader: "node3" }) }), "failed: node3 took over instead of node2");
  });
});

describe("the progress of a reinit", () => {
  const startedAt = "2026-11-23 08:00:00.1+00:00";
  const seen = (more: Partial<ClusterObservation>) => {
    const now = reinitProgress(observation(more), { member: "node3", startedAt });
    return now.kind === "going on" ? `waiting for ${now.waitingFor}` : `${now.kind}: ${now.said}`;
  };
  const third = (more: Readonly<Record<string, unknown>>) => ({ live: live([3, answer(3, more)]) });
  const again = "2026-11-23 09:00:00.1+00:00";

  it("isn't over while the old PostgreSQL still streams", () => {
    assert.equal(
      seen(third({ postmaster_start_time: startedAt })),
      "waiting for node3 to copy node1's data (running)",
    );
  });

  it("waits for the copy, the start and the stream", () => {
    assert.equal(
      seen(third({ state: "creating replica", replication_state: undefined })),
      "waiting for node3 to copy node1's data (creating replica)",
    );
    assert.equal(
      seen(third({ postmaster_start_time: again, replication_state: undefined })),
      "waiting for node3 to stream from node1 (running)",
    );
    assert.equal(seen({ live: live([3, silence(3)]) }), "waiting for node3 to answer");
    assert.equal(seen(third({ postmaster_start_time: again })), "done: node3 streams from node1");
  });

  it("has failed when the member has become the leader", () => {
    assert.match(seen({ keys: known({ leader: "node3" }) }), /^failed: node3 has become the leader/);
  });
});

describe("each member's last state", () => {
  it("is a line each", () => {
    const far = answer(3, { xlog: { replayed_location: 40_000_000 } });
    assert.deepEqual(memberStates(observation({ live: live([2, silence(2)], [3, far]) })), [
      "  node1 (leader): running, timeline 1",
      "  node2 (replica): doesn't answer; it last wrote to Consul: streaming",
      "  node3 (replica): streaming, timeline 1, 10 MB behind",
    ]);
  });
});
