import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { runPulumi, type PulumiPlace } from "../commands/pulumiCli";
import { runReview } from "../commands/review/run";
import { labStack } from "../lab/workspace";
import type { Review } from "../patroni/review/model";
import { parsePreview } from "../patroni/review/previewDocument";
import { deployedState } from "../test/support/deployedState";
import { benchConfig, type BenchContext } from "./context";
import { tenantNames, tenantsStack } from "./pulumiPreview";
import type { Findings } from "./results";
import { range } from "./wording";

const tenants = 100;

/** What two of them are changed to: one effect of each common kind. */
const changes = [
  { members: 3, parameters: { max_connections: 200 } },
  { members: 3, parameters: { work_mem: "8MB" } },
];

/** A preview of 100 tenants took half a minute on a busy machine. */
const previewSeconds = 600;

/** `npm run review` of 100 deployed tenants of which 2 are changed, against a plain preview of the same. */
export async function reviewTime(context: BenchContext): Promise<Findings> {
  const runs = context.runs(3);
  const { place, args } = await context.reporter.during("a deployed stack of 100 tenants", () =>
    deployed(context),
  );
  const ours: number[] = [];
  const plain: number[] = [];
  // In turn, so that what else the machine does hits both alike.
  for (let run = 1; run <= runs; run += 1) {
    const what = (name: string): string => `${name} ${run} of ${runs}`;
    plain.push(
      await context.reporter.during(what("pulumi preview"), () => timed(() => preview(place, args))),
    );
    ours.push(await context.reporter.during(what("review"), () => timed(() => review(place, args))));
  }
  const measured = `npm run review, ${tenants} tenants of which ${changes.length} changed`;
  return {
    reference: "pulumi preview",
    rows: [{ measured, target: "", ours: range(ours), reference: range(plain), met: undefined }],
    notes: [
      `${runs} runs of each, in turn; smallest / median / largest. The state is made up from a first preview: nothing is deployed.`,
    ],
    raw: { ours, plain },
  };
}

/** What `pulumi` runs with, and its arguments for the changed configuration. */
interface DeployedStack {
  readonly place: PulumiPlace;
  readonly args: readonly string[];
}

/** A stack whose state says that all of its tenants are there as they were, and a configuration in which two changed. */
async function deployed(context: BenchContext): Promise<DeployedStack> {
  const { directory, env, args } = await tenantsStack(context, tenants);
  const place = { program: context.workspace.pulumi, env, projectDirectory: directory };
  const first = parsePreview(await output(place, ["preview", "--json", ...args]));
  if (first === undefined) throw new Error("pulumi preview --json printed no preview");
  const folder = path.join(context.settings.stateDir, `preview-${tenants}`);
  const stateFile = path.join(folder, "deployed.json");
  fs.writeFileSync(stateFile, deployedState(first));
  await output(place, ["stack", "import", "--stack", labStack, "--file", stateFile]);
  const configFile = path.join(folder, "Pulumi.changed.yaml");
  const wanted = tenantNames(tenants).map((name, index) => [name, changes[index] ?? { members: 3 }] as const);
  fs.writeFileSync(configFile, stringify(benchConfig(context.workspace, Object.fromEntries(wanted))));
  return { place, args: ["--stack", labStack, "--config-file", configFile] };
}

async function preview(place: PulumiPlace, args: readonly string[]): Promise<void> {
  await output(place, ["preview", ...args]);
}

/** @throws when it isn't a review of just the tenants that were changed */
async function review(place: PulumiPlace, args: readonly string[]): Promise<void> {
  let text = "";
  const code = await runReview([...args, "--json", "-"], {
    pulumi: place,
    output: { write: (piece) => (text += piece) },
  });
  if (code === 1) throw new Error(`the review failed: ${text.slice(0, 2000)}`);
  const { tenants: touched } = JSON.parse(text) as Review;
  if (touched.length !== changes.length)
    throw new Error(`the review touches ${touched.length} tenants, not ${changes.length}`);
}

async function output(place: PulumiPlace, args: readonly string[]): Promise<string> {
  const end = await runPulumi(place, args, { seconds: previewSeconds });
  if (end.code === 0) return end.output;
  throw new Error(
    `pulumi ${args.join(" ")} ended with ${end.code ?? "a signal"}:\n${end.errors.slice(-2000)}`,
  );
}

/** How long it takes, in milliseconds. */
async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
