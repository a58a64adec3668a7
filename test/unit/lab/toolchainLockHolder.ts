import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { withLock } from "../../../lab/toolchain/lock";

// Run as a process of its own by toolchainLock.test.ts: takes the lock the given number of times and writes
// down when it holds it. With 0 it takes it once and never lets go.
const [directory = "", log = "", times = "1"] = process.argv.slice(2);

async function hold(milliseconds: number): Promise<void> {
  await withLock(directory, { patienceMilliseconds: 60_000 }, async () => {
    appendFileSync(log, `enter ${process.pid}\n`);
    await delay(milliseconds);
    appendFileSync(log, `leave ${process.pid}\n`);
  });
}

async function main(): Promise<void> {
  if (times === "0") await hold(2 ** 31 - 1);
  for (let time = 0; time < Number(times); time++) await hold(5);
}

void main();
