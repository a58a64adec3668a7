import { clustersTable, type ClustersOutput } from "./clustersTable";
import { labDown } from "./platform/labDown";
import { labUp } from "./platform/labUp";
import { consoleReporter } from "./report";
import { loadLabSettings } from "./settings";
import { ensureTools } from "./toolchain/ensureTools";
import { UserError } from "./userError";
import { labStack, prepareWorkspace, pulumi } from "./workspace";

const reporter = consoleReporter();

/** Brings up the lab and the stack `dev` on it, and lists the clusters. */
async function up(): Promise<void> {
  const settings = loadLabSettings();
  const tools = await ensureTools({ cacheDir: settings.toolsDir, reporter });
  await labUp(settings, tools, reporter);
  const workspace = await prepareWorkspace(settings, tools, reporter);
  const inStack = ["--stack", labStack];
  await pulumi(workspace, [
    "up",
    "--yes",
    "--skip-preview",
    ...inStack,
    "--config-file",
    workspace.configFile,
  ]);
  const outputs = JSON.parse(
    await pulumi(workspace, ["stack", "output", "--json", ...inStack], { quiet: true }),
  ) as {
    clusters: ClustersOutput;
  };
  process.stdout.write(`\n${clustersTable(outputs.clusters)}\n`);
}

/** Takes away all that `up` made: the clusters, their data, the lab and its state. */
async function down(): Promise<void> {
  await labDown(loadLabSettings(), { purge: true, reporter });
}

const commands: Readonly<Record<string, () => Promise<void>>> = { up, down };

async function main(): Promise<void> {
  const command = process.argv[2] ?? "up";
  const run = commands[command];
  if (run === undefined)
    throw new UserError(`There is no "${command}" here. Use: npm run demo, npm run demo:down.`);
  await run();
}

void main();
