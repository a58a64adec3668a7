import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CommandError } from "../../../commands/commandError";
import { pulumiOutput, runPulumi } from "../../../commands/pulumiCli";

describe("a pulumi command", () => {
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-cli-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** A program in Pulumi's place. */
  function place(script: string) {
    const program = path.join(folder, "pulumi");
    fs.writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { program, env: process.env, projectDirectory: folder };
  }

  it("gives what it printed", async () => {
    assert.equal(await pulumiOutput(place('echo "$1"'), ["stack"]), "stack\n");
  });

  it("that takes too long is told to stop, and ends as it likes", async () => {
    const seen = path.join(folder, "stopped");
    const slow = place(`trap 'touch ${seen}; exit 1' INT; while :; do sleep 0.1; done`);
    await assert.rejects(runPulumi(slow, ["preview"], { seconds: 0.5 }), isLate);
    assert.ok(fs.existsSync(seen));
  });

  it("that doesn't stop either is given up", async () => {
    const deaf = place("trap '' INT; sleep 20");
    const began = performance.now();
    await assert.rejects(runPulumi(deaf, ["preview"], { seconds: 0.5, graceSeconds: 0.5 }), isLate);
    assert.ok(performance.now() - began < 10_000);
  });

  const isLate = (error: unknown): boolean => {
    assert.ok(error instanceof CommandError);
    assert.equal(error.message, "pulumi preview didn't end within 0.5 s.");
    return true;
  };
});
