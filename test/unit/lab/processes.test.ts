import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSameProcess, observeProcess, parseStat } from "../../../lab/platform/processIdentity";
import {
  launchProcess,
  liveProcess,
  readRecord,
  signalProcess,
  stopProcess,
  taggedProcesses,
  type ProcessLaunch,
} from "../../../lab/platform/processes";
import { takenPorts } from "../../../lab/platform/portUse";
import { eventually } from "../../support/waiting";

describe("a process's identity", () => {
  it("is read from stat even when the program's name is made to confuse", () => {
    const fields = ["S", ...Array.from({ length: 49 }, (_, index) => String(index + 4))];
    const stat = `123 (a) S (b c) ${fields.join(" ")}`;
    assert.deepEqual(parseStat(stat), { state: "S", threads: 20, startTicks: "22" });
    assert.equal(parseStat(""), undefined);
  });

  const recorded = { pid: 7, startTicks: "100", bootId: "a", executable: "/bin/nomad" };
  const seen = { ...recorded, state: "S", threads: 8 };

  const same = {
    "nothing of it changed": seen,
    "it is suspended": { ...seen, state: "T" },
    "it is ending and has let go of its program": { ...seen, state: "R", executable: "" },
    "its first thread is dead and others are not": { ...seen, state: "Z", threads: 2, executable: "" },
  };
  for (const [when, now] of Object.entries(same)) {
    it(`is the same while ${when}`, () => {
      assert.equal(isSameProcess(recorded, now), true);
    });
  }

  const others = {
    "the pid was handed out again later in the same boot": { ...seen, startTicks: "101" },
    "the machine was booted since": { ...seen, bootId: "b" },
    "another program runs under the pid": { ...seen, executable: "/bin/vi" },
    "it is dead and only waits to be reaped": { ...seen, state: "Z", threads: 1, executable: "" },
    "there is no such pid": undefined,
  };
  for (const [when, other] of Object.entries(others)) {
    it(`is another when ${when}`, () => {
      assert.equal(isSameProcess(recorded, other), false);
    });
  }
});

describe("a supervised process", () => {
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nomad-postgres-"));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const left of taggedProcesses((tag) => tag.startsWith(folder))) await signalProcess(left, "SIGKILL");
    rmSync(folder, { recursive: true });
  });

  function launch(script: string): ProcessLaunch {
    return {
      executable: process.execPath,
      args: ["-e", script],
      env: { GIVEN: "yes" },
      logFile: join(folder, "logs", "part.log"),
      recordFile: join(folder, "run", "part.json"),
      tag: `${folder}:part`,
      launchedWith: "abc",
    };
  }

  /** The first line of its log, once it is there. */
  const firstLine = (): Promise<string> =>
    eventually(
      "its first line",
      (saw) => {
        const log = readFileSync(join(folder, "logs", "part.log"), "utf8");
        saw(log);
        return Promise.resolve(log.includes("\n") ? log.split("\n")[0] : undefined);
      },
      { timeoutSeconds: 30, intervalMilliseconds: 10 },
    );

  const forEver = "setInterval(() => {}, 1000)";

  it("is recorded, found by its tag, and ended", async () => {
    const record = await launchProcess(launch(forEver));
    assert.deepEqual(readRecord(join(folder, "run", "part.json")), record);
    assert.equal(liveProcess(record)?.pid, record.pid);
    assert.deepEqual(
      taggedProcesses((tag) => tag === `${folder}:part`).map(({ pid }) => pid),
      [record.pid],
    );
    await stopProcess(record, 5);
    assert.equal(liveProcess(record), undefined);
  });

  it("is killed when it doesn't end by itself", async () => {
    const script = `process.on("SIGTERM", () => {}); console.log("ready"); ${forEver}`;
    const record = await launchProcess(launch(script));
    assert.equal(await firstLine(), "ready");
    await stopProcess(record, 0.2);
    assert.equal(liveProcess(record), undefined);
  });

  it("is there as long as it holds a port", async () => {
    const holds = `const much = Buffer.alloc(2 ** 27, 1);
      const server = require("net").createServer().listen(0, "127.0.0.203", () => {
        console.log(server.address().port);
      });`;
    const record = await launchProcess(launch(holds));
    const port = Number(await firstLine());
    await signalProcess(record, "SIGKILL");
    while (liveProcess(record) !== undefined) await new Promise(setImmediate);
    const use = { address: "127.0.0.203", port, purpose: "", protocols: ["tcp"] } as const;
    assert.deepEqual(await takenPorts([use]), []);
  });

  it("inherits nothing that would change what the agents do", async () => {
    process.env["CONSUL_HTTP_TOKEN"] = "secret";
    process.env["AWS_CA_BUNDLE"] = "/ca.pem";
    try {
      const record = await launchProcess(launch(forEver));
      const names = readFileSync(`/proc/${record.pid}/environ`, "utf8").split("\0");
      assert(names.includes("GIVEN=yes"));
      assert(!names.some((entry) => /^(CONSUL_|AWS_)/.test(entry)));
    } finally {
      delete process.env["CONSUL_HTTP_TOKEN"];
      delete process.env["AWS_CA_BUNDLE"];
    }
  });

  it("is never mistaken for somebody else's process that has got its pid", async () => {
    const stranger = spawn(process.execPath, ["-e", forEver]);
    children.push(stranger);
    assert(stranger.pid !== undefined);
    const now = observeProcess(stranger.pid);
    assert(now !== undefined);
    const stale = { ...now, startTicks: String(Number(now.startTicks) - 1) };

    assert.equal(liveProcess(stale), undefined);
    assert.equal(await signalProcess(stale, "SIGKILL"), false);
    await stopProcess(stale, 1);
    assert.notEqual(liveProcess(now), undefined);
  });

  it("has no record when the file is damaged", () => {
    const path = join(folder, "record.json");
    assert.equal(readRecord(path), undefined);
    for (const text of ["", "{", '{"pid": 0}', '{"pid": 1, "startTicks": "1"}']) {
      writeFileSync(path, text);
      assert.equal(readRecord(path), undefined);
    }
  });

  it("may have ended before it could be looked at", async () => {
    const record = await launchProcess({ ...launch(""), executable: "/bin/true", args: [] });
    const gone = () => Promise.resolve(liveProcess(record) === undefined ? true : undefined);
    await eventually("its end", gone, { timeoutSeconds: 10, intervalMilliseconds: 10 });
  });

  it("that can't be run is a sentence", async () => {
    await assert.rejects(launchProcess({ ...launch(""), executable: "/nowhere/nomad" }), {
      name: "UserError",
      message: /\/nowhere\/nomad can't be run: .*ENOENT/,
    });
  });
});
