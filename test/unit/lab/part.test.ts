import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ensurePart,
  isTagOf,
  partRecord,
  partState,
  stopPart,
  type Part,
  type PartLaunch,
} from "../../../lab/platform/part";
import { signalProcess, taggedProcesses } from "../../../lab/platform/processes";
import { statePaths } from "../../../lab/platform/statePaths";
import { holds, notYet } from "../../../lab/platform/waiting";
import { labSettings, type LabSettings } from "../../../lab/settings";

describe("a part of the lab", () => {
  let settings: LabSettings;
  const silent = (): void => undefined;

  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), "nomad-postgres-"));
    settings = labSettings({ stateDir: folder, cacheDir: folder, portOffset: 0 });
  });
  afterEach(async () => {
    for (const left of taggedProcesses(isTagOf(settings))) await signalProcess(left, "SIGKILL");
    rmSync(settings.stateDir, { recursive: true });
  });

  /** A part that says `ready` in its log once it is. */
  const part = (): Part => ({
    name: "toy",
    title: "Toy",
    ports: [],
    readyWithinSeconds: 30,
    stopWithinSeconds: 30,
    look: () => {
      const log = readFileSync(statePaths(settings).log("toy"), "utf8");
      return Promise.resolve(log.includes("ready") ? holds : notYet("it is not ready"));
    },
  });

  const launch = (script: string, configuration: unknown = {}): PartLaunch => ({
    program: { path: process.execPath, version: "1" },
    args: ["-e", script],
    env: {},
    configuration,
  });
  const runs = "console.log('ready'); setInterval(() => {}, 1000)";

  it("is started, found ready, and not started again", async () => {
    assert.deepEqual(await partState(settings, part()), { state: "stopped" });
    assert.equal(await ensurePart(settings, part(), launch(runs), silent), "started");
    const pid = partRecord(settings, part())?.pid;
    assert.deepEqual(await partState(settings, part()), { state: "ready" });
    assert.equal(await ensurePart(settings, part(), launch(runs), silent), "was running");
    assert.equal(partRecord(settings, part())?.pid, pid);

    await stopPart(settings, part());
    assert.deepEqual(await partState(settings, part()), { state: "stopped" });
    assert.equal(existsSync(statePaths(settings).record("toy")), false);
  });

  it("is started anew with another configuration or version, but not for another path", async () => {
    const pidAfter = async (launched: PartLaunch): Promise<number | undefined> => {
      await ensurePart(settings, part(), launched, silent);
      return partRecord(settings, part())?.pid;
    };
    const first = await pidAfter(launch(runs));
    const moved = { ...launch(runs), program: { path: "/elsewhere/toy", version: "1" } };
    assert.equal(await pidAfter(moved), first);
    const configured = await pidAfter(launch(runs, { port: 1 }));
    assert.notEqual(configured, first);
    const upgraded = await pidAfter({
      ...launch(runs, { port: 1 }),
      program: { path: process.execPath, version: "2" },
    });
    assert.notEqual(upgraded, configured);
  });

  it("is dead when its process was killed, and comes back", async () => {
    await ensurePart(settings, part(), launch(runs), silent);
    const record = partRecord(settings, part());
    assert(record !== undefined);
    await signalProcess(record, "SIGKILL");
    while ((await partState(settings, part())).state !== "dead") await new Promise(setImmediate);
    assert.equal(await ensurePart(settings, part(), launch(runs), silent), "started");
    assert.deepEqual(await partState(settings, part()), { state: "ready" });
  });

  it("is failing while it is suspended, and is started anew", async () => {
    await ensurePart(settings, part(), launch(runs), silent);
    const record = partRecord(settings, part());
    assert(record !== undefined);
    await signalProcess(record, "SIGSTOP");
    while ((await partState(settings, part())).state === "ready") await new Promise(setImmediate);
    const state = await partState(settings, part());
    assert.deepEqual(state, { state: "failing", seen: `process ${record.pid} is suspended` });
    const patient = { ...part(), stopWithinSeconds: 0.1 };
    assert.equal(await ensurePart(settings, patient, launch(runs), silent), "started");
  });

  it("that ends at once is reported with what its log says", async () => {
    const dies = "console.log('[INFO] hello'); console.log('[ERROR] no such storage'); process.exit(1)";
    await assert.rejects(ensurePart(settings, part(), launch(dies), silent), {
      name: "UserError",
      message:
        /^Toy did not come up: process \d+ has ended\.\nIts log .*\/logs\/toy\.log says:\n {2}\[ERROR\] no such storage$/,
    });
  });

  it("that never gets ready is reported with what was last seen of it", async () => {
    const slow = { ...part(), readyWithinSeconds: 0.3 };
    await assert.rejects(ensurePart(settings, slow, launch("setInterval(() => {}, 1000)"), silent), {
      name: "UserError",
      message: /^Toy did not come up: not ready after 0\.3 s: it is not ready\.\nIts log .* is empty\.$/,
    });
  });

  it("is settled before it is looked at", async () => {
    const seen: string[] = [];
    const sealed: Part = {
      ...part(),
      settle: () => {
        seen.push("unsealed");
        return Promise.resolve();
      },
      look: () => Promise.resolve(seen.length > 0 ? holds : notYet("sealed")),
    };
    await ensurePart(settings, sealed, launch(runs), silent);
    assert.deepEqual(seen, ["unsealed"]);
  });
});
