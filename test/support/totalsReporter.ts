import * as fs from "node:fs";
import Mocha from "mocha";

/** What one run of Mocha counted. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  /** Full titles of the tests that this machine can't do. */
  readonly skipped: readonly string[];
  /** Full title and message of each test that failed. */
  readonly failures: readonly string[];
}

/** Mocha's `spec` reporter, which also writes the totals to the file named by TEST_TOTALS_FILE. */
export default class TotalsReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: string[] = [];
    const failures: string[] = [];
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
        skipped,
        failures,
      };
      fs.writeFileSync(file, JSON.stringify(totals));
    });
  }
}
