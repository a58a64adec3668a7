import assert from "node:assert/strict";
import { causeCodes } from "../../../patroni/causes/cause";
import type { Snapshot } from "../../../patroni/observed/snapshot";
import { advanceTimers, decide, heldMs } from "../../../patroni/readiness";
import {
  allocation,
  answers,
  expectation,
  held,
  leaderStatus,
  memberKey,
  readySnapshot,
  replicaStatus,
  scopeKeys,
  startingSnapshot,
  systemId,
} from "../../support/snapshots";

function waitingLine(snapshot: Snapshot): string {
  const verdict = decide(expectation, snapshot);
  assert(verdict.kind === "waiting", JSON.stringify(verdict));
  return verdict.line;
}

describe("readiness: ready", () => {
  it("is ready when Nomad, Consul and every member say so", () => {
    const verdict = decide(expectation, readySnapshot());
    assert(verdict.kind === "ready", JSON.stringify(verdict));
    assert.deepEqual(
      verdict.cluster.members.map(({ name, role, state, timeline, lagBytes }) => [
        name,
        role,
        state,
        timeline,
        lagBytes,
      ]),
      [
        ["node1", "leader", "running", 1, 0],
        ["node2", "replica", "streaming", 1, 0],
        ["node3", "replica", "streaming", 1, 0],
      ],
    );
    assert.equal(verdict.cluster.systemIdentifier, systemId);
    assert.equal(verdict.cluster.leader.host, "127.0.0.11");
    assert.equal(verdict.cluster.leader.port, 20_001);
  });

  it("is ready with a single member", () => {
    const one = { ...expectation, members: 1 };
    const snapshot = readySnapshot({
      allocations: [allocation(1)],
      keys: scopeKeys({ members: [memberKey(1)] }),
      rest: answers(leaderStatus({ replication: [] })),
    });
    assert.equal(decide(one, snapshot).kind, "ready");
  });

  it("is ready with a standby leader, which follows another cluster", () => {
    const standby = { ...expectation, standby: true };
    const verdict = decide(standby, readySnapshot());
    assert.equal(verdict.kind === "ready" && verdict.cluster.leader.role, "standby_leader");
  });

  it("takes a member by its short allocation identifier where data is thrown away", () => {
    const name = "member-11111111";
    const snapshot = readySnapshot({
      keys: scopeKeys({ leader: name, members: [memberKey(1, { name }), memberKey(2), memberKey(3)] }),
      rest: answers(leaderStatus({ name }), replicaStatus(2), replicaStatus(3)),
    });
    assert.equal(decide(expectation, snapshot).kind, "ready");
  });

  it("does not mind old, dead allocations", () => {
    const dead = allocation(1, { id: "deadbeef", jobVersion: 3, desired: "stop", client: "complete" });
    assert.equal(
      decide(expectation, readySnapshot({ allocations: [...readySnapshot().allocations, dead] })).kind,
      "ready",
    );
  });

  it("does not mind an entry in Consul that nobody owns any more", () => {
    const stale = memberKey(4, { name: "member-deadbeef" });
    const keys = scopeKeys({ members: [...scopeKeys().members, stale] });
    assert.equal(decide(expectation, readySnapshot({ keys })).kind, "ready");
  });
});

describe("readiness: one thing missing", () => {
  const cases: readonly [name: string, snapshot: Partial<Snapshot>][] = [
    ["no leader lock", { keys: scopeKeys({ leader: undefined }) }],
    ["Consul hasn't answered", { keys: undefined }],
    [
      "the leader doesn't hold the lock itself",
      { rest: answers(leaderStatus({ status: 503 }), replicaStatus(2), replicaStatus(3)) },
    ],
    [
      "the leader doesn't answer",
      {
        rest: new Map([
          [
            "node1",
            { kind: "silent", url: "http://127.0.0.11:21001/primary", reason: "connect ECONNREFUSED" },
          ],
        ]),
      },
    ],
    [
      "another process answers in the leader's place",
      { rest: answers(leaderStatus({ name: "other" }), replicaStatus(2), replicaStatus(3)) },
    ],
    ["one replica hasn't answered", { rest: answers(leaderStatus(), replicaStatus(2)) }],
    [
      "the leader doesn't see one replica stream",
      {
        rest: answers(
          leaderStatus({
            replication: [
              { applicationName: "node2", state: "streaming" },
              { applicationName: "node3", state: "catchup" },
            ],
          }),
          replicaStatus(2),
          replicaStatus(3),
        ),
      },
    ],
    [
      "one replica doesn't stream",
      { rest: answers(leaderStatus(), replicaStatus(2), replicaStatus(3, { replicationState: undefined })) },
    ],
    [
      "one replica is on another timeline",
      { rest: answers(leaderStatus({ timeline: 2 }), replicaStatus(2, { timeline: 2 }), replicaStatus(3)) },
    ],
    [
      "one replica is too far behind",
      {
        rest: answers(
          leaderStatus({ location: 51_048_577 }),
          replicaStatus(2),
          replicaStatus(3, { location: 51_048_577 }),
        ),
      },
    ],
    ["one member has no entry in Consul", { keys: scopeKeys({ members: [memberKey(1), memberKey(2)] }) }],
    [
      "one entry is its predecessor's: another port",
      {
        keys: scopeKeys({
          members: [memberKey(1), memberKey(2), memberKey(3, { apiUrl: "http://127.0.0.13:29999" })],
        }),
      },
    ],
    ["one allocation's port isn't known yet", { apiPorts: new Map([[allocation(1).id, 21_001]]) }],
    ["one allocation is missing", { allocations: [allocation(1), allocation(2)] }],
    [
      "one allocation hasn't started",
      { allocations: [allocation(1), allocation(2), allocation(3, { client: "pending" })] },
    ],
    [
      "one node is out of touch",
      { allocations: [allocation(1), allocation(2), allocation(3, { client: "unknown" })] },
    ],
    [
      "one member runs an older version",
      { allocations: [allocation(1), allocation(2), allocation(3, { jobVersion: 3 })] },
    ],
    [
      "an older allocation still stops",
      {
        allocations: [
          ...[1, 2, 3].map((each) => allocation(each)),
          allocation(4, { jobVersion: 3, desired: "stop" }),
        ],
      },
    ],
    [
      "a member too many still stops",
      { allocations: [...[1, 2, 3].map((each) => allocation(each)), allocation(4, { desired: "stop" })] },
    ],
    ["a member too many runs", { allocations: [1, 2, 3, 4].map((each) => allocation(each)) }],
  ];
  for (const [name, change] of cases) {
    it(name, () => {
      assert.notEqual(waitingLine(readySnapshot(change)), "");
    });
  }

  it("never succeeds at the deadline", () => {
    const verdict = decide(
      expectation,
      readySnapshot({ elapsedMs: 300_000, keys: scopeKeys({ leader: undefined }), rest: new Map() }),
    );
    assert.equal(verdict.kind === "failed" && verdict.cause.code, "deadline");
    assert.match(
      verdict.kind === "failed" ? verdict.cause.headline : "",
      /not ready after 300 s, 0 of 3 members are: node1, node2 and node3 wait for a leader/,
    );
  });

  it("an old leader does not satisfy a new version", () => {
    const allocations = [1, 2, 3].map((each) => allocation(each, { jobVersion: 3 }));
    assert.match(
      waitingLine(readySnapshot({ allocations })),
      /node1, node2 and node3 still run an older version/,
    );
  });
});

describe("readiness: what it says while it waits", () => {
  const cases: readonly [line: string, snapshot: Snapshot][] = [
    [
      "asking Consul and Nomad",
      startingSnapshot({ allocations: [], nomad: { answered: false, problem: undefined } }),
    ],
    ["Nomad has yet to place 3 members", startingSnapshot({ allocations: [] })],
    ["node1, node2 and node3 are starting Patroni", startingSnapshot()],
    [
      "node1 is making the new database; node2 and node3 wait for a leader",
      startingSnapshot({
        keys: scopeKeys({
          leader: undefined,
          initialize: "",
          members: [
            memberKey(1, { state: "initializing new cluster", role: "uninitialized" }),
            ...[2, 3].map((each) =>
              memberKey(each, { state: "stopped", role: "uninitialized", replicationState: undefined }),
            ),
          ],
        }),
      }),
    ],
    [
      "replicas node2 and node3 are cloning from node1; node1 leads",
      readySnapshot({
        keys: scopeKeys({
          members: [
            memberKey(1),
            ...[2, 3].map((each) =>
              memberKey(each, { state: "creating replica", replicationState: undefined }),
            ),
          ],
        }),
        rest: answers(leaderStatus({ replication: [] })),
      }),
    ],
    [
      "replica node3 is starting PostgreSQL; node1 leads; replica node2 is streaming",
      readySnapshot({
        keys: scopeKeys({
          members: [
            memberKey(1),
            memberKey(2),
            memberKey(3, { state: "starting", replicationState: undefined }),
          ],
        }),
        rest: answers(
          leaderStatus({ replication: [{ applicationName: "node2", state: "streaming" }] }),
          replicaStatus(2),
        ),
      }),
    ],
    [
      "replica node3 is 95 MB behind; node1 leads; replica node2 is streaming",
      readySnapshot({
        rest: answers(
          leaderStatus({ location: 150_000_000 }),
          replicaStatus(2, { location: 150_000_000 }),
          replicaStatus(3),
        ),
      }),
    ],
    [
      "replica node3 is on timeline 1, the leader on 2; node1 leads; replica node2 is streaming",
      readySnapshot({
        rest: answers(leaderStatus({ timeline: 2 }), replicaStatus(2, { timeline: 2 }), replicaStatus(3)),
      }),
    ],
    [
      "leader node1 is leader in Consul, but http://127.0.0.11:21001/primary doesn't answer from here (connect ETIMEDOUT); replicas node2 and node3 are streaming",
      readySnapshot({
        rest: new Map([
          ["node1", { kind: "silent", url: "http://127.0.0.11:21001/primary", reason: "connect ETIMEDOUT" }],
        ]),
      }),
    ],
    [
      "node3 still runs an older version; node1 leads; replica node2 is streaming",
      readySnapshot({
        allocations: [allocation(1), allocation(2), allocation(3, { jobVersion: 3 })],
        rest: new Map(),
      }),
    ],
    [
      "node3 is stopping; Nomad has yet to place 1 member; node1 leads; replica node2 is streaming",
      readySnapshot({
        allocations: [allocation(1), allocation(2), allocation(3, { jobVersion: 3, desired: "stop" })],
        rest: new Map(),
      }),
    ],
  ];
  for (const [line, snapshot] of cases) {
    it(line, () => {
      assert.equal(waitingLine(snapshot), line);
    });
  }

  it("says that Consul went away, and goes on waiting", () => {
    const consul = {
      answered: true,
      problem: { kind: "unreachable", message: "connect ECONNREFUSED" },
    } as const;
    const line = waitingLine(startingSnapshot({ consul }));
    assert.match(line, /^Consul doesn't answer \(connect ECONNREFUSED\); /);
  });
});

describe("readiness: timers", () => {
  it("keep a fact's first moment while it holds, and forget it when it stops", () => {
    const gone = readySnapshot({ job: "absent", elapsedMs: 1_000, allocations: [] });
    const first = advanceTimers(expectation, new Map(), gone);
    const later = advanceTimers(expectation, first, { ...gone, elapsedMs: 3_500 });
    assert.equal(heldMs(later, 3_500)("job-absent"), 2_500);
    const back = advanceTimers(expectation, later, readySnapshot({ elapsedMs: 4_000 }));
    assert.equal(heldMs(back, 4_000)("job-absent"), 0);
  });

  it("every cause has a code of its own", () => {
    assert.equal(new Set(causeCodes).size, causeCodes.length);
  });

  it("a ready cluster stays ready however long odd things have held", () => {
    assert.equal(decide(expectation, held(60_000, readySnapshot({ elapsedMs: 500_000 }))).kind, "ready");
  });
});
