import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  changedParameter,
  changedSettings,
  describeChange,
  documentParameters,
  documentText,
  inOrderOf,
  parseDocument,
  sameValue,
  type ConfigDocument,
} from "../../../patroni/configDocument";

const plain = { noNullPrototype: true };
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const key = fc.string({ minLength: 1 }).filter((name) => name !== "__proto__");
const document = fc.dictionary(
  key,
  fc.oneof(
    scalar,
    fc.array(scalar),
    fc.dictionary(key, fc.oneof(scalar, fc.dictionary(key, scalar, plain)), plain),
  ),
  plain,
) as fc.Arbitrary<ConfigDocument>;

describe("a dynamic configuration document", () => {
  it("is a JSON object and nothing else", () => {
    assert.deepEqual(parseDocument('{"ttl":20}'), { ttl: 20 });
    for (const text of ["", "[]", "null", "20", '{"ttl":'])
      assert.equal(parseDocument(text), undefined, text);
  });

  it("is compared as Patroni compares it", () => {
    const cases: readonly [ConfigDocument, ConfigDocument, boolean][] = [
      [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
      [{ a: 200 }, { a: "200" }, true],
      [{ a: true }, { a: "true" }, false],
      [{ a: null }, {}, false],
      [{ a: {} }, { a: null }, false],
      [{ a: [1] }, { a: [2] }, false],
      [{ a: [1, 2] }, { a: [2, 1] }, false],
      [{ a: { b: [3, 4] } }, { a: { b: [3, 4] } }, true],
    ];
    for (const [one, other, expected] of cases) {
      assert.equal(sameValue(one, other), expected, `${documentText(one)} and ${documentText(other)}`);
      assert.equal(sameValue(other, one), expected, `${documentText(other)} and ${documentText(one)}`);
    }
  });

  it("has changes exactly where it isn't the same", () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        assert.equal(changedSettings(one, other).length === 0, sameValue(one, other));
        assert.deepEqual(changedSettings(one, one), []);
      }),
    );
  });

  it("keeps its content when its keys are put in another's order", () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        assert.deepEqual(inOrderOf(other, one), one);
        assert.equal(documentText(inOrderOf(one, parseDocument(documentText(one)) ?? {})), documentText(one));
      }),
    );
    assert.equal(
      documentText(inOrderOf({ z: 1, p: { y: 1, x: 1 } }, { b: 1, a: 1, p: { x: 2, y: 2 }, z: 2 })),
      '{"z":2,"p":{"y":2,"x":2},"a":1,"b":1}',
    );
  });

  it("tells its changes setting by setting", () => {
    const before = {
      ttl: 30,
      gone: "x",
      postgresql: { parameters: { max_connections: 100, work_mem: "4MB" }, pg_hba: ["a", "b"] },
    };
    const after = {
      ttl: 20,
      postgresql: { parameters: { Max_Connections: 200, work_mem: "4MB" }, pg_hba: ["b", "c", "d"] },
      slots: { audit: { type: "physical" } },
    };
    assert.deepEqual(changedSettings(before, after).map(describeChange), [
      "ttl 30 -> 20",
      "Max_Connections unset -> 200",
      "max_connections 100 -> unset",
      "postgresql.pg_hba: 2 lines added, 1 removed",
      "slots.audit.type unset -> physical",
      "gone x -> unset",
    ]);
    assert.equal(
      describeChange({ path: ["postgresql", "pg_hba"], from: ["a", "b"], to: ["b", "a"] }),
      "postgresql.pg_hba: order changed",
    );
    assert.equal(
      describeChange({ path: ["postgresql", "pg_hba"], from: ["a", "b"], to: ["a"] }),
      "postgresql.pg_hba: 1 line removed",
    );
  });

  it("knows its PostgreSQL parameters whatever their spelling", () => {
    const parameters = documentParameters({ postgresql: { parameters: { Work_Mem: "8MB" } } });
    assert.deepEqual([...parameters], [["work_mem", "8MB"]]);
    assert.equal(documentParameters({ postgresql: "odd" }).size, 0);
    assert.equal(documentParameters(undefined).size, 0);
    const path = ["postgresql", "parameters", "pg_stat_statements.max"];
    assert.equal(changedParameter({ path, from: 1, to: 2 }), "pg_stat_statements.max");
    assert.equal(changedParameter({ path: ["ttl"], from: 1, to: 2 }), undefined);
  });
});
