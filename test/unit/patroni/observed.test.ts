import assert from "node:assert/strict";
import { namesDatabase, parseScopeKeys, scopeFolder } from "../../../patroni/observed/consulKeys";
import { isNameOf, memberOf } from "../../../patroni/observed/memberOf";
import { nodeFits, parseJobNeeds, parseMemberNode } from "../../../patroni/observed/nodeFit";
import {
  parseAllocations,
  parseDeployment,
  parseEvaluations,
  parseJobState,
} from "../../../patroni/observed/nomadState";
import { parseRestStatus } from "../../../patroni/observed/restStatus";
import { allocation, scopeKeys } from "../../support/snapshots";

function entry(key: string, value: string, more: object = {}): object {
  return { Key: `operations/acme/${key}`, Value: Buffer.from(value).toString("base64"), ...more };
}

describe("Consul's keys", () => {
  const folder = scopeFolder("operations", "acme");
  const member = JSON.stringify({
    conn_url: "postgres://127.0.0.12:20001/postgres",
    api_url: "http://127.0.0.12:21001/patroni",
    state: "running",
    role: "replica",
    timeline: 3,
    replication_state: "streaming",
    xlog_location: 83886080,
  });

  it("are read as Patroni writes them", () => {
    const keys = parseScopeKeys(folder, [
      entry("config", "{}"),
      entry("leader", "node1", { Session: "s-1" }),
      entry("initialize", "7423900112345678901"),
      entry("members/node2", member, { Session: "s-2" }),
      entry("members/node2/odd", "{}"),
    ]);
    assert.equal(keys.leader, "node1");
    assert.equal(keys.initialize, "7423900112345678901");
    assert.equal(keys.count, 5);
    assert.deepEqual(keys.members, [
      {
        name: "node2",
        state: "running",
        role: "replica",
        host: "127.0.0.12",
        port: 20001,
        apiUrl: "http://127.0.0.12:21001",
        replicationState: "streaming",
      },
    ]);
  });

  it("a lock without a session is nobody's", () => {
    assert.equal(parseScopeKeys(folder, [entry("leader", "node1")]).leader, undefined);
  });

  it("pause the cluster where its configuration does", () => {
    const paused = (config: string) => parseScopeKeys(folder, [entry("config", config)]).paused;
    assert.deepEqual([paused('{"pause":true}'), paused('{"pause":"on"}')], [true, true]);
    assert.deepEqual(
      [paused('{"ttl":20}'), paused('{"pause":null}'), paused("not JSON")],
      [false, false, false],
    );
    assert.equal(parseScopeKeys(folder, []).paused, false);
  });

  it("another scope with the same beginning is another scope", () => {
    const others = [{ Key: "operations/acme2/leader", Value: "bm9kZTE=", Session: "s" }];
    assert.equal(parseScopeKeys(folder, others).count, 0);
  });

  it("an odd document is no reason to stop", () => {
    for (const body of [
      undefined,
      null,
      "x",
      [null],
      [{ Key: 1 }],
      [{ Key: "operations/acme/members/a", Value: null }],
    ])
      assert.ok(parseScopeKeys(folder, body).members.length <= 1);
    const [odd] = parseScopeKeys(folder, [
      entry("members/a", "{not json"),
      entry("members/b", '{"conn_url":"::"}'),
    ]).members;
    assert.equal(odd?.state, "unknown");
  });

  it("initialize names a database only once it is made", () => {
    assert.deepEqual(["", undefined, "123", "7423900112345678901"].map(namesDatabase), [
      false,
      false,
      false,
      true,
    ]);
  });
});

describe("a member's allocation", () => {
  it("is the one on its node, or of its name", () => {
    assert.ok(isNameOf("node1", allocation(1)));
    assert.ok(isNameOf("member-11111111", allocation(1)));
    assert.ok(!isNameOf("node11", allocation(1)));
    assert.ok(!isNameOf("node2", allocation(1)));
  });
  it("is the one whose port it says", () => {
    assert.equal(memberOf(allocation(1), scopeKeys(), 21_001)?.name, "node1");
    assert.equal(memberOf(allocation(1), scopeKeys(), 29_999), undefined);
    assert.equal(memberOf(allocation(1), scopeKeys(), undefined)?.name, "node1");
  });
});

describe("Patroni's answers", () => {
  it("are read from a leader and from a replica", () => {
    const leader = parseRestStatus(200, {
      state: "running",
      role: "primary",
      timeline: 2,
      xlog: { location: 1000 },
      replication: [
        { usename: "replicator", application_name: "node2", state: "streaming", sync_state: "async" },
      ],
      database_system_identifier: "7423900112345678901",
      patroni: { name: "node1", scope: "acme", version: "4.1.5" },
    });
    assert.deepEqual(
      [leader.name, leader.timeline, leader.location, leader.systemIdentifier],
      ["node1", 2, 1000, "7423900112345678901"],
    );
    assert.deepEqual(leader.replication, [{ applicationName: "node2", state: "streaming" }]);
    const replica = parseRestStatus(503, {
      state: "running",
      role: "replica",
      xlog: { received_location: 950, replayed_location: 900 },
      replication_state: "streaming",
      timeline: 2,
    });
    assert.deepEqual([replica.status, replica.location, replica.replicationState], [503, 900, "streaming"]);
  });
  it("may be odd", () => {
    assert.equal(parseRestStatus(200, "x").state, "unknown");
  });
});

describe("Nomad's documents", () => {
  it("allocations, with the events as their user sees them", () => {
    const [found] = parseAllocations([
      {
        ID: "a1",
        NodeID: "n1",
        NodeName: "node1",
        JobVersion: 4,
        DesiredStatus: "run",
        ClientStatus: "running",
        TaskStates: {
          patroni: {
            State: "pending",
            Failed: false,
            Restarts: 2,
            Events: [
              {
                Type: "Terminated",
                Time: 7,
                DisplayMessage: "Exit Code: 137",
                Details: { exit_code: "137", oom_killed: "true" },
              },
            ],
          },
        },
      },
    ]);
    assert.deepEqual(found?.tasks, [
      {
        name: "patroni",
        state: "pending",
        failed: false,
        restarts: 2,
        events: [{ type: "Terminated", message: "Exit Code: 137", time: 7, oomKilled: true }],
      },
    ]);
    assert.deepEqual(parseAllocations(undefined), []);
    assert.deepEqual(parseAllocations([{ ID: "a", TaskStates: null }])[0]?.tasks, []);
  });
  it("evaluations, deployments and jobs", () => {
    const [evaluation] = parseEvaluations([
      {
        ID: "e",
        Status: "blocked",
        JobModifyIndex: 9,
        FailedTGAllocs: {
          members: {
            NodesEvaluated: 3,
            NodePool: "default",
            ConstraintFiltered: { "missing drivers": 1 },
            DimensionExhausted: null,
          },
        },
      },
    ]);
    assert.deepEqual(evaluation?.failure?.constraintFiltered, { "missing drivers": 1 });
    assert.equal(parseDeployment(null), undefined);
    assert.equal(parseDeployment({ ID: "d", Status: "failed", JobVersion: 2 })?.jobVersion, 2);
    assert.deepEqual(parseJobState({ Version: 3, Stop: true }), { version: 3, stopped: true });
  });
});

describe("what a node lacks", () => {
  const job = {
    Datacenters: ["dc*"],
    NodePool: "default",
    Constraints: [
      { Operand: "distinct_hosts", RTarget: "true" },
      { LTarget: "${meta.storage}", Operand: "=", RTarget: "ssd" },
    ],
    TaskGroups: [
      {
        Constraints: [{ LTarget: "${attr.vault.version}", Operand: "semver", RTarget: ">= 0.6.1" }],
        Volumes: { data: { Type: "host", Source: "postgres-acme" }, other: { Type: "csi", Source: "x" } },
        Tasks: [{ Driver: "docker", Constraints: null }],
      },
    ],
  };
  const node = (more: object = {}) =>
    parseMemberNode({
      ID: "n1",
      Name: "node1",
      Datacenter: "dc1",
      NodePool: "default",
      Status: "ready",
      SchedulingEligibility: "eligible",
      Attributes: { "vault.version": "1.21.0" },
      Meta: { storage: "ssd" },
      Drivers: { docker: { Detected: true, Healthy: true } },
      HostVolumes: { "postgres-acme": {} },
      ...more,
    });
  const cases: readonly [string, ReturnType<typeof node>, readonly string[]][] = [
    ["nothing", node(), []],
    ["it is down", node({ Status: "down" }), ["is down"]],
    ["it drains", node({ Drain: true }), ["is being drained"]],
    ["it is ineligible", node({ SchedulingEligibility: "ineligible" }), ["is set ineligible for new work"]],
    [
      "datacenter and pool",
      node({ Datacenter: "eu1", NodePool: "gpu" }),
      ["is in datacenter eu1, not in dc*", "is in node pool gpu, not in default"],
    ],
    [
      "the driver",
      node({ Drivers: { docker: { Detected: true, Healthy: false } } }),
      ["driver docker is missing or unhealthy"],
    ],
    ["the volume", node({ HostVolumes: null }), ["has no volume postgres-acme"]],
    [
      "a constraint",
      node({ Meta: { storage: "hdd" } }),
      ['doesn\'t meet ${meta.storage} = ssd (found "hdd")'],
    ],
    [
      "a constraint on something that it hasn't got",
      node({ Meta: null }),
      ["doesn't meet ${meta.storage} = ssd (not set)"],
    ],
    ["Vault", node({ Attributes: {} }), ["its Nomad client has no connection to Vault"]],
  ];
  for (const [name, one, reasons] of cases) {
    it(name, () => {
      assert.deepEqual(nodeFits(parseJobNeeds(job), [one], new Set()), [{ node: "node1", reasons }]);
    });
  }
  it("a node that has a member already", () => {
    const [fit] = nodeFits(parseJobNeeds(job), [node()], new Set(["n1"]));
    assert.deepEqual(fit?.reasons, ["already has a member of this cluster"]);
  });
});
