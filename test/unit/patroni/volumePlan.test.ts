import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { volumeFit, type VolumeSpec } from "../../../patroni/volumeFit";
import {
  globMatches,
  judgeNode,
  rankNodes,
  type NodeFacts,
  type VolumeRequest,
} from "../../../patroni/volumeNodes";
import { placeVolumes, surveyVolumes, type VolumeFacts } from "../../../patroni/volumePlan";

const request: VolumeRequest = {
  volumeName: "postgres-acme",
  nodePool: "default",
  datacenters: ["dc1"],
  constraints: [{ attribute: "${meta.disk}", operator: "=", value: "ssd" }],
  pluginId: "mkdir",
};

function node(name: string, changes: Partial<NodeFacts> = {}): NodeFacts {
  return {
    id: `id-of-${name}`,
    name,
    datacenter: "dc1",
    nodeClass: "",
    nodePool: "default",
    attributes: { "plugins.host_volume.mkdir.version": "0.0.1", ...changes.attributes },
    meta: { disk: "ssd" },
    status: "ready",
    eligibility: "eligible",
    draining: false,
    hostVolumes: {},
    ...changes,
  };
}

function volume(nodeName: string, changes: Partial<VolumeFacts> = {}): VolumeFacts {
  return {
    id: `volume-on-${nodeName}`,
    name: "postgres-acme",
    nodeId: `id-of-${nodeName}`,
    state: "ready",
    capacityBytes: 0,
    pluginId: "mkdir",
    parameters: { mode: "0700", uid: "999", gid: "999" },
    capabilities: [{ accessMode: "single-node-single-writer", attachmentMode: "file-system" }],
    hostPath: "/var/lib/nomad/host_volumes/x",
    users: [],
    claimants: [],
    ...changes,
  };
}

/** A node that reports its volume of the cluster's name. */
function holder(name: string, changes: Partial<NodeFacts> = {}): NodeFacts {
  return node(name, { hostVolumes: { "postgres-acme": `volume-on-${name}` }, ...changes });
}

const none = new Map<string, string>();
const names = (nodes: readonly { readonly node: NodeFacts }[]) => nodes.map((each) => each.node.name);

describe("judgeNode", () => {
  const cases: readonly (readonly [string, NodeFacts, "fits" | "unsure" | "refused", RegExp?])[] = [
    ["a node that has all", node("a"), "fits"],
    ["a node that is down", node("a", { status: "down" }), "refused", /^is down$/],
    ["a disconnected node", node("a", { status: "disconnected" }), "refused", /^is disconnected$/],
    [
      "a draining node",
      node("a", { draining: true, eligibility: "ineligible" }),
      "refused",
      /^is being drained$/,
    ],
    ["an ineligible node", node("a", { eligibility: "ineligible" }), "refused", /ineligible/],
    ["another datacenter", node("a", { datacenter: "dc2" }), "refused", /datacenter dc2, not in dc1/],
    ["another pool", node("a", { nodePool: "gpu" }), "refused", /node pool gpu, not in default/],
    ["no plugin", node("a", { attributes: {} }), "refused", /no host volume plugin "mkdir"/],
    ["a static volume of the name", node("a", { hostVolumes: { "postgres-acme": "" } }), "refused", /config/],
    [
      "another value",
      node("a", { meta: { disk: "hdd" } }),
      "refused",
      /\$\{meta.disk\} = ssd \(found "hdd"\)/,
    ],
    ["no value", node("a", { meta: {} }), "refused", /\$\{meta.disk\} = ssd \(not set\)/],
    ["a volume of another name", node("a", { hostVolumes: { other: "x" } }), "fits"],
  ];
  for (const [title, facts, outcome, reason] of cases) {
    it(`${title}: ${outcome}`, () => {
      const verdict = judgeNode(request, facts);
      assert.equal(verdict.outcome, outcome);
      if (reason === undefined) assert.deepEqual(verdict.reasons, []);
      else assert.match(verdict.reasons.join("; "), reason);
    });
  }

  it("says every reason at once", () => {
    const facts = node("a", { status: "down", datacenter: "dc9", meta: {} });
    assert.equal(judgeNode(request, facts).reasons.length, 3);
  });

  it("is unsure of what only Nomad can judge, unless something else stands against the node", () => {
    const asking = {
      ...request,
      constraints: [{ attribute: "${node.unique.name}", operator: "regexp", value: "(?i)^A" }],
    };
    assert.equal(judgeNode(asking, node("a")).outcome, "unsure");
    assert.equal(judgeNode(asking, node("a", { status: "down" })).outcome, "refused");
  });

  it("takes every pool for `all`", () => {
    assert.equal(judgeNode({ ...request, nodePool: "all" }, node("a", { nodePool: "gpu" })).outcome, "fits");
  });
});

describe("globMatches", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["dc1", "dc1", true],
    ["dc1", "dc10", false],
    ["*", "anything", true],
    ["dc*", "dc1", true],
    ["*-east", "us-east", true],
    ["us-*-1", "us-east-1", true],
    ["us-*-1", "us-east-2", false],
    ["a*b*c", "a-x-b-y-c", true],
    ["a*b*c", "a-x-c", false],
    ["ab*ba", "aba", false],
    ["a.c", "abc", false],
  ];
  for (const [pattern, text, expected] of cases) {
    it(`${pattern} ${expected ? "takes" : "refuses"} ${text}`, () => {
      assert.equal(globMatches(pattern, text), expected);
    });
  }
});

describe("rankNodes", () => {
  it("prefers nodes without a leftover of the name, then those with fewer volumes", () => {
    const nodes = [
      node("leftover", { hostVolumes: { "postgres-acme": "old" } }),
      node("full", { hostVolumes: { x: "1", y: "2" } }),
      node("empty"),
      node("static-only", { hostVolumes: { z: "" } }),
    ];
    const ranked = rankNodes("postgres-acme", nodes).map(({ name }) => name);
    assert.deepEqual(new Set(ranked.slice(0, 2)), new Set(["empty", "static-only"]));
    assert.deepEqual(ranked.slice(2), ["full", "leftover"]);
  });

  it("spreads many clusters evenly over equal nodes", () => {
    const nodes = Array.from({ length: 6 }, (_, index) => node(`node${index}`));
    const placed = new Map(nodes.map(({ name }) => [name, 0]));
    for (let tenant = 0; tenant < 300; tenant++) {
      for (const { name } of rankNodes(`postgres-tenant${tenant}`, nodes).slice(0, 3)) {
        placed.set(name, (placed.get(name) ?? 0) + 1);
      }
    }
    for (const count of placed.values()) assert.ok(count > 110 && count < 190, JSON.stringify([...placed]));
  });
});

describe("placeVolumes", () => {
  it("chooses distinct nodes that fit, and none that is occupied", () => {
    const nodes = ["a", "b", "c", "d"].map((name) => node(name));
    const placement = placeVolumes(request, 2, nodes, new Map([["id-of-a", "has one"]]));
    assert.equal(placement.short, 0);
    assert.equal(new Set(names(placement.chosen)).size, 2);
    assert.ok(!names(placement.chosen).includes("a"));
    assert.deepEqual(placement.verdicts[0]?.reasons, ["has one"]);
  });

  it("takes nodes that only Nomad can judge last", () => {
    const asking = {
      ...request,
      constraints: [{ attribute: "${attr.os.version}", operator: "version", value: "~> 12" }],
    };
    const sure = node("sure", {
      attributes: { "plugins.host_volume.mkdir.version": "0.0.1", "os.version": "12" },
    });
    const fitting = { ...asking, constraints: [] };
    assert.deepEqual(names(placeVolumes(fitting, 1, [sure], none).chosen), ["sure"]);
    assert.equal(placeVolumes(asking, 1, [sure], none).chosen[0]?.outcome, "unsure");
  });

  const anyNode = fc.record({
    name: fc.stringMatching(/^[a-z]{1,6}$/),
    status: fc.constantFrom("ready", "ready", "ready", "down"),
    eligibility: fc.constantFrom("eligible", "eligible", "ineligible"),
    datacenter: fc.constantFrom("dc1", "dc1", "dc2"),
    disk: fc.constantFrom("ssd", "ssd", "hdd"),
    volumes: fc.nat(4),
  });
  const anyNodes = fc.uniqueArray(anyNode, { selector: ({ name }) => name, maxLength: 12 }).map((facts) =>
    facts.map(({ name, disk, volumes, ...rest }) =>
      node(name, {
        ...rest,
        meta: { disk },
        hostVolumes: Object.fromEntries(Array.from({ length: volumes }, (_, i) => [`v${i}`, `id${i}`])),
      }),
    ),
  );

  it("never places two on one node, never on one that doesn't fit, and gives every node a verdict", () => {
    fc.assert(
      fc.property(anyNodes, fc.integer({ min: 1, max: 6 }), (nodes, count) => {
        const placement = placeVolumes(request, count, nodes, none);
        const chosen = names(placement.chosen);
        assert.equal(new Set(chosen).size, chosen.length);
        assert.equal(chosen.length + placement.short, count);
        assert.equal(placement.verdicts.length, nodes.length);
        const fitting = nodes.filter((each) => judgeNode(request, each).outcome === "fits");
        assert.equal(chosen.length, Math.min(count, fitting.length));
        assert.ok(chosen.every((name) => fitting.some((each) => each.name === name)));
      }),
    );
  });

  it("doesn't depend on the order in which Nomad lists the nodes", () => {
    fc.assert(
      fc.property(anyNodes, fc.integer({ min: 1, max: 6 }), (nodes, count) => {
        const forwards = placeVolumes(request, count, nodes, none);
        const backwards = placeVolumes(request, count, [...nodes].reverse(), none);
        assert.deepEqual(names(forwards.chosen), names(backwards.chosen));
      }),
    );
  });

  it("never passes a node over for one with more volumes", () => {
    fc.assert(
      fc.property(anyNodes, fc.integer({ min: 1, max: 6 }), (nodes, count) => {
        const { chosen } = placeVolumes(request, count, nodes, none);
        const load = (each: NodeFacts) => Object.keys(each.hostVolumes).length;
        const left = nodes.filter(
          (each) => judgeNode(request, each).outcome === "fits" && !names(chosen).includes(each.name),
        );
        const most = Math.max(0, ...chosen.map((each) => load(each.node)));
        assert.ok(left.every((each) => load(each) >= most));
      }),
    );
  });
});

describe("surveyVolumes", () => {
  it("counts what serves, what is lost and what is missing", () => {
    const volumes = [volume("a"), volume("b"), volume("c"), volume("d")];
    const nodes = [holder("a"), node("b"), holder("c", { status: "down" })];
    const survey = surveyVolumes(5, volumes, nodes);
    const standings = volumes.map((each) => survey.standing.get(each));
    assert.deepEqual(standings, ["ready", "pending", "nodeDown", "nodeGone"]);
    assert.deepEqual(
      [survey.usable, survey.lost].map((list) => list.map(({ id }) => id)),
      [
        ["volume-on-a", "volume-on-b"],
        ["volume-on-c", "volume-on-d"],
      ],
    );
    assert.equal(survey.missing, 1);
    assert.equal(survey.spare, 0);
  });

  it("doesn't call a volume ready on the strength of another one's report", () => {
    const renewed = volume("a", { id: "new" });
    assert.equal(surveyVolumes(1, [renewed], [holder("a")]).standing.get(renewed), "pending");
  });

  it("waits for one that Nomad calls unavailable on a node that runs", () => {
    const unavailable = volume("a", { state: "unavailable" });
    assert.equal(surveyVolumes(1, [unavailable], [node("a")]).standing.get(unavailable), "pending");
  });

  it("counts spare ones after the cluster shrank", () => {
    const nodes = ["a", "b", "c"].map((name) => holder(name));
    const survey = surveyVolumes(2, [volume("c"), volume("a"), volume("b")], nodes);
    assert.deepEqual([survey.missing, survey.spare], [0, 1]);
    assert.deepEqual(
      survey.usable.map(({ nodeId }) => nodeId),
      ["id-of-a", "id-of-b", "id-of-c"],
    );
  });
});

describe("volumeFit", () => {
  const gib = 2 ** 30;
  const spec: VolumeSpec = {
    pluginId: "mkdir",
    parameters: { mode: "0700", uid: "999", gid: "999" },
    capacityMinBytes: 10 * gib,
    capacityMaxBytes: 20 * gib,
    accessMode: "single-node-single-writer",
    attachmentMode: "file-system",
  };
  const cases: readonly (readonly [string, Partial<VolumeFacts>, RegExp | undefined, RegExp | undefined])[] =
    [
      ["a volume as asked for", {}, undefined, undefined],
      ["one of a plugin without limits", { capacityBytes: 0 }, undefined, undefined],
      ["one within the range", { capacityBytes: 15 * gib }, undefined, undefined],
      ["a smaller one", { capacityBytes: 5 * gib }, /has 5GiB, at least 10GiB is wanted/, undefined],
      [
        "a larger one",
        { capacityBytes: 40 * gib },
        undefined,
        /has 40GiB, more than the 20GiB .* never shrinks/,
      ],
      [
        "another owner",
        { parameters: { mode: "0700", uid: "101", gid: "999" } },
        /made with uid "101", "999"/,
        undefined,
      ],
      [
        "a missing parameter",
        { parameters: { mode: "0700", uid: "999" } },
        /made with gid nothing, "999"/,
        undefined,
      ],
      ["another mode", { capabilities: [] }, /can't be mounted as single-node-single-writer/, undefined],
      ["another plugin", { pluginId: "zfs", parameters: { pool: "x" } }, undefined, /made by plugin "zfs"/],
    ];
  for (const [title, changes, misfit, remark] of cases) {
    it(title, () => {
      const { misfits, remarks } = volumeFit(spec, volume("a", changes));
      if (misfit === undefined) assert.deepEqual(misfits, []);
      else assert.match(misfits.join("; "), misfit);
      if (remark === undefined) assert.deepEqual(remarks, []);
      else assert.match(remarks.join("; "), remark);
    });
  }
});
