import assert from "node:assert/strict";
import { rebuildNotice } from "../../../patroni/observed/rebuildNotice";
import { decide } from "../../../patroni/readiness";
import {
  answers,
  expectation,
  held,
  leaderStatus,
  log,
  memberKey,
  readySnapshot,
  replicaStatus,
  scopeKeys,
} from "../../support/snapshots";

const line = (second: number, text: string): string =>
  `2026-01-01 08:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, "0")},123 ${text}`;
const since = "stuck: node3 since 2026-01-01 08:00:00 UTC: it doesn't stream from node1;";
const soon = (second: number): string =>
  line(second, `WARNING: ${since} rebuilds itself at 2026-01-01 08:10:00 UTC`);
const kept = (second: number): string =>
  line(second, `WARNING: ${since} isn't rebuilt: it was once already, and got stuck again`);
const rebuild = [
  "stuck since 2026-01-01 08:00:00 UTC, for 600 s: it doesn't stream from node1",
  "leader node1: timeline 1, LSN 0/9000000, system identifier 77",
  "node3: timeline 1, received 0/3000000",
  "its data is deleted, and node1's copied in its place",
  "reinitialize started",
].map((words) => line(60, `WARNING: rebuild of node3: ${words}`));
const ready = line(70, "LOG:  database system is ready to accept read-only connections");

describe("what a member's log says of its being stuck", () => {
  it("is since when, and what comes of it", () => {
    assert.deepEqual(rebuildNotice([ready, soon(20), line(21, "INFO: Lock owner: node1; I am node3")]), {
      kind: "stuck",
      since: "2026-01-01 08:00:00 UTC",
      next: "rebuilds itself at 2026-01-01 08:10:00 UTC",
    });
  });

  it("is over when it isn't repeated", () => {
    assert.equal(rebuildNotice([soon(20), line(120, "INFO: Lock owner: node1; I am node3")]), undefined);
  });

  it("is the evidence while the leader's data is copied, and nothing once PostgreSQL runs on the copy", () => {
    assert.deepEqual(rebuildNotice([soon(50), ...rebuild]), {
      kind: "rebuilt",
      evidence: [
        "stuck since 2026-01-01 08:00:00 UTC, for 600 s: it doesn't stream from node1",
        "leader node1: timeline 1, LSN 0/9000000, system identifier 77",
        "node3: timeline 1, received 0/3000000",
      ],
    });
    assert.equal(rebuildNotice([...rebuild, ready])?.kind, undefined);
    assert.equal(rebuildNotice([...rebuild, ready, kept(80)])?.kind, "stuck");
  });
});

describe("a wait for a member that is stuck", () => {
  const keys = (state: string) =>
    scopeKeys({
      members: [memberKey(1), memberKey(2), memberKey(3, { state, replicationState: undefined })],
      rebuildAfterSeconds: 600,
    });
  const verdict = (lines: readonly string[], state = "running") =>
    decide(
      expectation,
      held(60_000, {
        ...readySnapshot({
          keys: keys(state),
          rest: answers(
            leaderStatus({ replication: [{ applicationName: "node2", state: "streaming" }] }),
            replicaStatus(2),
          ),
          logs: [log(3, lines)],
        }),
        elapsedMs: 120_000,
      }),
    );

  it("says since when, and when it rebuilds itself", () => {
    const waiting = verdict([soon(20)]);
    assert(waiting.kind === "waiting");
    assert.match(
      waiting.line,
      /replica node3 is connecting to node1 \(stuck since 2026-01-01 08:00:00 UTC, rebuilds itself at 2026-01-01 08:10:00 UTC\)/,
    );
  });

  it("says why it was rebuilt while it copies", () => {
    const waiting = verdict(rebuild, "creating replica");
    assert(waiting.kind === "waiting");
    assert.match(
      waiting.line,
      /node3 is cloning from node1 \(rebuilt by itself: stuck since \S+ \S+ UTC, for 600 s: .* \| leader node1: timeline 1, LSN 0\/9000000/,
    );
  });

  it("fails where it isn't rebuilt, with the reason", () => {
    const failed = verdict([kept(10), kept(40)]);
    assert(failed.kind === "failed");
    assert.equal(failed.cause.code, "stuck");
    assert.equal(
      failed.cause.headline,
      "node3 has been stuck since 2026-01-01 08:00:00 UTC, and isn't rebuilt: it was once already, and got stuck again",
    );
    assert.match(failed.cause.nextCommand, /reinit acme node3 --force/);
  });

  it("goes on where only the config keeps it from being rebuilt", () => {
    const off = line(10, `WARNING: ${since} isn't rebuilt: rebuild_stuck_after isn't set`);
    assert.equal(verdict([off, off]).kind, "waiting");
  });

  it("says of WAL that is gone that it mends that by itself, and how at once", () => {
    const removed = (second: number) =>
      line(second, "FATAL:  requested WAL segment 000000010000000000000003 has already been removed");
    const failed = verdict([removed(10), removed(15)]);
    assert(failed.kind === "failed");
    assert.match(
      failed.cause.nextCommand,
      /^It copies the leader's data anew by itself when it has been stuck for 600 s; at once: nomad alloc exec/,
    );
    const again = verdict([removed(10), removed(15), kept(16)]);
    assert(again.kind === "failed");
    assert.match(
      again.cause.nextCommand,
      /^Let it copy the leader's data anew \(it doesn't by itself: it was once already, and got stuck again\): nomad alloc exec/,
    );
  });
});
