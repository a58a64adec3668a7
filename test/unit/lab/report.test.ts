import { strict as assert } from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import { consoleReporter, formatDuration } from "../../../lab/report";
import { recordingReporter } from "../../support/recordingReporter";

describe("the console reporter", () => {
  it("says what begins, that it goes on and how far it is, and how long it took", async () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) };
    const clock = { milliseconds: 0 };
    const reporter = consoleReporter({ stream, heartbeatMilliseconds: 5, now: () => clock.milliseconds });
    const result = await reporter.during("building nomad", async (note) => {
      note("12 packages compiled");
      clock.milliseconds = 1500;
      while (written.length < 2) await delay(5);
      clock.milliseconds = 2700;
      return 42;
    });
    assert.equal(result, 42);
    assert.equal(written[0], "building nomad ...\n");
    assert.equal(written[1], "  building nomad: 1.5 s, 12 packages compiled\n");
    assert.equal(written.at(-1), "building nomad: done in 2.7 s\n");
  });

  it("says that it failed and passes the error on", async () => {
    const written: string[] = [];
    const reporter = consoleReporter({ stream: { write: (text) => written.push(text) } });
    await assert.rejects(
      reporter.during("building", () => Promise.reject(new Error("no space"))),
      /no space/,
    );
    assert.match(written.at(-1) ?? "", /^building: failed after /);
  });

  it("is dim on terminals alone", async () => {
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text), isTTY: true };
    const before = process.env["NO_COLOR"];
    delete process.env["NO_COLOR"];
    try {
      const reporter = consoleReporter({ stream, heartbeatMilliseconds: 5 });
      await reporter.during("building", async () => {
        while (written.length < 2) await delay(5);
      });
    } finally {
      if (before !== undefined) process.env["NO_COLOR"] = before;
    }
    assert.match(written[1] ?? "", /^\u001b\[2m {2}building: .*\u001b\[0m\n$/);
  });
});

describe("the recording reporter", () => {
  it("keeps every line in order, without times", async () => {
    const reporter = recordingReporter();
    reporter.say("one");
    await reporter.during("two", (note) => {
      note("half");
      return Promise.resolve();
    });
    assert.deepEqual(reporter.lines, ["one", "two ...", "  two: half", "two: done"]);
  });
});

describe("durations", () => {
  it("are written for people", () => {
    assert.equal(formatDuration(400), "0.4 s");
    assert.equal(formatDuration(12_300), "12 s");
    assert.equal(formatDuration(59_700), "1 min 0 s");
    assert.equal(formatDuration(125_000), "2 min 5 s");
  });
});
