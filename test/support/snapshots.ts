import type { MemberKey, ScopeKeys } from "../../patroni/observed/consulKeys";
import type { Allocation, Evaluation, TaskEvent, TaskState } from "../../patroni/observed/nomadState";
import type { RestAnswer, RestStatus } from "../../patroni/observed/restStatus";
import type { Expectation, Snapshot, TaskLog } from "../../patroni/observed/snapshot";
import { advanceTimers, heldMs, type Timers } from "../../patroni/readiness";

/** A cluster of three members whose job has just been registered as version 4. */
export const expectation: Expectation = {
  cluster: "acme",
  scope: "acme",
  keyPrefix: "operations",
  members: 3,
  jobId: "postgres-acme",
  jobVersion: 4,
  jobModifyIndex: 900,
  standby: false,
  maxLagBytes: 1_048_576,
  consulAddress: "http://127.0.0.1:8500",
  nomadAddress: "http://127.0.0.1:4646",
  nomadNamespace: "default",
  nomadRegion: "global",
  vaultSecretPath: "secret/postgres/acme",
  timeoutSeconds: 300,
};

/** A database's system identifier. */
export const systemId = "7423900112345678901";

/** A task event; times are in seconds here. */
export function event(type: string, message = "", seconds = 1, more: Partial<TaskEvent> = {}): TaskEvent {
  return { type, message, time: seconds * 1e9, oomKilled: false, ...more };
}

/** A running task. */
export function task(more: Partial<TaskState> = {}): TaskState {
  return {
    name: "patroni",
    state: "running",
    failed: false,
    restarts: 0,
    events: [event("Received"), event("Task Setup", "Building Task Directory"), event("Started")],
    ...more,
  };
}

/** The running allocation on `node<number>`. */
export function allocation(number: number, more: Partial<Allocation> = {}): Allocation {
  return {
    id: `${number}1111111-0000-0000-0000-000000000000`,
    nodeId: `node-id-${number}`,
    nodeName: `node${number}`,
    jobVersion: 4,
    desired: "run",
    client: "running",
    tasks: [task()],
    ...more,
  };
}

/** What `node<number>` wrote to Consul; node1 as the leader. */
export function memberKey(number: number, more: Partial<MemberKey> = {}): MemberKey {
  return {
    name: `node${number}`,
    state: "running",
    role: number === 1 ? "primary" : "replica",
    host: `127.0.0.1${number}`,
    port: 20_000 + number,
    apiUrl: `http://127.0.0.1${number}:${21_000 + number}`,
    replicationState: number === 1 ? undefined : "streaming",
    ...more,
  };
}

/** Consul's keys of a running cluster. */
export function scopeKeys(more: Partial<ScopeKeys> = {}): ScopeKeys {
  return {
    leader: "node1",
    initialize: systemId,
    members: [1, 2, 3].map((each) => memberKey(each)),
    paused: false,
    rebuildAfterSeconds: undefined,
    count: 7,
    ...more,
  };
}

/** The leader's own answer. */
export function leaderStatus(more: Partial<RestStatus> = {}): RestStatus {
  return {
    status: 200,
    name: "node1",
    state: "running",
    role: "primary",
    timeline: 1,
    replicationState: undefined,
    location: 50_000_000,
    replication: [2, 3].map((each) => ({ applicationName: `node${each}`, state: "streaming" })),
    systemIdentifier: systemId,
    ...more,
  };
}

/** A replica's own answer. */
export function replicaStatus(number: number, more: Partial<RestStatus> = {}): RestStatus {
  return {
    ...leaderStatus({ replication: [] }),
    name: `node${number}`,
    role: "replica",
    replicationState: "streaming",
    ...more,
  };
}

/** Answers by member name. */
export function answers(...statuses: readonly RestStatus[]): ReadonlyMap<string, RestAnswer> {
  return new Map(statuses.map((status) => [status.name ?? "", { kind: "answered", status }]));
}

/** An evaluation that waits for a node. */
export function blocked(more: Partial<Evaluation> = {}): Evaluation {
  return {
    status: "blocked",
    jobModifyIndex: 900,
    failure: {
      nodesEvaluated: 3,
      nodePool: "default",
      constraintFiltered: { "missing compatible host volumes": 1, distinct_hosts: 2 },
      dimensionExhausted: {},
    },
    ...more,
  };
}

/** What the member on `node<number>` wrote since the wait began. */
export function log(number: number, lines: readonly string[], more: Partial<TaskLog> = {}): TaskLog {
  return {
    allocationId: allocation(number).id,
    task: "patroni",
    lines,
    ranBefore: false,
    tail: lines,
    deaths: 0,
    ...more,
  };
}

/** Everything in order: the cluster is ready. */
export function readySnapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    elapsedMs: 20_000,
    consul: { answered: true, problem: undefined },
    keys: scopeKeys(),
    nomad: { answered: true, problem: undefined },
    job: { version: 4, stopped: false },
    allocations: [1, 2, 3].map((each) => allocation(each)),
    apiPorts: new Map([1, 2, 3].map((each) => [allocation(each).id, 21_000 + each])),
    evaluations: [],
    deployment: undefined,
    oldEvents: new Map(),
    logs: [],
    vaultLookups: [],
    clientLogReadable: false,
    nodes: [],
    stopping: 0,
    rest: answers(leaderStatus(), replicaStatus(2), replicaStatus(3)),
    heldMs: () => 0,
    ...more,
  };
}

/** No leader yet: the members are up and say nothing. */
export function startingSnapshot(more: Partial<Snapshot> = {}): Snapshot {
  return readySnapshot({
    keys: scopeKeys({ leader: undefined, initialize: "", members: [] }),
    rest: new Map(),
    ...more,
  });
}

/** The snapshot as it is after everything in it has held for `ms`. */
export function held(ms: number, snapshot: Snapshot, expected: Expectation = expectation): Snapshot {
  let timers: Timers = new Map();
  let now = snapshot;
  // Some facts only show once others have held.
  for (const elapsedMs of [snapshot.elapsedMs - ms, snapshot.elapsedMs - ms / 2, snapshot.elapsedMs]) {
    timers = advanceTimers(expected, timers, { ...snapshot, elapsedMs, heldMs: heldMs(timers, elapsedMs) });
    now = { ...snapshot, elapsedMs, heldMs: heldMs(timers, elapsedMs) };
  }
  return now;
}
