import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { labDown } from "../lab/platform/labDown";
import { labManagement } from "../lab/platform/labEnvironment";
import { labUp } from "../lab/platform/labUp";
import { consoleReporter } from "../lab/report";
import { labSettings, parseOffset, type LabSettings } from "../lab/settings";
import { ensureTools } from "../lab/toolchain/ensureTools";
import { prepareWorkspace, projectDir } from "../lab/workspace";
import { slowestFiles } from "./support/fileTimes";
import type { Totals } from "./support/totalsReporter";

/**
 * Checks the types and runs every test: first those that need no platform, then, on a lab of their own, those that do. The last
 * line says how many passed, failed and, where this machine can't do a thing, were skipped.
 * `npm test -- FILE ...` runs just those files, on the lab. With another offset in the variable below, two runs on one
 * machine have a lab each.
 */
const reporter = consoleReporter();

/** How many of the slowest files a run names at its end. */
const filesShown = 20;

/** They end the tests that run; the lab is taken down all the same. */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What is added to the ports of the tests' lab. */
const offsetVariable = "NOMAD_POSTGRES_TEST_LAB_PORT_OFFSET";

/** The tests' lab stands beside a demo that runs on this machine. */
function testLab(): LabSettings {
  const cacheDir = path.join(os.homedir(), ".cache", "nomad-postgres");
  const portOffset = parseOffset(offsetVariable, process.env[offsetVariable], 3000);
  return labSettings({ stateDir: path.join(cacheDir, `test-lab-${portOffset}`), cacheDir, portOffset });
}

/** What counts for a part of the run that could not be had: one failure, which says why. */
function notRun(why: string): Totals {
  reporter.say(why);
  return { passed: 0, failed: 1, skipped: [], failures: [why], files: [] };
}

/** Runs a tool of node_modules, which stops when this run does. Returns its exit code; null when a signal ended it. */
async function runTool([tool, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv) {
  const program = path.join(projectDir, "node_modules", tool);
  const stdio = ["ignore", "inherit", "inherit"] as const;
  const child = spawn(process.execPath, [program, ...args], { cwd: projectDir, env, stdio: [...stdio] });
  const stop = (): boolean => child.kill("SIGTERM");
  for (const signal of stopSignals) process.once(signal, stop);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  for (const signal of stopSignals) process.off(signal, stop);
  return code;
}

/** Checks the types of all that is TypeScript, once: no test does it again for what it loads (.mocharc.json). */
async function checkTypes(): Promise<Totals> {
  reporter.say("\nTypes");
  const code = await runTool(["typescript/bin/tsc", "--noEmit"], process.env);
  return code === 0
    ? { passed: 0, failed: 0, skipped: [], failures: [], files: [] }
    : notRun("The types don't fit: see what tsc says above.");
}

/** Runs the test files of some folders in a process of their own. A run that ends without totals has failed. */
async function runMocha(title: string, patterns: readonly string[], env: NodeJS.ProcessEnv): Promise<Totals> {
  const totalsFile = path.join(os.tmpdir(), `nomad-postgres-totals-${process.pid}.json`);
  fs.rmSync(totalsFile, { force: true });
  reporter.say(`\n${title}`);
  const reporterFile = path.join(__dirname, "support", "totalsReporter.ts");
  const args = ["mocha/bin/mocha.js", "--reporter", reporterFile, ...patterns] as const;
  await runTool(args, { ...env, TEST_TOTALS_FILE: totalsFile });
  if (!fs.existsSync(totalsFile)) {
    return notRun(`${title}: the run ended before it could count`);
  }
  const totals = JSON.parse(fs.readFileSync(totalsFile, "utf8")) as Totals;
  fs.rmSync(totalsFile);
  return totals;
}

async function onLab(files: readonly string[]): Promise<Totals> {
  const settings = testLab();
  const tools = await ensureTools({ cacheDir: settings.toolsDir, reporter });
  await labDown(settings, { purge: true, reporter });
  try {
    await labUp(settings, tools, reporter);
    const { env, configFile } = await prepareWorkspace(settings, tools, reporter);
    // Tests act as the lab's own administrator, but for `pulumi up`, which has the operator's rights (TestStack).
    const asManagement = { ...env, ...labManagement(settings), TEST_STACK_CONFIG: configFile };
    return await runMocha("Tests on the lab", files, asManagement);
  } finally {
    await labDown(settings, { purge: true, reporter });
  }
}

/** Tests on the lab; a lab that can't be used is a failure like any other. */
async function onLabOrFailed(files: readonly string[]): Promise<Totals> {
  try {
    return await onLab(files);
  } catch (error) {
    return notRun(`The lab could not be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function allTests(): Promise<readonly Totals[]> {
  const withoutPlatform = ["test/unit/**/*.test.ts", "test/contract/**/*.test.ts"];
  return [
    await checkTypes(),
    await runMocha("Tests without a platform", withoutPlatform, process.env),
    await onLabOrFailed(["test/integration/**/*.test.ts", "test/e2e/*.test.ts"]),
  ];
}

async function main(): Promise<void> {
  const files = process.argv.slice(2);
  const runs = files.length > 0 ? [await onLabOrFailed(files)] : await allTests();
  const sum = (count: (totals: Totals) => number): number =>
    runs.reduce((total, run) => total + count(run), 0);
  const times = runs.flatMap((run) => run.files);
  for (const line of slowestFiles(times, filesShown)) process.stdout.write(`${line}\n`);
  const skipped = runs.flatMap((run) => run.skipped);
  for (const title of skipped) process.stdout.write(`skipped: ${title}\n`);
  for (const failure of runs.flatMap((run) => run.failures)) process.stdout.write(`failed: ${failure}\n`);
  const failed = sum((run) => run.failed);
  const tail = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
  process.stdout.write(`${sum((run) => run.passed)} passed, ${failed} failed${tail}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main();
