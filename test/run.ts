import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { labDown } from "../lab/platform/labDown";
import { labUp } from "../lab/platform/labUp";
import { consoleReporter } from "../lab/report";
import { labSettings, type LabSettings } from "../lab/settings";
import { ensureTools } from "../lab/toolchain/ensureTools";
import { prepareWorkspace, projectDir } from "../lab/workspace";
import type { Totals } from "./support/totalsReporter";

/**
 * Runs every test: first those that need no platform; then those that do, integration and end to end side by side,
 * each on a lab of its own, because most of their time they wait. The last line says how many passed, failed and,
 * where this machine can't do a thing, were skipped. `npm test -- FILE ...` runs just those files, on a lab.
 */
const reporter = consoleReporter();

/** They end the tests that run; the lab is taken down all the same. */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Tests that run one after the other on one lab. */
interface Lane {
  readonly title: string;
  readonly files: readonly string[];
  /** Stands beside the demo's, the bench's and the other lane's, and that of test/integration/lab.test.ts. */
  readonly lab: LabSettings;
  /** What the tests print is held back until they are over. */
  readonly quiet: boolean;
}

function lane(title: string, files: readonly string[], portOffset: 3000 | 4000, quiet = false): Lane {
  const cacheDir = path.join(os.homedir(), ".cache", "nomad-postgres");
  const stateDir = path.join(cacheDir, portOffset === 3000 ? "test-lab" : "test-lab-2");
  return { title, files, lab: labSettings({ stateDir, cacheDir, portOffset }), quiet };
}

/** What counts for tests that could not be run: one failure, which says why. */
function notRun(why: string): Totals {
  reporter.say(why);
  return { passed: 0, failed: 1, skipped: [], failures: [why] };
}

/** Runs the test files of some folders in a process of their own. A run that ends without totals has failed. */
async function runMocha(
  { title, files, quiet }: Pick<Lane, "title" | "files" | "quiet">,
  env: NodeJS.ProcessEnv,
): Promise<Totals> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "nomad-postgres-totals-"));
  const totalsFile = path.join(folder, "totals.json");
  if (!quiet) reporter.say(`\n${title}`);
  const mocha = path.join(projectDir, "node_modules", "mocha", "bin", "mocha.js");
  const child = spawn(
    process.execPath,
    [mocha, "--reporter", path.join(__dirname, "support", "totalsReporter.ts"), ...files],
    {
      cwd: projectDir,
      env: { ...env, TEST_TOTALS_FILE: totalsFile },
      stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    },
  );
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  const stop = (): boolean => child.kill("SIGTERM");
  for (const signal of stopSignals) process.once(signal, stop);
  await new Promise((resolve) => child.once("close", resolve));
  for (const signal of stopSignals) process.off(signal, stop);
  if (quiet) process.stdout.write(`\n${title}\n${printed}`);
  const totals = fs.existsSync(totalsFile)
    ? (JSON.parse(fs.readFileSync(totalsFile, "utf8")) as Totals)
    : notRun(`${title}: the run ended before it could count`);
  fs.rmSync(folder, { recursive: true });
  return totals;
}

/** Brings each lane's lab up, one after the other, and then runs them side by side. */
async function onLabs(lanes: readonly Lane[]): Promise<readonly Totals[]> {
  const [first] = lanes;
  if (first === undefined) return [];
  const tools = await ensureTools({ cacheDir: first.lab.toolsDir, reporter });
  for (const { lab } of lanes) await labDown(lab, { purge: true, reporter });
  try {
    const ready: (readonly [Lane, NodeJS.ProcessEnv])[] = [];
    for (const one of lanes) {
      await labUp(one.lab, tools, reporter);
      const { env, configFile } = await prepareWorkspace(one.lab, tools, reporter);
      ready.push([one, { ...env, TEST_STACK_CONFIG: configFile }]);
    }
    return await Promise.all(ready.map(([one, env]) => runMocha(one, env)));
  } finally {
    for (const { lab } of lanes) await labDown(lab, { purge: true, reporter });
  }
}

/** Tests on labs; a lab that can't be used is a failure like any other. */
async function onLabsOrFailed(lanes: readonly Lane[]): Promise<readonly Totals[]> {
  try {
    return await onLabs(lanes);
  } catch (error) {
    return [notRun(`The lab could not be used: ${error instanceof Error ? error.message : String(error)}`)];
  }
}

async function allTests(): Promise<readonly Totals[]> {
  const withoutPlatform = {
    title: "Tests without a platform",
    files: ["test/unit/**/*.test.ts", "test/contract/**/*.test.ts"],
    quiet: false,
  };
  return [
    await runMocha(withoutPlatform, process.env),
    ...(await onLabsOrFailed([
      lane("Tests on the lab", ["test/integration/**/*.test.ts"], 3000),
      lane("Tests from end to end", ["test/e2e/*.test.ts"], 4000, true),
    ])),
  ];
}

async function main(): Promise<void> {
  const files = process.argv.slice(2);
  const named = lane("Tests on the lab", files, 3000);
  const runs = files.length > 0 ? await onLabsOrFailed([named]) : await allTests();
  const sum = (count: (totals: Totals) => number): number =>
    runs.reduce((total, run) => total + count(run), 0);
  const skipped = runs.flatMap((run) => run.skipped);
  for (const title of skipped) process.stdout.write(`skipped: ${title}\n`);
  for (const failure of runs.flatMap((run) => run.failures)) process.stdout.write(`failed: ${failure}\n`);
  const failed = sum((run) => run.failed);
  const tail = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
  process.stdout.write(`${sum((run) => run.passed)} passed, ${failed} failed${tail}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
