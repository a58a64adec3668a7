import { strict as assert } from "node:assert";
import { lastWords, runCommand } from "../../../lab/toolchain/command";
import { hasEnded, observeProcess } from "../../../lab/platform/processIdentity";
import { eventually } from "../../support/waiting";

describe("a command of the toolchain", () => {
  it("gives its outputs and its exit code", async () => {
    const lines: string[] = [];
    const result = await runCommand("sh", ["-c", "echo one; echo two >&2; echo $WORD; exit 3"], {
      env: { WORD: "three" },
      onLine: (line) => lines.push(line),
    });
    assert.deepEqual(result, { code: 3, stdout: "one\nthree", stderr: "two" });
    assert.deepEqual(lines.sort(), ["one", "three", "two"]);
  });

  it("takes variables away", async () => {
    process.env["TOOLCHAIN_TEST"] = "inherited";
    try {
      const print = ["-c", 'echo "[${TOOLCHAIN_TEST-absent}]"'];
      assert.equal((await runCommand("sh", print)).stdout, "[inherited]");
      assert.equal(
        (await runCommand("sh", print, { env: { TOOLCHAIN_TEST: undefined } })).stdout,
        "[absent]",
      );
    } finally {
      delete process.env["TOOLCHAIN_TEST"];
    }
  });

  it("that doesn't exist is exit code 127, one that can't run 126", async () => {
    assert.equal((await runCommand("/nowhere/at-all", [])).code, 127);
    assert.equal((await runCommand("/", [])).code, 126);
  });

  it("that takes too long is ended with everything it started", async () => {
    const pids: number[] = [];
    const result = await runCommand("sh", ["-c", "sleep 600 & echo $!; wait"], {
      timeoutMilliseconds: 1500,
      onLine: (line) => pids.push(Number(line)),
    });
    assert.equal(result.code, 124);
    const [grandchild] = pids;
    assert.ok(grandchild !== undefined, "it was ended before it could start anything");
    // A killed process closes its outputs a moment before the kernel has ended it.
    const look = (saw: (state: unknown) => void): Promise<true | undefined> => {
      const seen = observeProcess(grandchild);
      saw(seen);
      return Promise.resolve(seen === undefined || hasEnded(seen) ? true : undefined);
    };
    await eventually("the end of the child's own child", look, {
      timeoutSeconds: 5,
      intervalMilliseconds: 10,
    });
  });

  it("of which a failure is told by its last words", () => {
    assert.equal(
      lastWords({ code: 1, stdout: "building", stderr: "warning\nno space left\n\n" }),
      "no space left",
    );
    assert.equal(lastWords({ code: 2, stdout: "", stderr: "" }), "exit code 2 and not a word");
  });
});
