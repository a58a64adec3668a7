import assert from "node:assert/strict";
import { planCleanup } from "../../../patroni/leftovers/cleanupPlan";
import { findLeftovers, unknownScopes } from "../../../patroni/leftovers/findLeftovers";
import type { ConsulEntry, FoundVolume, LeftoverScene } from "../../../patroni/leftovers/model";
import { hasScope } from "../../../patroni/leftovers/scopeInJob";
import { leftoverLine } from "../../../patroni/leftovers/wording";
import { allocation, systemId } from "../../support/snapshots";

let index = 0;

function entry(key: string, value = "", session?: string): ConsulEntry {
  index += 1;
  return { key: `operations/${key}`, value, session, modifyIndex: index };
}

function volume(cluster: string, number: number, namespace = "default"): FoundVolume {
  const node = { nodeId: `node-id-${number}`, nodeName: `node${number}` };
  return { id: `${cluster}-${number}`, name: `postgres-${cluster}`, namespace, ...node };
}

/** Acme's three members run, and nothing is left of anybody. */
function scene(more: Partial<LeftoverScene> = {}): LeftoverScene {
  return {
    keyPrefix: "operations",
    namespace: "default",
    clusters: [
      {
        ...{ name: "acme", members: 3, volumeName: "postgres-acme" },
        allocations: [1, 2, 3].map((number) => allocation(number)),
      },
    ],
    entries: acme(),
    volumes: [1, 2, 3].map((number) => volume("acme", number)),
    jobs: [{ id: "postgres-acme", namespace: "default" }],
    uses: new Map([["gone", { jobs: [], aliveAllocations: 0 }]]),
    ...more,
  };
}

function acme(status: object = {}): readonly ConsulEntry[] {
  return [
    entry("acme/initialize", systemId),
    entry("acme/leader", "node1", "session-1"),
    entry("acme/status", JSON.stringify(status)),
    ...[1, 2, 3].map((number) => entry(`acme/members/node${number}`, "{}", `session-${number}`)),
  ];
}

/** Keys of a cluster that was. */
function gone(...more: readonly ConsulEntry[]): readonly ConsulEntry[] {
  return [...acme(), entry("gone/config", "{}"), entry("gone/initialize", systemId), ...more];
}

const kinds = (found: LeftoverScene) =>
  findLeftovers(found).map(({ kind, cluster }) => `${kind} of ${cluster}`);

describe("leftovers", () => {
  it("are none where all is as it should be", () => {
    assert.deepEqual(findLeftovers(scene()), []);
  });

  it("are the keys of a cluster that nobody knows any more, with the indexes that they had", () => {
    const entries = gone(entry("gone/history", "[]"));
    const [found, ...others] = findLeftovers(scene({ entries }));
    assert.deepEqual(others, []);
    assert.ok(found?.kind === "cluster");
    assert.deepEqual(
      found.keys,
      entries.slice(-3).map(({ key, modifyIndex }) => ({ key, modifyIndex })),
    );
  });

  const keptBy: Readonly<Record<string, Partial<LeftoverScene>>> = {
    "the config": { clusters: [{ name: "gone", members: 1, volumeName: undefined, allocations: undefined }] },
    "a leader lock": { entries: gone(entry("gone/leader", "node1", "session-9")) },
    "a member's session": { entries: gone(entry("gone/members/node1", "{}", "session-9")) },
    "a job of its name in another namespace": { jobs: [{ id: "postgres-gone", namespace: "teams" }] },
    "a job of another name that has its scope": {
      uses: new Map([["gone", { jobs: ["old-database"], aliveAllocations: 0 }]]),
    },
    "an allocation of a purged job": { uses: new Map([["gone", { jobs: [], aliveAllocations: 1 }]]) },
    "uses that weren't asked for": { uses: new Map() },
    "a volume in another namespace": { volumes: [volume("gone", 1, "teams")] },
    "a key that isn't Patroni's": { entries: gone(entry("gone/somebody/elses", "1")) },
  };
  for (const [what, more] of Object.entries(keptBy))
    it(`aren't keys of a cluster that is kept by ${what}`, () => {
      assert.ok(!kinds(scene({ entries: gone(), ...more })).includes("cluster of gone"));
    });

  it("aren't the keys of a cluster that may be being made: without a database, or with an empty initialize", () => {
    const configured = [...acme(), entry("gone/config", "{}")];
    assert.deepEqual(findLeftovers(scene({ entries: configured })), []);
    assert.deepEqual(findLeftovers(scene({ entries: [...configured, entry("gone/initialize", "")] })), []);
  });

  it("don't mix up scopes that begin alike, and look below the prefix alone", () => {
    const entries = [...acme(), entry("acme2/initialize", systemId), entry("flat", "1")];
    assert.deepEqual(unknownScopes(scene({ entries })), ["acme2"]);
    const elsewhere = { ...entry("x"), key: "operations-too/gone/initialize", value: systemId };
    assert.deepEqual(unknownScopes(scene({ entries: [elsewhere] })), []);
  });

  it("are the entry of a member without session, allocation and data", () => {
    const stale = entry("acme/members/node9", "{}");
    assert.deepEqual(kinds(scene({ entries: [...acme(), stale] })), ["member of acme"]);
    const held = entry("acme/members/node9", "{}", "session-9");
    assert.deepEqual(kinds(scene({ entries: [...acme(), held] })), []);
    const volumes = [1, 2, 3, 9].map((number) => volume("acme", number));
    assert.ok(!kinds(scene({ entries: [...acme(), stale], volumes })).includes("member of acme"));
    const runs = entry("acme/members/node3", "{}");
    assert.deepEqual(kinds(scene({ entries: [...acme(), runs] })), []);
    const [cluster] = scene().clusters;
    const unknown = cluster === undefined ? [] : [{ ...cluster, allocations: undefined }];
    assert.deepEqual(kinds(scene({ entries: [...acme(), stale], clusters: unknown })), []);
  });

  it("are slots of members that are gone, with the WAL that they keep", () => {
    const status = { optime: 5000, slots: { node1: 5000, node_9: 2000 }, retain_slots: ["node1", "node_9"] };
    const found = findLeftovers(scene({ entries: acme(status) }));
    assert.deepEqual(found, [{ kind: "slot", cluster: "acme", name: "node_9", heldBytes: 3000 }]);
    const member = entry("acme/members/NODE.9", "{}", "session-9");
    assert.deepEqual(findLeftovers(scene({ entries: [...acme(status), member] })), []);
    const unknown = { retain_slots: ["node_9"] };
    assert.deepEqual(findLeftovers(scene({ entries: acme(unknown) })), [
      { kind: "slot", cluster: "acme", name: "node_9", heldBytes: null },
    ]);
  });

  it("are spare volumes, but not while a member is missing: it may be its data", () => {
    const volumes = [1, 2, 3, 4].map((number) => volume("acme", number));
    assert.deepEqual(kinds(scene({ volumes })), ["volume of acme"]);
    const [cluster] = scene().clusters;
    assert.ok(cluster?.allocations !== undefined);
    const clusters = [{ ...cluster, allocations: cluster.allocations.slice(1) }];
    assert.deepEqual(kinds(scene({ volumes, clusters })), []);
  });

  it("are volumes of a removed cluster; not of one that a job in any namespace or a session is of", () => {
    const volumes = [...scene().volumes, volume("gone", 1)];
    assert.deepEqual(kinds(scene({ volumes })), ["volume of gone"]);
    const jobs = [...scene().jobs, { id: "postgres-gone", namespace: "teams" }];
    assert.deepEqual(kinds(scene({ volumes, jobs })), []);
    const entries = gone(entry("gone/members/node1", "{}", "session-9"));
    assert.deepEqual(kinds(scene({ volumes, entries })), []);
  });
});

describe("the plan of a clean-up", () => {
  const entries = gone(entry("acme/members/node9", "{}"));
  const volumes = [1, 2, 3, 4].map((number) => volume("acme", number));
  const found = findLeftovers(scene({ entries, volumes }));

  it("takes keys, of one cluster or of all, and never a volume or a slot", () => {
    assert.equal(found.length, 3);
    assert.deepEqual(
      planCleanup(found, undefined).removals.map(({ kind }) => kind),
      ["member", "cluster"],
    );
    assert.deepEqual(
      planCleanup(found, "acme").removals.map(({ kind }) => kind),
      ["member"],
    );
    assert.deepEqual(planCleanup(found, "other").removals, []);
  });

  it("says what goes and why that is safe", () => {
    assert.deepEqual(planCleanup(found, "acme").lines, [
      "acme: the entry of member node9. It is safe, because",
      "  nobody holds a session of it;",
      "  no allocation runs it;",
      "  no volume has its data;",
      "  goes: operations/acme/members/node9",
    ]);
  });

  it("leaves volumes to the operator, with the command", () => {
    const place = { nomadAddress: "http://n:4646", nomadNamespace: "default", nomadRegion: "global" };
    const lines = found.map((each) => leftoverLine(each, place));
    assert.ok(
      lines.includes(
        "acme: a spare volume on node4; it goes, with its data, by nomad volume delete -address=http://n:4646 -type=host acme-4",
      ),
      lines.join("\n"),
    );
  });
});

describe("a scope in a job's document", () => {
  const job = (text: string) => ({ TaskGroups: [{ Tasks: [{ Templates: [{ EmbeddedTmpl: text }] }] }] });
  it("is found however it is written, and not as the beginning of another", () => {
    for (const text of ["scope: gone\n", 'scope: "gone"', '{"scope":"gone"}', "PATRONI_SCOPE=gone"])
      assert.ok(hasScope(job(text), "gone"), text);
    assert.ok(hasScope({ Env: { PATRONI_SCOPE: "gone" } }, "gone"));
    assert.ok(!hasScope(job("scope: gone2"), "gone"));
    assert.ok(!hasScope(job("scope: gone-too"), "gone"));
    assert.ok(!hasScope(job("namespace: gone"), "gone"));
  });
});
