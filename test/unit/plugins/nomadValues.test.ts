import { strictEqual, throws } from "node:assert/strict";
import { formatCapacity, parseCapacity } from "../../../lab/plugins/nomad/capacity";
import { goDuration } from "../../../lab/plugins/nomad/goDuration";
import { parseJobspec, sameJobspec } from "../../../lab/plugins/nomad/jobspec";

describe("the nomad stand-in's values", () => {
  it("reads capacities", () => {
    const cases: readonly (readonly [string, number])[] = [
      ["1073741824", 1073741824],
      ["1.0 GiB", 1073741824],
      ["12GiB", 12884901888],
      ["12 gib", 12884901888],
      ["1 GB", 1_000_000_000],
      ["1,500 kB", 1_500_000],
      ["2Mi", 2097152],
      ["7 B", 7],
    ];
    for (const [text, bytes] of cases) strictEqual(parseCapacity("capacityMin", text), bytes, text);
  });

  it("refuses what is no capacity", () => {
    for (const text of ["", "lots", "GiB", "1 XB", "1 iB", "-1"]) {
      throws(
        () => parseCapacity("capacityMin", text),
        /"capacityMin" is ".*", but must be a number of bytes/,
        text,
      );
    }
  });

  it("writes capacities", () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, "0 B"],
      [512, "512 B"],
      [1024, "1.0 KiB"],
      [1536 * 1024 * 1024, "1.5 GiB"],
      [12884901888, "12 GiB"],
    ];
    for (const [bytes, text] of cases) strictEqual(formatCapacity(bytes), text);
  });

  it("writes durations as Go does", () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, "0s"],
      [10e9, "10s"],
      [300e9, "5m0s"],
      [3600e9, "1h0m0s"],
      [5400e9, "1h30m0s"],
      [1.5e9, "1.5s"],
      [250e6, "250ms"],
      [90e9, "1m30s"],
    ];
    for (const [nanoseconds, text] of cases) strictEqual(goDuration(nanoseconds), text);
  });

  describe("jobspecs", () => {
    it("are read with and without the outer Job", () => {
      strictEqual(parseJobspec('{"ID":"a"}').ID, "a");
      strictEqual(parseJobspec('{"Job":{"ID":"a","Namespace":"n"}}').Namespace, "n");
      strictEqual(parseJobspec('{"ID":"a","Namespace":""}').Namespace, "default");
    });

    it("must be JSON objects with an ID", () => {
      throws(() => parseJobspec('job "a" {}'), /jobspec is not JSON .*with json set to true it must be/);
      throws(() => parseJobspec("[]"), /jobspec is not a JSON object/);
      throws(() => parseJobspec("{}"), /jobspec has no "ID"/);
    });

    it("are the same in any order, with or without empty fields", () => {
      const left = '{"ID":"a","Meta":{"x":"1","y":"2"},"TaskGroups":[{"Name":"g","Services":null}]}';
      const right =
        '{"Job":{"TaskGroups":[{"Name":"g"}],"Meta":{"y":"2","x":"1"},"ID":"a","Namespace":"default","Spreads":[]}}';
      strictEqual(sameJobspec(left, right), true);
    });

    it("differ in values, in the order of lists, and when one can't be read", () => {
      strictEqual(sameJobspec('{"ID":"a"}', '{"ID":"b"}'), false);
      strictEqual(sameJobspec('{"ID":"a","X":["1","2"]}', '{"ID":"a","X":["2","1"]}'), false);
      strictEqual(sameJobspec('{"ID":"a","X":0}', '{"ID":"a"}'), false);
      strictEqual(sameJobspec("oops", '{"ID":"a"}'), false);
    });
  });
});
