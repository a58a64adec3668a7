import assert from "node:assert/strict";
import { inTurn } from "../../../commands/inTurn";
import { HttpError } from "../../../providers/http";

describe("requests in turn", () => {
  it("run no more than so many at once, and all of them", async () => {
    const send = inTurn(3);
    let running = 0;
    let most = 0;
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        send(async () => {
          most = Math.max(most, ++running);
          await new Promise(setImmediate);
          running--;
          return index;
        }),
      ),
    );
    assert.deepEqual([most, results.length, results[19]], [3, 20, 19]);
  });

  it("are not sent any more once nobody answers", async () => {
    const send = inTurn(2);
    let sent = 0;
    const calls = Array.from({ length: 10 }, () =>
      send(async () => {
        sent++;
        await new Promise(setImmediate);
        throw new HttpError("timeout", 0, "no answer");
      }),
    );
    const results = await Promise.allSettled(calls);
    assert.equal(sent, 2);
    for (const result of results)
      assert.equal(result.status === "rejected" && (result.reason as Error).message, "no answer");
  });

  it("go on after one that was refused", async () => {
    const send = inTurn(1);
    const refused = send(() => Promise.reject(new HttpError("denied", 403, "refused")));
    await assert.rejects(refused, /refused/);
    assert.equal(await send(() => Promise.resolve("answer")), "answer");
  });
});
