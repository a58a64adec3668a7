import assert from "node:assert/strict";
import { describeWithPython, PythonRun } from "../../support/python";
import { eventually } from "../../support/waiting";

/** The launcher around two shell scripts in place of Patroni and of the handover, as init of all that they leave. */
const driver = (patroni: string, handover: string, seconds: number): string => `
import ctypes, os, sys
import launch
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: orphans come to it, as to a container's first process
def shell(script):
    return lambda: os.execvp("sh", ["sh", "-c", script])
sys.exit(launch.supervise(shell(${JSON.stringify(patroni)}), shell(${JSON.stringify(handover)}), ${seconds}))
`;

/** Says what it is sent, and ends with 7 when it is told to stop. */
const patroni = [
  "trap 'echo HUP' HUP",
  "trap 'echo INT' INT",
  "trap 'echo TERM; exit 7' TERM",
  "echo started",
  "while :; do sleep 0.02; done",
].join("\n");

describeWithPython("the image's launcher", function () {
  this.slow(2000);

  async function started(script: string, handover: string, seconds = 20): Promise<PythonRun> {
    const run = new PythonRun({ code: driver(script, handover, seconds) });
    await says(run, "started");
    return run;
  }

  async function says(run: PythonRun, word: string): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      saw(run.output);
      return Promise.resolve(run.output.split("\n").includes(word) ? true : undefined);
    };
    await eventually(`the word ${word}`, look, { timeoutSeconds: 30, intervalMilliseconds: 10 });
  }

  it("lets the handover end before Patroni is told to stop, and ends as Patroni does", async () => {
    const run = await started(patroni, "sleep 0.2; echo handed over");
    run.signal("SIGTERM");
    assert.equal(await run.end(), 7);
    assert.equal(run.output, "started\nhanded over\nTERM\n");
  });

  it("tells Patroni to stop where the handover fails", async () => {
    const run = await started(patroni, "exit 1");
    run.signal("SIGTERM");
    assert.equal(await run.end(), 7);
  });

  it("tells Patroni to stop where the handover takes too long", async () => {
    const run = await started(patroni, "exec sleep 5 > /dev/null 2>&1", 1);
    run.signal("SIGTERM");
    assert.equal(await run.end(), 7);
    assert.equal(run.output, "started\nTERM\n");
  });

  it("passes a second SIGTERM on at once", async () => {
    const run = await started(patroni, "echo begun; exec sleep 5 > /dev/null 2>&1");
    run.signal("SIGTERM");
    await says(run, "begun");
    run.signal("SIGTERM");
    assert.equal(await run.end(), 7);
  });

  it("passes other signals on, SIGHUP for a reload among them", async () => {
    const run = await started(patroni, "echo handed over");
    run.signal("SIGHUP");
    await says(run, "HUP");
    run.signal("SIGINT");
    await says(run, "INT");
    run.signal("SIGTERM");
    assert.equal(await run.end(), 7);
    assert.equal(run.output, "started\nHUP\nINT\nhanded over\nTERM\n");
  });

  for (const [how, end, code] of [
    ["ends by itself", "exit 3", 3],
    ["is killed", "kill -9 $$", 137],
  ] as const)
    it(`ends when Patroni ${how}`, async () => {
      assert.equal(await (await started(`echo started; ${end}`, "echo handed over")).end(), code);
    });

  it("starts Patroni with no signal blocked", async () => {
    const run = await started("echo started; grep SigBlk /proc/self/status", "");
    assert.equal(await run.end(), 0);
    assert.match(run.output, /^SigBlk:\s+0+$/m);
  });

  it("leaves no zombie of a process that others left behind", async () => {
    // The inner shell ends at once; what it started is an orphan, which then ends too.
    const orphan = "orphan=$(sh -c 'sleep 0.1 > /dev/null & echo $!'); echo started";
    const reaped = "for i in $(seq 500); do [ -e /proc/$orphan ] || exit 0; sleep 0.02; done; exit 1";
    const run = await started(`${orphan}; ${reaped}`, "");
    assert.equal(await run.end(), 0, "it is still there");
  });
});
