import assert from "node:assert/strict";
import { parseMovableJob } from "../../../patroni/moves/moveJob";
import { planMove, type MovePlan } from "../../../patroni/moves/movePlan";
import { moveStep } from "../../../patroni/moves/moveStep";
import { MovingWorld } from "../../support/movingWorld";

const place = {
  ...{ cluster: "acme", dcsPath: "operations/acme", jobId: "postgres-acme", volumeName: "postgres-acme" },
  ...{ nomadAddress: "http://127.0.0.1:4646", nomadNamespace: "default", nomadRegion: "global" },
  consulAddress: "http://127.0.0.1:8500",
};

function wish(member: number, to?: number, giveUp = false) {
  return { member: `node${member}`, to: to === undefined ? undefined : `node${to}`, giveUp };
}

function plan(world: MovingWorld, ...asked: Parameters<typeof wish>): MovePlan {
  const made = planMove(world.scene(), wish(...asked), place);
  return made.kind === "planned" ? made : assert.fail(made.reason);
}

function refusal(world: MovingWorld, ...asked: Parameters<typeof wish>): string {
  const made = planMove(world.scene(), wish(...asked), place);
  return made.kind === "refused" ? made.reason : assert.fail(made.lines.join("\n"));
}

/** Takes up to `most` steps, each planned anew as a command that was run again does; returns their kinds. */
function run(world: MovingWorld, from: number, to: number, copies: number, most = 40): readonly string[] {
  const kinds: string[] = [];
  while (kinds.length < most) {
    const step = moveStep(world.scene(), { from: `node${from}`, to: `node${to}` });
    kinds.push(step.kind);
    if (step.kind === "done") return kinds;
    assert.ok(step.kind !== "failed" && step.kind !== "wait", JSON.stringify(step));
    world.apply(step, to);
    assert.ok(world.running().length >= copies, `after ${kinds.join(", ")}: ${world.running().join(", ")}`);
  }
  return kinds;
}

describe("a move of a member", () => {
  it("makes the new copy first, and never has fewer than are wanted", () => {
    for (const members of [1, 2, 3])
      for (let from = 1; from <= members; from += 1) {
        const world = new MovingWorld(members);
        const kinds = run(world, from, 4, members);
        const handover = from === 1 ? ["hand over"] : [];
        const wanted = [
          "make volume",
          "register",
          ...handover,
          "release",
          "register",
          "stop",
          "register",
          "done",
        ];
        assert.deepEqual(kinds, wanted);
        const left = [1, 2, 3, 4].filter((number) => number !== from && (number <= members || number === 4));
        assert.deepEqual(world.running(), left);
      }
  });

  it("keeps a member that Nomad is just restarting until the new one streams", () => {
    const world = new MovingWorld(2);
    world.addVolume(4);
    world.allocations = world.allocations.map((each) =>
      each.nodeName === "node2" ? { ...each, client: "pending" } : each,
    );
    assert.equal(moveStep(world.scene(), { from: "node2", to: "node4" }).kind, "register");
    assert.equal(world.claims.length, 2);
    assert.match(plan(world, 2, 4).lines[0] ?? "", /^Move of node2 /);
  });

  it("leaves the job as it was", () => {
    const world = new MovingWorld(3);
    const before = world.document;
    run(world, 1, 4, 3);
    const after = Object.fromEntries(
      Object.entries(world.document).filter(([key]) => key !== "JobModifyIndex"),
    );
    assert.deepEqual(after, before);
  });

  it("goes on after an interruption at every step, to the same node", () => {
    const whole = run(new MovingWorld(3), 1, 4, 3);
    for (let most = 1; most < whole.length; most += 1) {
      const world = new MovingWorld(3);
      run(world, 1, 4, 3, most);
      if (world.running().join() === "2,3,4" && parseMovableJob(world.document).note === undefined) continue;
      const again = plan(world, 1);
      assert.deepEqual([again.from, again.to], ["node1", "node4"]);
      run(world, 1, 4, 3);
      assert.deepEqual(world.running(), [2, 3, 4]);
    }
  });

  it("takes up a spare volume whose claim an earlier cluster has left", () => {
    const world = new MovingWorld(3);
    world.document = { ...world.document, TaskGroups: [{ Name: "members", Count: 2 }] };
    world.schedule();
    assert.deepEqual([world.running(), world.claims.length], [[1, 2], 3]);
    const smaller = Object.assign(new MovingWorld(2), {
      ...{ document: world.document, volumes: world.volumes, claims: world.claims },
      ...{ allocations: world.allocations },
    });
    smaller.nodes.splice(0, 4, ...world.nodes);
    run(smaller, 2, 4, 2);
    assert.deepEqual(smaller.running(), [1, 4]);
    assert.equal(smaller.claims.length, 2);
  });

  it("makes a lost member anew elsewhere without another copy stopping", () => {
    for (const lost of [1, 2, 3]) {
      const world = new MovingWorld(3);
      world.lose(lost);
      assert.deepEqual(run(world, lost, 4, 2), ["make volume", "release", "done"]);
      assert.equal(world.running().length, 3);
      assert.equal(world.volumes.length, 4);
    }
  });

  it("stops the old member of a node that went away in the middle of it", () => {
    const world = new MovingWorld(3);
    run(world, 2, 4, 3, 2);
    world.lose(2);
    run(world, 2, 4, 3);
    assert.deepEqual(world.running(), [1, 3, 4]);
  });
});

describe("the plan of a move", () => {
  it("says what will happen to whom, and what stays", () => {
    const world = new MovingWorld(3);
    assert.deepEqual(plan(world, 1).lines, [
      "Move of node1 of acme to node4: a new copy first, then the old member goes.",
      "  leader   node1, timeline 1",
      '  first    a volume "postgres-acme" is made on node4, and a member there copies the leader\'s data: 4 members meanwhile, of 3 wanted',
      "  then     node1 hands over, to node4 if that can lead: nobody can write for a moment; then it stops. At no time are there fewer than 3 copies",
      "  data     node1's volume volume-1 isn't touched: it stays as a spare",
    ]);
  });

  it("gives a copy up only in words", () => {
    const world = new MovingWorld(3);
    world.lose(3);
    assert.match(refusal(world, 3), /^node3 is a node that is down\. .* with --give-up its copy is given up/);
    const made = plan(world, 3, undefined, true);
    assert.equal(made.to, "node4");
    assert.match(made.lines.join("\n"), /copies {3}node1, node2, until node4 streams: 2 of 3/);
    assert.match(made.afterwards.join("\n"), /-force volume-3/);
    world.volumes = world.volumes.filter(({ id }) => id !== "volume-3");
    assert.match(refusal(world, 3), /What it held is lost/);
  });

  it("needs no such words for a member that a drain has sent away: its copy is there", () => {
    const world = new MovingWorld(2);
    world.end(({ nodeName }) => nodeName === "node2");
    assert.match(
      plan(world, 2, 4).lines[0] ?? "",
      /^Replacement of node2 of acme by node4: node2 runs no member/,
    );
  });

  it("refuses a member that isn't there, a node that can't, and a cluster that isn't ready for it", () => {
    const world = new MovingWorld(3);
    assert.match(refusal(world, 4), /^acme has no member node4\. Its members: node1, node2, node3\.$/);
    assert.match(refusal(world, 9), /has no member node9/);
    assert.match(refusal(world, 1, 2), /^node2 has a member already/);
    assert.match(refusal(world, 1, 1), /^node1 is where the member is/);
    assert.match(refusal(world, 1, 9), /^Nomad has no node node9/);
    const [, , , four] = world.nodes;
    if (four !== undefined) world.nodes[3] = { ...four, draining: true };
    assert.match(refusal(world, 1, 4), /^node4 can't take the member: it is being drained/);
    assert.match(refusal(world, 1), /no node can take the member of node1: .*node4 is being drained/);
    world.paused = true;
    assert.match(refusal(world, 1), /is paused/);
  });

  it("refuses while another member is missing: Nomad would wait for that one", () => {
    const world = new MovingWorld(3);
    world.lose(2);
    assert.match(refusal(world, 3), /^node2 of acme doesn't run, and Nomad places nobody elsewhere/);
  });

  it("refuses another move, and a job that isn't the config's", () => {
    const world = new MovingWorld(3);
    run(world, 2, 4, 3, 2);
    assert.match(refusal(world, 1), /a move of node2 to node4 is under way/);
    const other = new MovingWorld(3);
    other.document = { ...other.document, TaskGroups: [{ Count: 2 }] };
    assert.match(refusal(other, 1), /the config asks for 3 members of acme, and Nomad for 2/);
  });

  it("leaves an operator's own constraints alone", () => {
    const own = { LTarget: "${node.unique.id}", Operand: "set_contains_any", RTarget: "node-id-1,node-id-2" };
    const job = parseMovableJob({ Constraints: [own], TaskGroups: [{ Count: 2 }] });
    assert.deepEqual([job.note, job.nodes], [undefined, []]);
  });
});
