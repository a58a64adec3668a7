import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  judgeConstraint,
  targetValue,
  type ConstraintNode,
  type Verdict,
} from "../../../patroni/nomadConstraint";

const node: ConstraintNode = {
  id: "85d5e5b9-1e30-eff3-0787-d0376702d613",
  name: "node1",
  datacenter: "dc1",
  nodeClass: "",
  nodePool: "storage",
  attributes: {
    "cpu.arch": "amd64",
    "cpu.numcores": "8",
    "unique.storage.bytesfree": "270553174016",
    "nomad.version": "1.11.3",
    "driver.docker.version": "20.10.24+dfsg1",
    "os.name": "debian",
  },
  meta: { rack: "r1", disks: "ssd, nvme" },
};

describe("judgeConstraint", () => {
  const cases: readonly (readonly [string, string, string, Verdict])[] = [
    ["${meta.rack}", "=", "r1", "met"],
    ["${meta.rack}", "==", "r2", "unmet"],
    ["${meta.rack}", "is", "r1", "met"],
    ["${meta.nothing}", "=", "r1", "unmet"],
    ["${meta.rack}", "!=", "r1", "unmet"],
    ["${meta.nothing}", "!=", "r1", "met"],
    ["${meta.rack}", "not", "r9", "met"],
    ["${meta.rack}", "is_set", "", "met"],
    ["${meta.nothing}", "is_set", "", "unmet"],
    ["${meta.nothing}", "is_not_set", "", "met"],
    ["${attr.cpu.numcores}", ">=", "8", "met"],
    ["${attr.cpu.numcores}", ">", "8", "unmet"],
    ["${attr.cpu.numcores}", "<", "10", "met"],
    ["${attr.unique.storage.bytesfree}", ">", "1000000000", "met"],
    ["${attr.os.name}", ">", "alpine", "unsure"],
    ["${attr.cpu.nothing}", ">", "1", "unmet"],
    ["${meta.disks}", "set_contains", "nvme", "met"],
    ["${meta.disks}", "set_contains", "nvme,ssd", "met"],
    ["${meta.disks}", "set_contains_all", "nvme,hdd", "unmet"],
    ["${meta.disks}", "set_contains_any", "hdd,nvme", "met"],
    ["${meta.disks}", "set_contains_any", "hdd", "unmet"],
    ["${node.unique.name}", "regexp", "^node[0-9]+$", "met"],
    ["${node.unique.name}", "regexp", "^(db|pg)", "unmet"],
    ["${node.unique.name}", "regexp", "(?i)^NODE", "unsure"],
    ["${node.unique.name}", "regexp", "\\pL+", "unsure"],
    ["${node.unique.name}", "regexp", "[[:alpha:]]", "unsure"],
    ["${node.unique.name}", "regexp", "(", "unsure"],
    ["${attr.nomad.version}", "version", ">= 1.10, < 2", "met"],
    ["${attr.nomad.version}", "version", ">= 1.12", "unmet"],
    ["${attr.nomad.version}", "semver", "1.11.3", "met"],
    ["${attr.nomad.version}", "version", "!= 1.11.3.0", "unmet"],
    ["${attr.nomad.version}", "version", "~> 1.11", "unsure"],
    ["${attr.driver.docker.version}", "version", ">= 20", "unsure"],
    ["${node.datacenter}", "=", "dc1", "met"],
    ["${node.pool}", "=", "storage", "met"],
    ["${node.class}", "=", "", "met"],
    ["${node.something}", "=", "x", "unmet"],
    ["amd64", "=", "${attr.cpu.arch}", "met"],
    ["${meta.rack}", "resembles", "r1", "unsure"],
    ["${meta.nothing}", "resembles", "r1", "unsure"],
  ];
  for (const [attribute, operator, value, expected] of cases) {
    it(`${attribute} ${operator} ${value}: ${expected}`, () => {
      assert.equal(judgeConstraint({ attribute, operator, value }, node), expected);
    });
  }

  it("never reads a value from an object's prototype", () => {
    assert.equal(targetValue("${meta.constructor}", node), undefined);
    assert.equal(
      judgeConstraint({ attribute: "${meta.rack}", operator: "toString", value: "r1" }, node),
      "unsure",
    );
  });

  it("never throws, and sees equality as text equality", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (attribute, operator, value) => {
        judgeConstraint({ attribute, operator, value }, node);
        const own = { ...node, meta: { key: attribute } };
        const verdict = judgeConstraint({ attribute: "${meta.key}", operator: "=", value }, own);
        if (!value.startsWith("${")) assert.equal(verdict, attribute === value ? "met" : "unmet");
      }),
    );
  });

  it("orders plain integers as integers", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (left, right) => {
        const own = { ...node, attributes: { n: String(left) } };
        const verdict = judgeConstraint({ attribute: "${attr.n}", operator: "<", value: String(right) }, own);
        assert.equal(verdict, left < right ? "met" : "unmet");
      }),
    );
  });
});
