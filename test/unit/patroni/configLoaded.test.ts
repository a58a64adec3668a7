import assert from "node:assert/strict";
import { hasLoaded, notAsked, withAnswer, type LoadProgress } from "../../../patroni/configLoaded";
import { parseConfigStatus, type ConfigStatus } from "../../../patroni/observed/configStatus";

function status(
  dcsLastSeen: number | undefined,
  reasons: Record<string, [string, string]> = {},
  more: Readonly<Record<string, unknown>> = {},
): ConfigStatus {
  return parseConfigStatus(200, {
    state: "running",
    role: "replica",
    dcs_last_seen: dcsLastSeen,
    pending_restart_reason: Object.fromEntries(
      Object.entries(reasons).map(([name, [running, wanted]]) => [
        name,
        { old_value: running, new_value: wanted },
      ]),
    ),
    ...more,
  });
}

function after(...seen: readonly (number | undefined)[]): LoadProgress {
  return seen.reduce<LoadProgress>((progress, value) => withAnswer(progress, status(value)), notAsked);
}

const late = { elapsedMs: 60_000, loopWaitSeconds: 5, paused: false, restarts: [] };

describe("a member's answer about its configuration", () => {
  it("is read from GET /patroni", () => {
    const read = parseConfigStatus(200, {
      state: "running",
      role: "primary",
      postmaster_start_time: "2026-01-01 00:00:00.1+00:00",
      xlog: { location: 67417256 },
      dcs_last_seen: 1795413369,
      pending_restart: true,
      pending_restart_reason: {
        shared_buffers: { old_value: "128MB", new_value: "4TB" },
        Max_Connections: { old_value: "100", new_value: "200" },
      },
      patroni: { version: "4.1.5", scope: "acme", name: "node1" },
    });
    assert.deepEqual(read.pending, [
      { name: "max_connections", running: "100", wanted: "200" },
      { name: "shared_buffers", running: "128MB", wanted: "4TB" },
    ]);
    assert.equal(read.dcsLastSeen, 1795413369);
    assert.equal(read.startedAt, "2026-01-01 00:00:00.1+00:00");
    assert.equal(read.location, 67417256);
  });

  it("may be anything at all", () => {
    const read = parseConfigStatus(200, { pending_restart_reason: { odd: 7 }, dcs_last_seen: "soon" });
    assert.equal(read.dcsLastSeen, undefined);
    assert.deepEqual(read.pending, [{ name: "odd", running: "", wanted: "" }]);
  });
});

describe("whether a member has loaded a configuration", () => {
  it("shows in the second reading of the keys since it was written", () => {
    const cases: readonly [LoadProgress, boolean][] = [
      [notAsked, false],
      [after(100), false],
      [after(100, 100, 100), false],
      // This one may have been read just before the key was written.
      [after(100, 105), false],
      [after(100, undefined, 105, 105), false],
      [after(100, 105, 105, 110), true],
      // Clocks may be set back.
      [after(100, 40, 45), true],
    ];
    for (const [progress, expected] of cases)
      assert.equal(hasLoaded(progress, status(110), late), expected, JSON.stringify(progress));
  });

  it("is not concluded from readings that a request caused", () => {
    const progress = after(100, 101, 102, 103);
    assert.equal(hasLoaded(progress, status(103), { ...late, elapsedMs: 3000 }), false);
    assert.equal(hasLoaded(progress, status(103), { ...late, elapsedMs: 6999 }), false);
    assert.equal(hasLoaded(progress, status(103), { ...late, elapsedMs: 7000 }), true);
  });

  it("is certain as soon as everything is pending that must be", () => {
    const restarts = [
      { name: "max_connections", running: "100", wanted: "200" },
      { name: "shared_buffers", running: "128MB", wanted: "1GB" },
    ];
    const expectation = { elapsedMs: 1000, loopWaitSeconds: 5, paused: false, restarts };
    const both = status(100, { max_connections: ["100", "200"], shared_buffers: ["128MB", "1GB"] });
    assert.equal(hasLoaded(after(100), both, expectation), true);
    const one = status(100, { max_connections: ["100", "200"] });
    assert.equal(hasLoaded(after(100), one, expectation), false);
    const stale = status(100, { max_connections: ["100", "150"], shared_buffers: ["128MB", "1GB"] });
    assert.equal(hasLoaded(after(100), stale, expectation), false);
  });

  it("is not concluded from anything while the member doesn't say that it is paused, or still says so", () => {
    const restarts = [{ name: "max_connections", running: "100", wanted: "200" }];
    const read = after(100, 105, 110);
    const paused = (reasons = {}) => status(110, reasons, { pause: true });
    assert.equal(hasLoaded(read, status(110), { ...late, paused: true }), false);
    assert.equal(hasLoaded(read, paused(), { ...late, paused: true }), true);
    assert.equal(hasLoaded(read, paused(), late), false);
    assert.equal(hasLoaded(after(100, 105), paused(), { ...late, paused: true }), false);
    const pending = paused({ max_connections: ["100", "200"] });
    assert.equal(hasLoaded(read, pending, { ...late, restarts }), false);
  });

  it("is learned the slow way when PostgreSQL writes a value in other units, or needs no restart", () => {
    const restarts = [{ name: "shared_buffers", running: "128MB", wanted: "1024MB" }];
    const pending = status(110, { shared_buffers: ["128MB", "1GB"] });
    assert.equal(hasLoaded(after(100, 105), pending, { ...late, restarts }), false);
    assert.equal(hasLoaded(after(100, 105, 110), pending, { ...late, restarts }), true);
  });
});
