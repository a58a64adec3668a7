import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describeAlterSystem, hiddenValue, shownValue, splitAlterSystem } from "../../../patroni/alterSystem";
import { sameValue, type ConfigDocument } from "../../../patroni/configDocument";
import { settingsBeyond, withSettings } from "../../../patroni/configDrift";

const ours = { ttl: 20, postgresql: { parameters: { max_connections: 100 }, pg_hba: ["a"] } };

describe("what others added to a document", () => {
  const table: readonly (readonly [string, ConfigDocument, ConfigDocument])[] = [
    ["nothing", ours, {}],
    ["another value of a setting that is ours", { ...ours, ttl: 30 }, {}],
    ["a setting of Patroni's", { ...ours, failsafe_mode: true }, { failsafe_mode: true }],
    [
      "a parameter",
      { ...ours, postgresql: { parameters: { max_connections: 200, work_mem: "64MB" } } },
      { postgresql: { parameters: { work_mem: "64MB" } } },
    ],
    ["a line of a list that is ours", { postgresql: { pg_hba: ["a", "b"] } }, {}],
    ["a whole section", { slots: { s: { type: "physical" } } }, { slots: { s: { type: "physical" } } }],
    ["one of ours in another case", { postgresql: { parameters: { MAX_Connections: 7 } } }, {}],
    ["a section in place of a value of ours", { ttl: { a: 1 } }, {}],
    ["a value in place of a section of ours", { postgresql: 5 }, {}],
  ];
  for (const [name, document, expected] of table)
    it(name, () => {
      assert.deepEqual(settingsBeyond(document, ours), expected);
    });

  it("leaves out what any of several documents has", () => {
    assert.deepEqual(settingsBeyond({ a: 1, b: 2, c: { d: 1, e: 1 } }, { a: 9 }, { c: { d: 9 } }), {
      b: 2,
      c: { e: 1 },
    });
  });

  const leaf = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant<readonly string[]>(["x"]));
  const section = fc.dictionary(fc.constantFrom("p", "q", "r"), leaf, { minKeys: 1 });
  const document = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.oneof(leaf, section));

  it("and what is ours make the whole, with ours where both say something", () => {
    fc.assert(
      fc.property(document, document, (own, standing) => {
        const others = settingsBeyond(standing, own);
        const merged = withSettings(own, others);
        assert.ok(sameValue(settingsBeyond(merged, others), own), JSON.stringify(merged));
        assert.deepEqual(settingsBeyond(merged, own), others);
        assert.ok(sameValue(withSettings(others, own), merged));
      }),
    );
  });
});

describe("what ALTER SYSTEM has set", () => {
  const found = { node1: { work_mem: "64MB", max_connections: "7" }, node2: { work_mem: "64MB" } };

  it("is all wrong, unless what the config doesn't set is adopted", () => {
    assert.deepEqual(splitAlterSystem(found, "correct", ours), { wrong: found, adopted: {} });
    assert.deepEqual(splitAlterSystem(found, "adopt", ours), {
      wrong: { node1: { max_connections: "7" } },
      adopted: { node1: { work_mem: "64MB" }, node2: { work_mem: "64MB" } },
    });
  });

  it("is told by value, with the members that have it", () => {
    assert.equal(
      describeAlterSystem(found),
      "work_mem = 64MB on node1 and node2, max_connections = 7 on node1",
    );
  });

  it("isn't shown where it may hold a password", () => {
    for (const name of ["primary_conninfo", "ssl_passphrase_command", "archive_command", "ext.api_TOKEN"])
      assert.equal(shownValue(name, "password=hunter2"), hiddenValue);
    for (const name of ["work_mem", "password_encryption"]) assert.equal(shownValue(name, "x"), "x");
  });
});
