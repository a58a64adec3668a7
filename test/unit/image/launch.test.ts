import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describeWithPython, PythonRun } from "../../support/python";
import { eventually } from "../../support/waiting";

/** The launcher around shell scripts in place of what it starts, as init of all that they leave. */
const driver = (patroni: string, handover: string, seconds: number, beside: string): string => `
import ctypes, os, sys
import launch
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: orphans come to it, as to a container's first process
def shell(script):
    return lambda: os.execvp("sh", ["sh", "-c", script])
launch.AGAIN_SECONDS = 0.1
scripts = [shell(script) for script in ${JSON.stringify([patroni, handover, beside])}]
sys.exit(launch.supervise(*scripts, ${seconds}))
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

  async function started(
    script: string,
    handover: string,
    { seconds = 20, beside = "exec sleep 60 > /dev/null 2>&1" } = {},
  ): Promise<PythonRun> {
    const run = new PythonRun({ code: driver(script, handover, seconds, beside) });
    await says(run, "started");
    return run;
  }

  async function says(run: PythonRun, word: string): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      saw(run.output);
      return Promise.resolve(`\n${run.output}`.includes(`\n${word}\n`) ? true : undefined);
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
    const run = await started(patroni, "exec sleep 5 > /dev/null 2>&1", { seconds: 1 });
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

  it("starts what runs beside Patroni again when it ends, and ends all the same", async () => {
    const run = await started(patroni, "echo handed over", { beside: "echo beside" });
    await says(run, "beside\nbeside\nbeside");
    run.signal("SIGTERM");
    assert.equal(await run.end(), 7);
  });

  it("ends what runs beside Patroni before it hands over", async () => {
    const beside = "trap '' TERM; echo beside; while :; do echo still; sleep 0.01; done";
    const run = await started(patroni, "sleep 0.1; echo mark; sleep 0.3; echo handed over", { beside });
    await says(run, "still");
    run.signal("SIGTERM");
    assert.equal(await run.end(), 7);
    assert.match(run.output, /mark\nhanded over\nTERM\n$/);
  });

  it("leaves nothing that runs beside Patroni behind when that ends", async () => {
    const beside = "echo beside $$; exec sleep 60 > /dev/null 2>&1";
    const run = await started("echo started; sleep 0.5; exit 3", "", { beside });
    assert.equal(await run.end(), 3);
    const pid = /^beside (\d+)$/m.exec(run.output)?.[1];
    assert.ok(pid !== undefined, run.output);
    const gone = (): Promise<true | undefined> =>
      Promise.resolve(existsSync(`/proc/${pid}`) ? undefined : true);
    await eventually(`process ${pid} is gone`, gone, { timeoutSeconds: 10, intervalMilliseconds: 10 });
  });

  it("leaves no zombie of a process that others left behind", async () => {
    // The inner shell ends at once; what it started is an orphan, which then ends too.
    const orphan = "orphan=$(sh -c 'sleep 0.1 > /dev/null & echo $!'); echo started";
    const reaped = "for i in $(seq 500); do [ -e /proc/$orphan ] || exit 0; sleep 0.02; done; exit 1";
    const run = await started(`${orphan}; ${reaped}`, "");
    assert.equal(await run.end(), 0, "it is still there");
  });
});
