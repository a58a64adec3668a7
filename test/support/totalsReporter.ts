import * as fs from "node:fs";
import * as path from "node:path";
import Mocha from "mocha";
import { projectDir } from "../../lab/workspace";
import type { FileTime } from "./fileTimes";

/** What one run of Mocha counted. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  /** Full titles of the tests that this machine can't do. */
  readonly skipped: readonly string[];
  /** Full title and message of each test that failed. */
  readonly failures: readonly string[];
  /** How long each file took. */
  readonly files: readonly FileTime[];
}

/** Mocha's `spec` reporter, which also writes the totals to the file named by TEST_TOTALS_FILE. */
export default class TotalsReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: string[] = [];
    const failures: string[] = [];
    const files = fileTimes(runner);
    runner.on("pending", (test: Mocha.Test) => skipped.push(test.fullTitle()));
    runner.on("fail", (test: Mocha.Test, error: unknown) => {
      failures.push(`${test.fullTitle()}: ${error instanceof Error ? error.message : String(error)}`);
    });
    runner.once("end", () => {
      const file = process.env["TEST_TOTALS_FILE"];
      if (file === undefined) return;
      const totals: Totals = {
        passed: this.stats.passes,
        failed: this.stats.failures,
        ...{ skipped, failures, files: files() },
      };
      fs.writeFileSync(file, JSON.stringify(totals));
    });
  }
}

/** Counts the time of each file, its outermost suites one after the other; what is outside of tests is its hooks'. */
function fileTimes(runner: Mocha.Runner): () => readonly FileTime[] {
  const times = new Map<string, FileTime>();
  let began = 0;
  let inTests = 0;
  const isOutermost = (suite: Mocha.Suite): boolean => suite.parent?.root === true;
  runner.on("suite", (suite) => {
    if (isOutermost(suite)) [began, inTests] = [performance.now(), 0];
  });
  runner.on("test end", (test) => (inTests += test.duration ?? 0));
  runner.on("suite end", (suite) => {
    if (!isOutermost(suite)) return;
    const file = path.relative(projectDir, suite.file ?? "");
    const before = times.get(file) ?? { file, milliseconds: 0, inHooksMilliseconds: 0 };
    const took = performance.now() - began;
    times.set(file, {
      file,
      milliseconds: before.milliseconds + took,
      inHooksMilliseconds: before.inHooksMilliseconds + took - inTests,
    });
  });
  return () => [...times.values()];
}
