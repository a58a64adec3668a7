import assert from "node:assert/strict";
import type { Verdict } from "../../../patroni/readiness";
import { makePrinter } from "../../../providers/leaderWait/printer";
import { linesAfter } from "../../../providers/leaderWait/watchLogs";

describe("the leader wait's lines", () => {
  let now = 0;
  let printed: string[] = [];
  const waiting = (line: string, done = 1): Verdict => ({ kind: "waiting", line, done, members: [] });

  function printer() {
    now = 0;
    printed = [];
    const made = makePrinter(
      { cluster: "acme", members: 3, timeoutSeconds: 300 },
      () => now,
      (line) => printed.push(line),
    );
    return (atMs: number, verdict: Verdict) => {
      now = atMs;
      made.show(verdict);
    };
  }

  it("come when something changes, and every 10 s when nothing does", () => {
    const show = printer();
    for (let at = 0; at <= 25_000; at += 250)
      show(at, waiting(at < 3_000 ? "node1 leads" : "node2 is cloning from node1"));
    assert.deepEqual(printed, [
      "[acme 1/3] node1 leads",
      "[acme 1/3] node2 is cloning from node1",
      "[acme 1/3] node2 is cloning from node1 (13 s of 300 s)",
      "[acme 1/3] node2 is cloning from node1 (23 s of 300 s)",
    ]);
  });

  it("don't repeat what differs only in a quantity", () => {
    const show = printer();
    for (let at = 0; at < 9_000; at += 250) show(at, waiting(`replica node2 is ${at + 900} MB behind`));
    assert.equal(printed.length, 1);
    show(9_500, waiting("replica node3 is 12 MB behind"));
    assert.equal(printed.length, 2);
  });

  it("leave out what lasts a moment", () => {
    const show = printer();
    show(0, waiting("a"));
    show(200, waiting("b"));
    show(400, waiting("c"));
    show(600, waiting("c"));
    assert.deepEqual(printed, ["[acme 1/3] a", "[acme 1/3] c"]);
  });
});

describe("what a log says since the wait began", () => {
  it("is what follows the mark", () => {
    assert.deepEqual(linesAfter(["b", "c"], ["a", "b", "c", "d"]), ["d"]);
    assert.deepEqual(linesAfter(["b", "c"], ["a", "b", "c"]), []);
  });
  it("is everything when there was nothing, or when the mark has left the log's end", () => {
    assert.deepEqual(linesAfter([], ["a"]), ["a"]);
    assert.deepEqual(linesAfter(["x"], ["a", "b"]), ["a", "b"]);
  });
  it("starts behind the last of several marks that look alike", () => {
    assert.deepEqual(linesAfter(["a"], ["a", "b", "a", "c"]), ["c"]);
  });
});
