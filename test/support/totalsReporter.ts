import * as fs from "node:fs";
import Mocha from "mocha";

/** What one run of Mocha counted. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  /** Full titles of the tests that this machine can't do. */
  readonly skipped: readonly string[];
}

/** Mocha's `spec` reporter, which also writes the totals to the file named by TEST_TOTALS_FILE. */
export default class TotalsReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: string[] = [];
    runner.on("pending", (test: Mocha.Test) => skipped.push(test.fullTitle()));
    runner.once("end", () => {
      const file = process.env["TEST_TOTALS_FILE"];
      if (file === undefined) return;
      const { passes, failures } = this.stats;
      const totals: Totals = { passed: passes, failed: failures, skipped };
      fs.writeFileSync(file, JSON.stringify(totals));
    });
  }
}
