import assert from "node:assert/strict";
import { EndedEarly, untilDeadline } from "../../../providers/endedEarly";

/** Work that nobody ever ends, whatever its signal says. */
const never = (): Promise<never> => new Promise(() => undefined);

describe("work with a deadline", () => {
  it("gives what it comes to", async () => {
    assert.equal(await untilDeadline(10_000, undefined, () => Promise.resolve(7)), 7);
    await assert.rejects(
      untilDeadline(10_000, undefined, () => Promise.reject(new Error("its own"))),
      /its own/,
    );
  });

  it("is given up at the deadline, though it heeds no signal", async () => {
    await assert.rejects(untilDeadline(20, undefined, never), new EndedEarly("timeout"));
  });

  it("is given up when the signal outside ends, though it heeds none", async () => {
    const outer = new AbortController();
    const waiting = untilDeadline(10_000, outer.signal, never);
    outer.abort();
    await assert.rejects(waiting, new EndedEarly("aborted"));
    await assert.rejects(untilDeadline(10_000, outer.signal, never), new EndedEarly("aborted"));
  });

  it("hears of its end", async () => {
    let heard = false;
    const work = (signal: AbortSignal): Promise<never> => {
      signal.addEventListener("abort", () => (heard = true));
      return never();
    };
    await assert.rejects(untilDeadline(20, undefined, work), EndedEarly);
    assert.equal(heard, true);
  });
});
