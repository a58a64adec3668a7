import assert from "node:assert/strict";
import { describeWithPython, PythonRun } from "../../support/python";

/** Members as `GET /patroni` and `GET /primary` show them. Patroni 4.1.5 */
const leader = {
  state: "running",
  role: "primary",
  timeline: 2,
  xlog: { location: 0x9000000 },
  replication: [{ application_name: "node3", state: "streaming" }],
  database_system_identifier: "77",
  patroni: { name: "node1" },
};
const own = {
  state: "running",
  role: "replica",
  timeline: 1,
  xlog: { received_location: 0x3000000, replayed_location: 0x3000000, paused: false },
  dcs_last_seen: 1000,
  database_system_identifier: "77",
  patroni: { name: "node2" },
};
const members = [
  { name: "node1", role: "leader", state: "running" },
  { name: "node2", role: "replica", state: "running" },
  { name: "node3", role: "replica", state: "streaming" },
];
const streaming = { ...own, replication_state: "streaming" };
const seesIt = { ...leader, replication: [{ application_name: "node2", state: "streaming" }] };

interface LookAt {
  readonly at: number;
  readonly own?: object | null;
  readonly leader?: object | null;
  readonly members?: readonly object[];
  readonly work?: readonly object[];
  readonly wall?: number;
}

async function python(code: string, input: unknown): Promise<unknown> {
  const run = new PythonRun(
    { code: `import json, sys, stuck\ngiven = json.load(sys.stdin)\n${code}` },
    { input: JSON.stringify(input) },
  );
  assert.equal(await run.end(), 0, run.output);
  return JSON.parse(run.output);
}

const makeLook =
  'look = lambda one: stuck.Look(one["at"], one["own"], {"members": one["members"]}, one["leader"], one["work"], one["wall"])\n';
const whole = (look: LookAt): object => ({ own, leader, members, work: [], wall: 1000, ...look });

/** Since when the member is stuck after each look, and since when it follows. */
async function watched(...looks: readonly LookAt[]): Promise<{ stuck: unknown; following: unknown }> {
  const code = `${makeLook}
watch = stuck.Watch()
for one in given: watch.see(look(one))
print(json.dumps({"stuck": watch.stuck_since, "following": watch.following_since}))`;
  return (await python(code, looks.map(whole))) as { stuck: unknown; following: unknown };
}

describeWithPython("whether a member is stuck", function () {
  this.slow(2000);

  it("counts from the first look at which it doesn't follow", async () => {
    assert.deepEqual(await watched({ at: 10 }, { at: 20 }, { at: 30 }), { stuck: 10, following: null });
  });

  it("isn't, while it streams; and only the leader's word begins that", async () => {
    assert.deepEqual(
      await watched({ at: 10, own: streaming, leader: seesIt }, { at: 20, own: streaming, leader: null }),
      {
        stuck: null,
        following: 10,
      },
    );
    const moment = {
      at: 20,
      own: streaming,
      leader: { ...seesIt, replication: [{ application_name: "node2", state: "catchup" }] },
    };
    assert.deepEqual(await watched({ at: 10 }, moment, { at: 30 }), { stuck: 10, following: null });
  });

  for (const [what, look] of [
    ["there is no leader", { members: members.slice(1) }],
    ["the leader doesn't answer", { leader: null }],
    ["somebody else answers at the leader's address", { leader: { ...leader, patroni: { name: "other" } } }],
    ["the leader isn't promoted", { leader: { ...leader, role: "replica" } }],
    ["it leads itself", { members: [{ name: "node2", role: "leader" }] }],
    ["it runs as a primary", { own: { ...own, role: "primary" } }],
    ["its Patroni doesn't answer", { own: null }],
    ["its Patroni is out of touch with Consul", { wall: 1061 }],
    ["the cluster is paused", { own: { ...own, pause: true } }],
    ["its replay is paused", { own: { ...own, xlog: { ...own.xlog, paused: true } } }],
  ] as const)
    it(`doesn't count while ${what}, and counts anew after`, async () => {
      assert.deepEqual(await watched({ at: 10 }, { at: 20, ...look }), { stuck: null, following: null });
      assert.deepEqual(await watched({ at: 10 }, { at: 20, ...look }, { at: 30 }), {
        stuck: 30,
        following: null,
      });
    });

  const at = (location: number): object => ({
    ...own,
    xlog: { received_location: location, replayed_location: location },
  });

  it("isn't, while its position moves further than ever", async () => {
    assert.equal(
      (await watched({ at: 10, own: at(100) }, { at: 20, own: at(101) }, { at: 30, own: at(101) })).stuck,
      20,
    );
    // A start that fails in every loop replays the same again.
    assert.equal(
      (await watched({ at: 10, own: at(100) }, { at: 20, own: at(50) }, { at: 30, own: at(100) })).stuck,
      10,
    );
  });

  const starting = { state: "starting", role: "replica", dcs_last_seen: 1000, patroni: { name: "node2" } };
  const recovery = (pid: number, age: number, activity: number, more: object = {}): object[] => [
    { kind: "recovery", pid, age, activity, ...more },
  ];

  it("isn't, while a recovery works for longer than any before", async () => {
    const looks = [1, 2, 3].map((n) => ({ at: 10 * n, own: starting, work: recovery(7, 10 * n, 100 * n) }));
    assert.equal((await watched(...looks)).stuck, 30);
  });

  it("is, when recoveries fail one after the other, or one hangs", async () => {
    const failing = [1, 2, 3, 4].map((n) => ({ at: 10 * n, own: starting, work: recovery(n, 5, 100) }));
    assert.equal((await watched(...failing)).stuck, 10);
    const again = [
      { at: 10, own: starting, work: recovery(7, 10, 100) },
      { at: 20, own: starting, work: recovery(7, 20, 200) },
      { at: 30, own: starting, work: recovery(8, 10, 100) },
      { at: 40, own: starting, work: recovery(8, 20, 200) },
    ];
    assert.equal((await watched(...again)).stuck, 20);
    const hanging = [1, 2, 3].map((n) => ({ at: 10 * n, own: starting, work: recovery(7, 10 * n, 100) }));
    assert.equal((await watched(...hanging)).stuck, 10);
  });

  it("isn't, while a recovery gets to further segments, and is when it goes on with the same", async () => {
    const at = (n: number, segment: string) => ({
      at: 10 * n,
      own: starting,
      work: recovery(7, 10 * n, 100 * n, { segment: `0000000100000000000000${segment}` }),
    });
    assert.equal((await watched(at(1, "09"), at(2, "0A"), at(3, "0B"))).stuck, 30);
    assert.equal((await watched(at(1, "0A"), at(2, "0A"), at(3, "09"), at(4, "0A"))).stuck, 10);
  });

  it("isn't, while a query holds its replay up", async () => {
    const held = [1, 2, 3].map((n) => ({ at: 10 * n, work: recovery(7, 10 * n, 100, { contended: true }) }));
    assert.equal((await watched(...held)).stuck, 30);
  });
});

describeWithPython("what a process does for its member", function () {
  this.slow(2000);
  for (const [args, work] of [
    [
      ["postgres: acme: startup recovering 000000010000000000000005"],
      { kind: "recovery", segment: "000000010000000000000005", contended: false },
    ],
    [
      ["postgres: startup recovering 000000010000000000000005 waiting"],
      { kind: "recovery", segment: "000000010000000000000005", contended: true },
    ],
    [
      ["postgres: acme: startup waiting for 000000010000000000000006"],
      { kind: "recovery", segment: "000000010000000000000006", contended: false },
    ],
    [["postgres: acme: startup"], { kind: "recovery", segment: null, contended: false }],
    [["/usr/lib/postgresql/17/bin/pg_basebackup", "--pgdata=/data/postgres-17"], { kind: "pg_basebackup" }],
    [["pg_rewind", "-D", "/data/postgres-17"], { kind: "pg_rewind" }],
    [["/usr/lib/postgresql/17/bin/postgres", "--single", "-D", "/data"], { kind: "crash recovery" }],
    [["/usr/lib/postgresql/17/bin/postgres", "-D", "/data"], null],
    [["postgres: acme: walreceiver streaming 0/4000130"], null],
    [["postgres: acme: startups startup [local] idle"], null],
  ] as const)
    it(args.join(" "), async () => {
      const code =
        "import json, sys, stuckfacts; print(json.dumps(stuckfacts.work_of(json.load(sys.stdin))))";
      const run = new PythonRun({ code }, { input: JSON.stringify(args) });
      assert.equal(await run.end(), 0, run.output);
      assert.deepEqual(JSON.parse(run.output), work);
    });
});

const control = { identifier: "77", timeline: 1, location: 0x3000000 };
const source = { identifier: "77", timeline: 2, location: 0x9000000 };

async function kept(look: Partial<LookAt> = {}, facts: object = {}): Promise<unknown> {
  const code = `${makeLook}
print(json.dumps(stuck.reason_to_keep(look(given["look"]), stuck.Facts(**given["facts"]))))`;
  return python(code, { look: whole({ at: 10, ...look }), facts: { control, source, ...facts } });
}

describeWithPython("whether a stuck member's data may be replaced", function () {
  this.slow(2000);

  it("may, where the leader has more, and lets it be copied", async () => {
    assert.equal(await kept(), null);
    // A former leader with WAL that nobody else has: as Patroni does where histories diverged.
    assert.equal(await kept({}, { control: { ...control, location: 0xa000000 } }), null);
  });

  const second = { ...members[1], role: "sync_standby" };
  for (const [why, look, facts] of [
    [/synchronous standby/, { members: [members[0], second] as object[] }, {}],
    [/synchronous standby/, { own: { ...own, quorum_standby: true } }, {}],
    [/no data/, {}, { control: null }],
    [
      /node1 lets nobody copy its data: no pg_hba.conf entry/,
      {},
      { source: null, refusal: "no pg_hba.conf entry" },
    ],
    [/another cluster's/, {}, { control: { ...control, identifier: "78" } }],
    [/newer than the leader's/, {}, { control: { ...control, timeline: 3 } }],
    [/newer than the leader's/, { own: { ...own, timeline: 3 } }, {}],
    [/WAL of the leader's timeline/, {}, { control: { ...control, timeline: 2, location: 0x9000001 } }],
    [/position is unknown/, { own: { ...own, xlog: {} } }, { control: { ...control, location: null } }],
  ] as const)
    it(`may not: ${why.source}`, async () => {
      assert.match(String(await kept(look, facts)), why);
    });

  it("shows both sides, and PostgreSQL's last words", async () => {
    const code = `${makeLook}
print(json.dumps(stuck.evidence(look(given["look"]), stuck.Facts(**given["facts"]))))`;
    const facts = { control, source, log: ["FATAL: it is gone"] };
    assert.deepEqual(await python(code, { look: whole({ at: 10 }), facts }), [
      "leader node1: timeline 2, LSN 0/9000000, system identifier 77",
      "node2: timeline 1, received 0/3000000, replayed 0/3000000, safe in its data 0/3000000, system identifier 77",
      "its log: FATAL: it is gone",
    ]);
  });
});
