import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  describeOrder,
  expectedRestarts,
  planConfigChange,
  type ConfigPlan,
  type PendingParameter,
  type PlannedMember,
  type RestartStep,
} from "../../../patroni/configChange";
import type { ConfigDocument } from "../../../patroni/configDocument";
import { standbySensitiveDefaults } from "../../../patroni/restartParameters";

const connectionsUp = { name: "max_connections", running: "100", wanted: "200" };
const connectionsDown = { name: "max_connections", running: "200", wanted: "100" };
const workersDown = { name: "max_worker_processes", running: "16", wanted: "8" };
const buffers = { name: "shared_buffers", running: "128MB", wanted: "1GB" };
const preload = { name: "shared_preload_libraries", running: "", wanted: "auto_explain" };

function member(
  name: string,
  role: "leader" | "replica",
  pending: readonly PendingParameter[],
): PlannedMember {
  return { name, role, running: true, pending };
}

function cluster(pending: readonly PendingParameter[], replicasPending = pending): readonly PlannedMember[] {
  return [
    member("node2", "leader", pending),
    member("node3", "replica", replicasPending),
    member("node1", "replica", replicasPending),
  ];
}

function parameters(values: Record<string, string | number>): ConfigDocument {
  return { postgresql: { parameters: values } };
}

/** `node1(max_connections)`, one a restart; a switchover is marked. */
function restartsOf(plan: ConfigPlan): readonly string[] {
  return plan.steps.map(({ kind, member, parameters }) => {
    const mark = kind === "switchover" ? "switchover " : "";
    return `${mark}${member}(${parameters.map(({ name }) => name).join(" ")})`;
  });
}

function plan(members: readonly PlannedMember[]): ConfigPlan {
  return planConfigChange({
    before: undefined,
    after: {},
    members,
    alone: members.length === 1,
    resumed: true,
  });
}

describe("what a new configuration takes", () => {
  const table: readonly [string, readonly PlannedMember[], readonly string[], string][] = [
    ["nothing pending", cluster([]), [], "no restart needed"],
    [
      "a value without an order of its own",
      cluster([buffers]),
      ["node1(shared_buffers)", "node3(shared_buffers)", "switchover node2(shared_buffers)"],
      "restarting replicas first, then a switchover",
    ],
    [
      "a raised value",
      cluster([connectionsUp]),
      ["node1(max_connections)", "node3(max_connections)", "switchover node2(max_connections)"],
      "restarting replicas first, then a switchover",
    ],
    [
      "a lowered value",
      cluster([connectionsDown]),
      ["node2(max_connections)", "node1(max_connections)", "node3(max_connections)"],
      "restarting the leader first, in place",
    ],
    [
      "one raised, one lowered",
      cluster([connectionsUp, workersDown]),
      [
        "node1(max_connections)",
        "node3(max_connections)",
        "node2(max_connections max_worker_processes)",
        "node1(max_worker_processes)",
        "node3(max_worker_processes)",
      ],
      "restarting replicas, the leader in place, then replicas again",
    ],
    [
      "a lowered value together with one that may not work at all",
      cluster([connectionsDown, buffers]),
      [
        "node1(shared_buffers)",
        "node3(shared_buffers)",
        "node2(max_connections shared_buffers)",
        "node1(max_connections)",
        "node3(max_connections)",
      ],
      "restarting replicas, the leader in place, then replicas again",
    ],
    [
      "a lowered value that the leader has already",
      cluster([], [connectionsDown]),
      ["node1(max_connections)", "node3(max_connections)"],
      "restarting replicas",
    ],
    [
      "a raised value that the replicas have already",
      cluster([connectionsUp], []),
      ["switchover node2(max_connections)"],
      "restarting the leader, by a switchover",
    ],
    [
      "one member",
      [member("node1", "leader", [connectionsDown])],
      ["node1(max_connections)"],
      "restarting the leader",
    ],
    [
      "a replica that doesn't run",
      [member("node1", "leader", [buffers]), { ...member("node2", "replica", [buffers]), running: false }],
      ["switchover node1(shared_buffers)"],
      "restarting the leader, by a switchover",
    ],
    [
      "a value that isn't a number, where one should be",
      cluster([{ name: "max_connections", running: "200", wanted: "?" }]),
      ["node1(max_connections)", "node3(max_connections)", "switchover node2(max_connections)"],
      "restarting replicas first, then a switchover",
    ],
  ];
  for (const [name, members, expected, order] of table) {
    it(`${name}: ${order}`, () => {
      const planned = plan(members);
      assert.deepEqual(restartsOf(planned), expected);
      assert.equal(describeOrder(planned.steps), order);
    });
  }

  it("restarts nobody for a parameter that is none of its business, and says so", () => {
    const [before, after] = [parameters({ shared_buffers: "1GB" }), parameters({ work_mem: "8MB" })];
    const planned = planConfigChange({
      before,
      after,
      members: cluster([preload, buffers]),
      alone: false,
      resumed: false,
    });
    assert.deepEqual(restartsOf(planned), [
      "node1(shared_buffers)",
      "node3(shared_buffers)",
      "switchover node2(shared_buffers)",
    ]);
    assert.deepEqual(planned.foreign, [
      { member: "node2", parameter: preload },
      { member: "node3", parameter: preload },
      { member: "node1", parameter: preload },
    ]);
    assert.equal(planned.changes.length, 2);
  });

  it("takes what Patroni alone can set for its own, and everything after a run that stopped half way", () => {
    const members = cluster([connectionsUp, preload]);
    const input = { before: {}, after: {}, members, alone: false };
    assert.equal(planConfigChange({ ...input, resumed: false }).foreign.length, 3);
    assert.equal(restartsOf(planConfigChange({ ...input, resumed: false }))[0], "node1(max_connections)");
    assert.equal(planConfigChange({ ...input, resumed: true }).foreign.length, 0);
  });

  it("can be foretold from the documents", () => {
    const before = parameters({ max_connections: 200, work_mem: "4MB", shared_buffers: "128MB" });
    const after = parameters({ shared_buffers: "1GB", work_mem: "8MB", max_wal_senders: 10 });
    const expected = expectedRestarts(before, after);
    assert.deepEqual(expected, [
      { name: "shared_buffers", running: "128MB", wanted: "1GB" },
      { name: "max_connections", running: "200", wanted: "100" },
    ]);
    const members = cluster([...expected]);
    const planned = planConfigChange({ before, after, members, alone: false, resumed: false });
    assert.equal(
      describeOrder(planned.steps),
      "restarting replicas, the leader in place, then replicas again",
    );
  });
});

/** Members as PostgreSQL and Patroni have them: a standby can't run with less than its leader has. */
class Simulation {
  readonly values = new Map<string, Map<string, number>>();

  constructor(
    public leader: string,
    public replicas: readonly string[],
    running: ReadonlyMap<string, number>,
    readonly wanted: ReadonlyMap<string, number>,
  ) {
    for (const name of [leader, ...replicas]) this.values.set(name, new Map(running));
  }

  value(member: string, parameter: string): number {
    return this.values.get(member)?.get(parameter) ?? NaN;
  }

  members(): readonly PlannedMember[] {
    return [this.leader, ...this.replicas].map((name) =>
      member(
        name,
        name === this.leader ? "leader" : "replica",
        [...this.wanted]
          .filter(([parameter, wanted]) => this.value(name, parameter) !== wanted)
          .map(([parameter, wanted]) => ({
            name: parameter,
            running: String(this.value(name, parameter)),
            wanted: String(wanted),
          })),
      ),
    );
  }

  /** Carries a step out. After a switchover the first replica leads, and the former leader starts as a replica. */
  carryOut({ kind, member: name }: RestartStep): void {
    const [next, ...others] = this.replicas;
    if (kind === "switchover") {
      assert.ok(name === this.leader && next !== undefined, `${name} hands over to nobody`);
      for (const [parameter, wanted] of this.wanted) assert.equal(this.value(next, parameter), wanted);
      [this.leader, this.replicas] = [next, [...others, name]];
    }
    this.restart(name);
  }

  private restart(name: string): void {
    for (const [parameter, wanted] of this.wanted) {
      const floor = name === this.leader ? 0 : this.value(this.leader, parameter);
      const sensitive = standbySensitiveDefaults.has(parameter);
      this.values.get(name)?.set(parameter, sensitive ? Math.max(wanted, floor) : wanted);
    }
  }

  assertReplicasCanFollow(): void {
    for (const parameter of standbySensitiveDefaults.keys()) {
      for (const replica of this.replicas) {
        const [has, needs] = [this.value(replica, parameter), this.value(this.leader, parameter)];
        assert.ok(!(has < needs), `${replica} runs with ${parameter} ${has}, its leader with ${needs}`);
      }
    }
  }
}

describe("the restarts of any change", () => {
  const names = [...standbySensitiveDefaults.keys(), "shared_buffers"];
  const values = fc.tuple(...names.map(() => fc.integer({ min: 1, max: 4 })));
  /** Nothing but the parameter that has no order of its own. */
  const onlyLastRaised = { before: [1, 1, 1, 4, 2, 1], after: [1, 1, 1, 4, 2, 2] };
  const mapOf = (numbers: readonly number[]) =>
    new Map(names.map((name, index) => [name, numbers[index] ?? 0]));

  it("put it into effect everywhere, and no replica ever runs with less than its leader", () => {
    fc.assert(
      fc.property(values, values, fc.integer({ min: 0, max: 4 }), (running, wanted, replicaCount) => {
        const replicas = Array.from({ length: replicaCount }, (_, index) => `replica${index}`);
        const simulation = new Simulation("leader", replicas, mapOf(running), mapOf(wanted));
        const { steps } = plan(simulation.members());
        for (const step of steps) {
          simulation.carryOut(step);
          simulation.assertReplicasCanFollow();
          for (const { name } of step.parameters)
            assert.equal(simulation.value(step.member, name), simulation.wanted.get(name));
        }
        assert.ok(simulation.members().every(({ pending }) => pending.length === 0));
        assert.ok(steps.filter(({ member: name }) => name === "leader").length <= 1);
        assert.ok(steps.filter(({ kind }) => kind === "switchover").length <= 1);
        for (const replica of replicas)
          assert.ok(steps.filter(({ member: name }) => name === replica).length <= 2);
      }),
      { numRuns: 1000, examples: [[onlyLastRaised.before, onlyLastRaised.after, 0]] },
    );
  });

  it("are the same when planned anew after each one", () => {
    fc.assert(
      fc.property(values, values, (running, wanted) => {
        const simulation = new Simulation("leader", ["a", "b"], mapOf(running), mapOf(wanted));
        const foreseen = plan(simulation.members()).steps.map((step) => step.member);
        const done: string[] = [];
        for (;;) {
          const next = plan(simulation.members()).steps[0];
          if (next === undefined) break;
          simulation.carryOut(next);
          done.push(next.member);
          assert.ok(done.length <= foreseen.length, `${done.join()} against ${foreseen.join()}`);
        }
        assert.deepEqual(done, foreseen);
      }),
    );
  });
});
