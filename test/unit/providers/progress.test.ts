import assert from "node:assert/strict";
import { mock } from "node:test";
import { withProgress, type Progress } from "../../../providers/progress";

describe("progress lines", () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ["setInterval", "Date"] });
  });

  afterEach(() => {
    mock.timers.reset();
  });

  /** Runs `script` with a clock that it moves, and returns each line with its second. */
  async function played(
    script: (progress: Progress, pass: (seconds: number) => void) => void,
  ): Promise<string[]> {
    const lines: string[] = [];
    const pass = (seconds: number) => {
      for (let tick = 0; tick < seconds * 10; tick++) mock.timers.tick(100);
    };
    const work = (progress: Progress) => {
      script(progress, pass);
      return Promise.resolve();
    };
    await withProgress("acme", work, (line) => lines.push(`${(Date.now() / 1000).toFixed(0)} ${line}`));
    return lines;
  }

  it("say within 10 s of silence what is awaited, and nothing when nothing is", async () => {
    const lines = await played((progress, pass) => {
      pass(30);
      progress.line("begun");
      progress.waitingFor("node1");
      pass(20);
      progress.line("half");
      pass(8);
      progress.waitingFor("");
      pass(60);
    });
    assert.deepEqual(lines, [
      "30 [acme] begun",
      "39 [acme] still waiting for node1 (39 s)",
      "48 [acme] still waiting for node1 (48 s)",
      "50 [acme] half",
    ]);
  });

  it("end with the work, whether it succeeds or fails", async () => {
    const lines: string[] = [];
    const work = ({ waitingFor }: Progress) => {
      waitingFor("node1");
      return Promise.reject(new Error("no"));
    };
    await assert.rejects(
      withProgress("acme", work, (line) => lines.push(line)),
      /no/,
    );
    mock.timers.tick(60_000);
    assert.deepEqual(lines, []);
  });
});
