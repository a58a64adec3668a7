import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../../../lab/toolchain/lock";
import { thisProcess, type Owner } from "../../../lab/toolchain/owner";
import { eventually } from "../../support/waiting";
import { inTemporaryFolder } from "./toolchainFakes";

const patient = { patienceMilliseconds: 30_000 };

function startHolder(directory: string, log: string, times: number): ChildProcess {
  const program = join(__dirname, "toolchainLockHolder.ts");
  return spawn(process.execPath, ["-r", "ts-node/register", program, directory, log, String(times)], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, TS_NODE_TRANSPILE_ONLY: "1" },
  });
}

function linesOf(log: string): string[] {
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
}

function leaveClaim(directory: string, number: number, owner: Owner): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `lock.${number}`), JSON.stringify({ owner, released: false }));
}

describe("the lock of a tool", function () {
  this.timeout(90_000);

  it("is held by one process at a time", () =>
    inTemporaryFolder(async (folder) => {
      const log = join(folder, "log");
      const holders = [1, 2, 3, 4].map(() => startHolder(join(folder, "tool"), log, 15));
      const ends = await Promise.all(holders.map((holder) => once(holder, "exit")));
      assert.deepEqual(
        ends.map(([code]) => code as unknown),
        [0, 0, 0, 0],
      );
      const lines = linesOf(log);
      assert.equal(lines.length, 4 * 15 * 2);
      for (let index = 0; index < lines.length; index += 2) {
        assert.equal(lines[index]?.replace("enter", "leave"), lines[index + 1]);
      }
      assert.equal(readdirSync(join(folder, "tool")).length, 1);
    }));

  it("passes on from a process that was killed", () =>
    inTemporaryFolder(async (folder) => {
      const [directory, log] = [join(folder, "tool"), join(folder, "log")];
      const holder = startHolder(directory, log, 0);
      const exit = once(holder, "exit");
      try {
        const held = () => Promise.resolve(linesOf(log).length > 0 ? true : undefined);
        await eventually("the holder has the lock", held, { timeoutSeconds: 60, intervalMilliseconds: 20 });
        await assert.rejects(
          withLock(directory, { patienceMilliseconds: 300 }, () => Promise.resolve()),
          (error: Error) =>
            error.name === "UserError" && error.message.includes(`process ${holder.pid ?? 0} on`),
        );
      } finally {
        holder.kill("SIGKILL");
      }
      await exit;
      assert.equal(await withLock(directory, patient, () => Promise.resolve("mine")), "mine");
    }));

  it("isn't kept by a process that only has the number of the owner", () =>
    inTemporaryFolder(async (folder) => {
      const self = thisProcess();
      leaveClaim(folder, 7, { ...self, startTicks: "1" });
      assert.equal(
        await withLock(folder, patient, () => Promise.resolve(readdirSync(folder).join())),
        "lock.8",
      );
    }));

  it("isn't kept from before the last boot", () =>
    inTemporaryFolder(async (folder) => {
      leaveClaim(folder, 1, { ...thisProcess(), bootId: "another" });
      await withLock(folder, patient, () => Promise.resolve());
    }));

  it("says once whom it waits for, and never breaks another machine's lock", () =>
    inTemporaryFolder(async (folder) => {
      leaveClaim(folder, 1, { ...thisProcess(), host: "elsewhere", pid: 1 });
      const waitedFor: string[] = [];
      const onWait = ({ host }: Owner): void => {
        waitedFor.push(host);
      };
      const waits = withLock(folder, { onWait, patienceMilliseconds: 500 }, () => Promise.resolve());
      await assert.rejects(waits, /process 1 on elsewhere still holds .*lock\.1\. Wait until/);
      assert.deepEqual(waitedFor, ["elsewhere"]);
    }));

  it("is free again after work that failed", () =>
    inTemporaryFolder(async (folder) => {
      const fails = withLock(folder, patient, () => Promise.reject(new Error("disk full")));
      await assert.rejects(fails, /disk full/);
      await withLock(folder, patient, () => Promise.resolve());
    }));
});
