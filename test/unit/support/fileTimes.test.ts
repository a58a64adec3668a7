import assert from "node:assert/strict";
import { slowestFiles } from "../../support/fileTimes";

const time = (file: string, milliseconds: number, inHooksMilliseconds = 0) => ({
  ...{ file, milliseconds, inHooksMilliseconds },
});

describe("the files of a run by their time", () => {
  it("come slowest first, with what their hooks took", () => {
    const lines = slowestFiles(
      [time("test/a.test.ts", 2400), time("test/long/b.test.ts", 123_456, 61_000)],
      5,
    );
    assert.deepEqual(lines, [" 123 s  test/long/b.test.ts  61 s in hooks", "   2 s  test/a.test.ts"]);
  });

  it("are counted together beyond the first ones", () => {
    const lines = slowestFiles([time("a", 1000), time("b", 3000), time("c", 2000)], 1);
    assert.deepEqual(lines, ["   3 s  b", "   3 s  in 2 more"]);
  });

  it("aren't named where they took less than a second", () => {
    assert.deepEqual(slowestFiles([time("a", 999)], 5), []);
  });
});
