import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { nomadAddress } from "../lab/platform/endpoints";
import { labTokens } from "../lab/platform/tokens";
import type { BenchContext } from "./context";

/** What `nomad job run` made of a job. */
export interface JobRun {
  /** Until it ended; undefined when it was still at it at the limit. */
  readonly endedMilliseconds: number | undefined;
  readonly exitCode: number | undefined;
  /** Until its output named the cause; undefined when it never did. */
  readonly namedMilliseconds: number | undefined;
  readonly output: string;
}

/** Runs a job as an operator does who waits for it, for at most `secondsAtMost`. */
export async function nomadJobRun(
  { tools, settings }: BenchContext,
  job: object,
  names: RegExp,
  secondsAtMost: number,
): Promise<JobRun> {
  const file = path.join(settings.stateDir, "bench-job.json");
  fs.writeFileSync(file, JSON.stringify({ Job: job }));
  const began = performance.now();
  const child = spawn(tools.nomad.path, ["job", "run", "-json", file], {
    env: {
      ...process.env,
      NOMAD_ADDR: nomadAddress(settings),
      NOMAD_TOKEN: labTokens(settings).nomadManagement,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let namedMilliseconds: number | undefined;
  const hear = (chunk: Buffer): void => {
    output += chunk.toString();
    if (names.test(output)) namedMilliseconds ??= performance.now() - began;
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const timer = setTimeout(() => child.kill("SIGKILL"), secondsAtMost * 1000);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  clearTimeout(timer);
  const ended = exitCode === null ? undefined : performance.now() - began;
  return { endedMilliseconds: ended, exitCode: exitCode ?? undefined, namedMilliseconds, output };
}
