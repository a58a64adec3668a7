import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { labDown } from "../lab/platform/labDown";
import { labEnvironment } from "../lab/platform/labEnvironment";
import { labUp } from "../lab/platform/labUp";
import { consoleReporter } from "../lab/report";
import { labSettings, type LabSettings } from "../lab/settings";
import { ensureTools } from "../lab/toolchain/ensureTools";
import { UserError } from "../lab/userError";
import { prepareWorkspace } from "../lab/workspace";
import { buildImage } from "./benchImage";
import { brokenDeployments } from "./brokenDeployments";
import { benchContext, wantedRuns, type BenchContext } from "./context";
import { divergedReplica } from "./divergedReplica";
import { lateness } from "./lateness";
import { oneTimeCredentials } from "./oneTimeCredentials";
import { previewSizes } from "./preview";
import { parameterReload } from "./parameterReload";
import { readyTime } from "./readyTime";
import { reported, sectionTable, type Findings, type SectionReport } from "./results";
import { reviewTime } from "./reviewTime";
import { switchover } from "./switchover";
import { writeGaps } from "./writeGaps";

/**
 * Measures the program on a lab of its own: `npm run bench` everything, `npm run bench -- <name> …` some
 * sections. Tables go to standard output, progress to standard error, every value to a file. See docs/bench.md.
 */
const reporter = consoleReporter();

/** One thing that is measured. */
interface Section {
  readonly name: string;
  readonly title: string;
  readonly measure: (context: BenchContext) => Promise<Findings>;
}

const sections: readonly Section[] = [
  { name: "readyTime", title: "From registering to ready", measure: readyTime },
  { name: "lateness", title: "The wait's own lateness", measure: lateness },
  { name: "brokenDeployments", title: "Broken deployments named", measure: brokenDeployments },
  { name: "preview", title: "pulumi preview by the number of tenants", measure: previewSizes },
  { name: "review", title: "npm run review of 100 tenants", measure: reviewTime },
  { name: "writeGaps", title: "Longest write gap", measure: writeGaps },
  { name: "switchover", title: "Write gap of a planned switchover", measure: switchover },
  { name: "parameterReload", title: "A parameter that needs no restart", measure: parameterReload },
  { name: "divergedReplica", title: "A diverged member back to streaming", measure: divergedReplica },
  { name: "oneTimeCredentials", title: "One-time logins from Vault", measure: oneTimeCredentials },
];

/** The bench's lab stands beside a demo and tests that run on this machine. */
function benchLab(): LabSettings {
  const cacheDir = path.join(os.homedir(), ".cache", "nomad-postgres");
  return labSettings({ stateDir: path.join(cacheDir, "bench-lab"), cacheDir, portOffset: 5000 });
}

function chosen(names: readonly string[]): readonly Section[] {
  const known = sections.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UserError(`There is no ${unknown.join(", ")} in the bench. Its sections: ${known.join(", ")}.`);
  }
  return names.length === 0 ? sections : sections.filter(({ name }) => names.includes(name));
}

async function measureAll(
  settings: LabSettings,
  wanted: readonly Section[],
): Promise<readonly SectionReport[]> {
  const tools = await ensureTools({ cacheDir: settings.toolsDir, reporter });
  await labDown(settings, { purge: true, reporter });
  await labUp(settings, tools, reporter);
  const workspace = await prepareWorkspace(settings, tools, reporter);
  const imagePrefix = await reporter.during("image", () => buildImage(workspace));
  // The providers take their tokens from the environment, as they do in Pulumi's.
  Object.assign(process.env, labEnvironment(settings));
  const context = benchContext(settings, tools, workspace, imagePrefix, reporter);
  const reports: SectionReport[] = [];
  for (const section of wanted) {
    const report = await reported(section, () => section.measure(context));
    process.stdout.write(`\n${sectionTable(report)}\n`);
    reports.push(report);
    writeResults(reports);
  }
  return reports;
}

/** One file a day; what is measured again that day takes the place of what was. */
function writeResults(reports: readonly SectionReport[]): void {
  const folder = path.join(__dirname, "results");
  const file = path.join(folder, `${new Date().toISOString().slice(0, 10)}.json`);
  fs.mkdirSync(folder, { recursive: true });
  const machine = {
    cores: os.cpus().length,
    model: os.cpus()[0]?.model,
    memoryBytes: os.totalmem(),
    kernel: os.release(),
    node: process.version,
  };
  const names = reports.map(({ name }) => name);
  const others = earlierSections(file).filter(({ name }) => !names.includes(name));
  fs.writeFileSync(file, `${JSON.stringify({ machine, sections: [...others, ...reports] }, undefined, 2)}\n`);
}

function earlierSections(file: string): readonly SectionReport[] {
  if (!fs.existsSync(file)) return [];
  const { sections: earlier } = JSON.parse(fs.readFileSync(file, "utf8")) as {
    readonly sections: readonly SectionReport[];
  };
  return earlier;
}

/** Resolves when somebody wants the bench to stop. */
function interrupted(): Promise<"interrupted"> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        resolve("interrupted");
      });
    }
  });
}

async function main(): Promise<void> {
  const wanted = chosen(process.argv.slice(2));
  wantedRuns();
  // Providers print their progress, as they do in Pulumi; here the table alone belongs to standard output.
  console.log = console.error;
  const settings = benchLab();
  let code = 1;
  try {
    const outcome = await Promise.race([measureAll(settings, wanted), interrupted()]);
    if (outcome === "interrupted") code = 130;
    else if (outcome.every(({ failure }) => failure === undefined)) code = 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    reporter.say(error.message);
  } finally {
    await labDown(settings, { purge: true, reporter });
  }
  // What was interrupted would otherwise go on.
  process.exit(code);
}

void main();
