import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  problemCodes,
  type ClusterStatus,
  type MemberStatus,
  type StackStatus,
  type StatusProblem,
} from "../../../patroni/status/model";
import { renderStatus } from "../../../patroni/status/render";
import { assertGolden } from "../../support/golden";

const image = "registry.example.net/patroni:17-4.1.5-0a1b2c3d4e5f-${attr.cpu.arch}";

function member(number: number, more: Partial<MemberStatus> = {}): MemberStatus {
  const leads = number === 1;
  return {
    name: `node${number}`,
    role: leads ? "leader" : "replica",
    state: leads ? "running" : "streaming",
    answers: "yes",
    host: `10.20.0.1${number}`,
    port: 20_000 + number,
    lagBytes: leads ? null : 0,
    timeline: 1,
    pendingRestart: [],
    postgresVersion: "17.5",
    patroniVersion: "4.1.5",
    jobVersion: 0,
    ...more,
  };
}

function cluster(
  name: string,
  members: readonly MemberStatus[],
  more: Partial<ClusterStatus> = {},
): ClusterStatus {
  const { problems = [] } = more;
  return {
    name,
    leader: "node1",
    timeline: 1,
    paused: false,
    membersWanted: members.length,
    members,
    job: { id: `postgres-${name}`, version: 0, stopped: false, image },
    failovers: [],
    ...more,
    healthy: problems.length === 0,
    problems,
  };
}

function problem(code: StatusProblem["code"], message: string, about: string | null = null): StatusProblem {
  return { code, member: about, message };
}

/** A cluster that is well, one with two things to do, one with a member gone, and one that was never made. */
function example(): StackStatus {
  const restart = { name: "max_connections", running: "100", wanted: "200" };
  const silent = {
    answers: "no",
    lagBytes: null,
    timeline: null,
    postgresVersion: null,
    patroniVersion: null,
  } as const;
  const clusters = [
    cluster("platform", [member(1), member(2), member(3, { lagBytes: 812 })]),
    cluster(
      "acme",
      [
        member(1, { timeline: 3, jobVersion: 4 }),
        member(2, { role: "sync standby", timeline: 3, jobVersion: 4, pendingRestart: [restart] }),
        member(3, { timeline: 3, jobVersion: 4, lagBytes: 20_000_000 }),
      ],
      {
        timeline: 3,
        job: { id: "postgres-acme", version: 4, stopped: false, image },
        failovers: [
          { at: "2026-11-20T11:11:12.501239+01:00", leader: "node1", timeline: 3 },
          { at: "2026-10-02T03:00:41.000017+02:00", leader: "node2", timeline: 2 },
        ],
        problems: [
          problem("member-lag", "node3 is 19 MB behind the leader", "node3"),
          problem("pending-restart", "node2 waits for a restart: max_connections 100 -> 200", "node2"),
        ],
      },
    ),
    cluster("beta", [member(1), member(2, silent)], {
      paused: true,
      problems: [
        problem(
          "member-silent",
          "node2 doesn't answer at http://10.20.0.12:21002/patroni (no answer within 2.5 s)",
          "node2",
        ),
        problem("paused", "is paused: nobody takes over when the leader fails"),
      ],
    }),
    cluster("gamma", [], {
      leader: null,
      timeline: null,
      membersWanted: 2,
      job: null,
      problems: [
        problem("no-cluster", "has no cluster yet"),
        problem("job-absent", "has no job postgres-gamma in Nomad"),
      ],
    }),
  ];
  const leftovers = [
    {
      kind: "slot" as const,
      cluster: "acme",
      name: "node4",
      heldBytes: 18_874_368,
      message:
        "acme: the slot node4 of a member that is gone, which keeps 18 MB of WAL; Patroni drops it when member_slots_ttl is over",
    },
    {
      kind: "cluster" as const,
      cluster: "old",
      name: "old",
      heldBytes: null,
      message: "old: 4 keys in Consul of a cluster that is gone: npm run cleanup",
    },
  ];
  const at = "2026-11-23T08:49:00.412Z";
  return { stack: "prod", at, healthy: false, problems: [], clusters, leftovers };
}

const operations = () => fs.readFileSync(path.join(__dirname, "../../../docs/operations.md"), "utf8");

/** Every key of a JSON value, at any depth. */
function keysOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

describe("a status as JSON", () => {
  it("has keys and codes that docs/operations.md lists", () => {
    const docs = operations();
    for (const word of [...keysOf(example()), ...problemCodes])
      assert.ok(docs.includes(`\`${word}\``), `${word} isn't there`);
  });
});

describe("a status as text", () => {
  it("is a table, what needs attention, jobs and last changes of the leader", () => {
    assertGolden("status.txt", `${renderStatus(example(), { colours: false })}\n`);
  });

  it("is what docs/operations.md shows", () => {
    assert.ok(operations().includes(`\n${renderStatus(example(), { colours: false })}\n`));
  });

  it("differs from the coloured one by nothing but colours", () => {
    const coloured = renderStatus(example(), { colours: true });
    assert.match(coloured, /\u001b\[31mdoesn't answer\u001b\[0m {2}10\.20\.0\.12:20002/);
    assert.equal(coloured.replace(/\u001b\[\d+m/g, ""), renderStatus(example(), { colours: false }));
  });

  it("says first what keeps everything from being known", () => {
    const status = {
      ...example(),
      problems: [problem("nomad-unknown", "Nomad at http://n can't be reached")],
    };
    assert.match(
      renderStatus(status, { colours: false }),
      /Needs attention\n {2}Nomad at http:\/\/n can't be reached\n {2}acme: /,
    );
  });

  it("has a headline alone for a stack without clusters", () => {
    const status: StackStatus = { ...example(), healthy: true, clusters: [], leftovers: [] };
    assert.equal(
      renderStatus(status, { colours: false }),
      "prod: 0 of 0 clusters well, at 2026-11-23 08:49:00 UTC",
    );
  });

  it("puts an IPv6 address in brackets, and says unknown where Consul wasn't to be read", () => {
    const status = { ...example(), clusters: [cluster("acme", [member(1, { host: "fd00::1" })])] };
    assert.match(renderStatus(status, { colours: false }), / \[fd00::1\]:20001 /);
    const problems = [problem("consul-denied", "Consul refused")];
    const denied = { ...example(), clusters: [cluster("acme", [], { leader: null, problems })] };
    assert.match(renderStatus(denied, { colours: false }), /^acme +unknown$/m);
  });
});
