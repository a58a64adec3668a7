import assert from "node:assert/strict";
import { controlledParameters, narrowedParameters } from "../../../config/postgresParameters/controlled";
import { choiceOrBoolean, integer, real } from "../../../config/postgresParameters/parameterType";
import {
  isRightValue,
  readBoolean,
  readBytes,
  readNumber,
} from "../../../config/postgresParameters/parameterValue";
import { postgres17Parameters } from "../../../config/postgresParameters/postgres17";

describe("the value of a parameter", () => {
  it("is a number in the parameter's unit", () => {
    assert.equal(readNumber(5, "kB"), 5);
    assert.equal(readNumber("4MB", "kB"), 4096);
    assert.equal(readNumber("1 GB", "8kB"), 131072);
    assert.equal(readNumber("1.5min", "s"), 90);
    assert.equal(readNumber("500us", "ms"), 0.5);
    assert.equal(readNumber("-1", "kB"), -1);
    assert.equal(readNumber("0x10", undefined), 16);
    assert.equal(readNumber("0777", undefined), 511);
    assert.equal(readNumber("1e3", undefined), 1000);
    for (const wrong of ["4mb", "4MiB", "1h", "", "MB", "4 M B", "8KB"])
      assert.equal(readNumber(wrong, "kB"), undefined);
    assert.equal(readNumber("4MB", undefined), undefined);
    assert.equal(readNumber(true, "kB"), undefined);
  });

  it("is bytes where it is memory", () => {
    assert.equal(readBytes("128MB", "8kB"), 128 * 2 ** 20);
    assert.equal(readBytes(16384, "8kB"), 128 * 2 ** 20);
    assert.equal(readBytes("1s", "8kB"), undefined);
  });

  it("is a boolean in any of its spellings", () => {
    assert.deepEqual([true, "ON", " yes ", 1, "1"].map(readBoolean), [true, true, true, true, true]);
    assert.deepEqual([false, "Off", "no", 0].map(readBoolean), [false, false, false, false]);
    assert.equal(readBoolean("maybe"), undefined);
  });

  it("is held to its range after rounding, and to its choices in any case", () => {
    assert(isRightValue("1023.9kB", integer(1, 1, "MB")));
    assert(!isRightValue(0, integer(1, 10)));
    assert(!isRightValue(0.5, integer(1, 10)) && isRightValue(1.5, integer(2, 10)));
    assert(isRightValue("0x10", integer(1, 16)) && !isRightValue("0x10", real(0, 100)));
    assert(isRightValue(0.25, real(0, 1)));
    assert(isRightValue("PGLZ", choiceOrBoolean("pglz")) && isRightValue("off", choiceOrBoolean("pglz")));
    assert(!isRightValue("gzip", choiceOrBoolean("pglz")));
  });
});

describe("the parameters of PostgreSQL 17", () => {
  it("are all there, each with a range that isn't empty", () => {
    const types = Object.values(postgres17Parameters);
    assert.equal(types.length, 361);
    for (const type of types) assert(!("min" in type) || type.min <= type.max);
  });

  it("hold every parameter that is narrowed or controlled", () => {
    const names = Object.keys(postgres17Parameters);
    for (const name of narrowedParameters.keys()) assert(names.includes(name), name);
    const unknown = [...controlledParameters.keys()].filter((name) => !names.includes(name));
    assert.deepEqual(unknown, []);
  });
});
