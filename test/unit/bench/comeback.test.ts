import assert from "node:assert/strict";
import { comebackIn } from "../../../bench/comeback";

describe("how a diverged member came back", () => {
  it("is by a rewind that succeeded", () => {
    assert.equal(comebackIn("INFO: pg_rewind exit code=0\nINFO:  stdout=..."), "rewound");
  });

  it("is by a copy, also after a rewind that failed", () => {
    const log =
      "INFO: pg_rewind exit code=1\nWARNING: Removing data directory: /data\nINFO: bootstrapped from leader 'node2'";
    assert.equal(comebackIn(log), "copied");
  });

  it("is by a copy, also after a rewind that succeeded and wasn't enough", () => {
    assert.equal(comebackIn("pg_rewind exit code=0\nbootstrapped from leader 'node2'"), "copied");
  });

  it("is by neither where the log has none of both", () => {
    assert.equal(comebackIn("INFO: pg_rewind exit code=1"), "neither");
  });
});
