import assert from "node:assert/strict";
import { driftEffects, type DriftFacts } from "../../../../patroni/impact/driftEffects";
import type { ConfigDocument } from "../../../../patroni/configDocument";

const config = documentOf({ max_connections: 100 });

function documentOf(parameters: Record<string, string | number>, more: ConfigDocument = {}): ConfigDocument {
  return { ttl: 20, ...more, postgresql: { parameters } };
}

function told(
  facts: Partial<DriftFacts>,
  drift: "correct" | "adopt" = "correct",
  wanted = config,
): readonly string[] {
  const all = { applied: config, standing: config, alterSystem: {}, settled: false, ...facts };
  return driftEffects(all, wanted, drift).map(
    ({ id, severity, change, consequence }) => `${severity} | ${id} | ${change}: ${consequence}`,
  );
}

describe("what becomes of what others changed", () => {
  const standing = documentOf({ max_connections: 200, work_mem: "99MB" }, { ttl: 30 });
  const alterSystem = { node1: { shared_buffers: "1GB" }, node2: { max_connections: "7" } };

  it("is nothing where nobody changed anything, and where only the config changes", () => {
    assert.deepEqual(told({}), []);
    assert.deepEqual(told({}, "adopt", documentOf({ max_connections: 300 })), []);
    // A run that was killed has written what the config wants.
    assert.deepEqual(
      told({ standing: documentOf({ max_connections: 300 }) }, "adopt", documentOf({ max_connections: 300 })),
      [],
    );
  });

  it("is that all of it is taken back", () => {
    assert.deepEqual(told({ standing }), [
      "restart | drift.takenBack | max_connections 100 → 200 by other hands: taken back; an ordered rolling restart where a member runs otherwise",
      "reload | drift.takenBack | ttl 20 → 30 by other hands, work_mem unset → 99MB by other hands: taken back; reload, no restart",
    ]);
    assert.deepEqual(told({ alterSystem: { node1: { work_mem: "1GB" } } }), [
      "reload | drift.takenBack | ALTER SYSTEM: work_mem = 1GB on node1: taken back; reload, no restart",
    ]);
  });

  it("is that what the config doesn't set is kept, where drift is adopted", () => {
    assert.deepEqual(told({ standing, alterSystem }, "adopt"), [
      "restart | drift.takenBack | max_connections 100 → 200 by other hands: taken back; an ordered rolling restart where a member runs otherwise",
      "restart | drift.takenBack | ALTER SYSTEM: max_connections = 7 on node2: taken back; an ordered rolling restart where a member runs otherwise",
      "reload | drift.takenBack | ttl 20 → 30 by other hands: taken back; reload, no restart",
      "restart | drift.adopted | ALTER SYSTEM: shared_buffers = 1GB on node1: kept: the config doesn't set it; an ordered rolling restart where a member runs otherwise",
      "reload | drift.adopted | work_mem unset → 99MB by other hands: kept: the config doesn't set it; reload, no restart",
    ]);
  });

  it("says nothing of what is kept already, but does when it no longer is", () => {
    const kept = { standing: documentOf({ max_connections: 100, work_mem: "99MB" }), settled: true };
    assert.deepEqual(told(kept, "adopt"), []);
    assert.deepEqual(told(kept, "correct"), [
      "reload | drift.takenBack | work_mem unset → 99MB by other hands: taken back; reload, no restart",
    ]);
    assert.deepEqual(told(kept, "adopt", documentOf({ max_connections: 100, work_mem: "8MB" })), [
      "reload | drift.takenBack | work_mem unset → 99MB by other hands: taken back; reload, no restart",
    ]);
  });

  it("never keeps a pause, which the config decides by not having it", () => {
    assert.deepEqual(told({ standing: documentOf({ max_connections: 100 }, { pause: true }) }, "adopt"), [
      "reload | drift.takenBack | pause unset → true by other hands: taken back; reload, no restart",
    ]);
  });
});
