import assert from "node:assert/strict";
import { parseClusterKeys } from "../../../patroni/status/clusterKeys";
import { parseLiveMember } from "../../../patroni/status/liveMember";
import type { ClusterStatus } from "../../../patroni/status/model";
import type { ClusterObservation } from "../../../patroni/status/observation";
import { stackStatus } from "../../../patroni/status/stackStatus";
import { allocation } from "../../support/snapshots";
import {
  answer,
  clusterKeys,
  live,
  noCluster,
  nomadView,
  observation,
  seenAt,
  silence,
} from "../../support/statuses";

/** The status of one cluster alone. */
function judged(more: Partial<ClusterObservation> = {}): ClusterStatus {
  const [cluster] = stackStatus("prod", seenAt, [observation(more)], []).clusters;
  assert.ok(cluster);
  return cluster;
}

function problemsOf(more: Partial<ClusterObservation>): readonly string[] {
  return judged(more).problems.map(({ code, message }) => `${code}: ${message}`);
}

const known = (more: Parameters<typeof clusterKeys>[0]) =>
  ({ kind: "known", value: clusterKeys(more) }) as const;

describe("the status of a cluster", () => {
  it("is well when there is nothing wrong", () => {
    const status = judged();
    assert.deepEqual(
      [status.healthy, status.problems, status.leader, status.timeline, status.paused],
      [true, [], "node1", 1, false],
    );
    assert.deepEqual(status.members[0], {
      name: "node1",
      role: "leader",
      state: "running",
      answers: "yes",
      host: "127.0.0.11",
      port: 20001,
      lagBytes: null,
      timeline: 1,
      pendingRestart: [],
      postgresVersion: "17.5",
      patroniVersion: "4.1.5",
      jobVersion: 4,
    });
    assert.deepEqual(
      status.members.map(({ name, role, state, lagBytes }) => [name, role, state, lagBytes]),
      [
        ["node1", "leader", "running", null],
        ["node2", "replica", "streaming", 0],
        ["node3", "replica", "streaming", 0],
      ],
    );
  });

  it("has the leader first, whatever its name", () => {
    const members = live(
      [1, answer(1, { role: "replica", replication_state: "streaming" })],
      [3, answer(3, { role: "primary" })],
    );
    const { leader, members: seen } = judged({ keys: known({ leader: "node3" }), live: members });
    assert.equal(leader, "node3");
    assert.deepEqual(
      seen.map(({ name }) => name),
      ["node3", "node1", "node2"],
    );
  });

  it("names a member that doesn't answer, and takes nothing for known that it alone knows", () => {
    const changed = { live: live([3, silence(3)]) };
    assert.deepEqual(problemsOf(changed), [
      "member-silent: node3 doesn't answer at http://127.0.0.13:21003/patroni (no answer within 2.5 s)",
    ]);
    const third = judged(changed).members[2];
    assert.deepEqual(
      [third?.answers, third?.lagBytes, third?.timeline, third?.port],
      ["no", null, null, 20003],
    );
  });

  it("doesn't know a lag without the leader's word", () => {
    const status = judged({ live: live([1, silence(1)]) });
    assert.deepEqual(status.members[1]?.lagBytes, null);
    assert.equal(status.timeline, null);
  });

  it("takes another's answer at a member's address for none", () => {
    const other = answer(3, { patroni: { name: "node3", scope: "beta", version: "4.1.5" } });
    assert.deepEqual(problemsOf({ live: live([3, other]) }), [
      "member-other: node3 isn't who answers at its address: that is node3 of beta",
    ]);
  });

  it("tells a stale entry from a member", () => {
    const nomad = {
      kind: "known",
      value: nomadView({ allocations: [1, 2].map((each) => allocation(each)) }),
    } as const;
    assert.deepEqual(problemsOf({ nomad, live: live([3, silence(3)]) }), [
      "member-stale: node3 is only an entry in Consul: no allocation runs it",
      "member-count: has 2 of the 3 members that the config asks for",
    ]);
  });

  it("takes none that answers for stale", () => {
    const nomad = { kind: "known", value: nomadView({ allocations: [] }) } as const;
    assert.deepEqual(
      judged({ nomad }).members.map(({ answers }) => answers),
      ["yes", "yes", "yes"],
    );
  });

  it("can't tell it while Nomad isn't there, and says that once for the stack", () => {
    const nomad = { kind: "unknown", reason: "Nomad at http://n can't be reached" } as const;
    const status = stackStatus("prod", seenAt, [observation({ nomad }), observation({ nomad })], null);
    assert.deepEqual(
      status.problems.map(({ code, message }) => [code, message]),
      [["nomad-unknown", "Nomad at http://n can't be reached"]],
    );
    assert.deepEqual(
      [status.healthy, status.clusters[0]?.healthy, status.clusters[0]?.job],
      [false, true, null],
    );
  });

  it("names the parameters that wait for a restart", () => {
    const pending = {
      pending_restart: true,
      pending_restart_reason: { max_connections: { old_value: "100", new_value: "200" } },
    };
    const changed = { live: live([2, answer(2, pending)]) };
    assert.deepEqual(problemsOf(changed), [
      "pending-restart: node2 waits for a restart: max_connections 100 -> 200",
    ]);
    assert.deepEqual(judged(changed).members[1]?.pendingRestart, [
      { name: "max_connections", running: "100", wanted: "200" },
    ]);
  });

  it("says that a cluster is paused, has no leader, or isn't there yet", () => {
    assert.deepEqual(problemsOf({ keys: known({ paused: true }) }), [
      "paused: is paused: nobody takes over when the leader fails",
    ]);
    assert.deepEqual(
      problemsOf({ keys: known({ leader: undefined }), live: live([1, answer(1, { role: "replica" })]) }),
      ["no-leader: has no leader: nobody can write"],
    );
    assert.deepEqual(problemsOf(noCluster("beta")), [
      "no-cluster: has no cluster yet",
      "job-absent: has no job postgres-beta in Nomad",
    ]);
  });

  it("tells a leader that isn't one yet from one that isn't any more", () => {
    assert.deepEqual(problemsOf({ live: live([1, answer(1, { role: "replica" })]) }), [
      "leader-not-primary: node1 holds the leader lock, but doesn't run as a primary",
    ]);
    assert.deepEqual(problemsOf({ live: live([2, answer(2, { role: "primary" })]) }), [
      "second-primary: node2 runs as a primary without holding the leader lock",
    ]);
  });

  it("names a replica that is behind, elsewhere in history, or not streaming", () => {
    const behind = answer(2, { xlog: { replayed_location: 30_000_000 } });
    assert.deepEqual(problemsOf({ live: live([2, behind]) }), [
      "member-lag: node2 is 19 MB behind the leader",
    ]);
    assert.equal(judged({ live: live([2, behind]) }).members[1]?.lagBytes, 20_000_000);
    assert.deepEqual(
      problemsOf({ live: live([1, answer(1, { timeline: 2 })], [2, answer(2, { timeline: 2 })]) }),
      ["member-timeline: node3 is on timeline 1, the leader on 2"],
    );
    assert.deepEqual(
      problemsOf({ live: live([3, answer(3, { replication_state: "in archive recovery" })]) }),
      ["member-not-streaming: node3 doesn't stream from the leader: in archive recovery"],
    );
    assert.deepEqual(problemsOf({ live: live([3, answer(3, { state: "creating replica" })]) }), [
      "member-state: node3 says: creating replica",
    ]);
  });

  it("says of one that is stuck since when, and what comes of it", () => {
    const said = "WARNING: stuck: node3 since 2026-11-23 08:40:00 UTC: it doesn't stream from node1;";
    const lines = [`2026-11-23 08:48:59,123 ${said} rebuilds itself at 2026-11-23 08:50:00 UTC`];
    const logs = new Map([["node3", lines]]);
    const silent = live([3, answer(3, { replication_state: "in archive recovery" })]);
    assert.deepEqual(problemsOf({ live: silent, logs }), [
      "member-not-streaming: node3 doesn't stream from the leader: in archive recovery; stuck since 2026-11-23 08:40:00 UTC, rebuilds itself at 2026-11-23 08:50:00 UTC",
    ]);
    assert.deepEqual(problemsOf({ live: live([3, answer(3, { state: "start failed" })]), logs }), [
      "member-state: node3 says: start failed; stuck since 2026-11-23 08:40:00 UTC, rebuilds itself at 2026-11-23 08:50:00 UTC",
    ]);
    assert.deepEqual(problemsOf({ logs }), []);
  });

  it("knows synchronous replicas and a standby cluster's leader", () => {
    const synchronous = judged({
      live: live([2, answer(2, { sync_standby: true })], [3, answer(3, { quorum_standby: true })]),
    });
    assert.deepEqual(
      synchronous.members.map(({ role }) => role),
      ["leader", "sync standby", "quorum standby"],
    );
    const standby = judged({
      keys: known({ standby: true }),
      live: live([1, answer(1, { role: "standby_leader", xlog: { replayed_location: 50_000_000 } })]),
    });
    assert.deepEqual([standby.healthy, standby.members[0]?.role], [true, "standby leader"]);
  });

  it("names members of an older job version, and a job that is stopped", () => {
    const job = { version: 5, stopped: true, image: undefined };
    const allocations = [1, 2, 3].map((each) => allocation(each, { jobVersion: each === 3 ? 4 : 5 }));
    assert.deepEqual(problemsOf({ nomad: { kind: "known", value: { job, allocations } } }), [
      "job-stopped: has a stopped job postgres-acme in Nomad",
      "job-outdated: node3 runs version 4 of the job, which is at version 5",
    ]);
  });

  it("isn't known without the right to read its keys", () => {
    const status = judged({ keys: { kind: "unknown", reason: "Consul refused" } });
    assert.deepEqual(
      [status.healthy, status.members, status.problems[0]?.code],
      [false, [], "consul-denied"],
    );
  });
});

describe("what a status reads", () => {
  const entry = (key: string, value: unknown) => ({
    Key: `operations/acme/${key}`,
    Value: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64"),
  });

  it("the history of leaders, the latest first", () => {
    const history = [
      [1, 50331808, "no recovery target specified"],
      [2, 67109024, "no recovery target specified", "2026-11-20T10:11:12.5+00:00", "node2"],
    ];
    const { failovers } = parseClusterKeys("operations/acme/", [entry("history", history)]);
    assert.deepEqual(failovers, [
      { at: "2026-11-20T10:11:12.5+00:00", leader: "node2", timeline: 3 },
      { at: null, leader: null, timeline: 2 },
    ]);
    for (const odd of ["", "{}", "not JSON", '[["x"],7]'])
      assert.deepEqual(parseClusterKeys("operations/acme/", [entry("history", odd)]).failovers, []);
  });

  it("pause and standby as Patroni does", () => {
    const keys = (config: unknown) => parseClusterKeys("operations/acme/", [entry("config", config)]);
    assert.deepEqual(
      [true, "on", "Yes", 1, false, "off", null, "x"].map((pause) => keys({ pause }).paused),
      [true, true, true, true, false, false, false, false],
    );
    assert.equal(keys({ standby_cluster: { host: "10.0.0.1" } }).standby, true);
    assert.equal(keys({ standby_cluster: {} }).standby, false);
    assert.equal(keys("not JSON").paused, false);
  });

  it("versions from a member's answer, none where it can't say", () => {
    assert.equal(parseLiveMember(200, { server_version: 170005 }).postgresVersion, "17.5");
    assert.equal(parseLiveMember(503, { state: "starting" }).postgresVersion, undefined);
  });
});
