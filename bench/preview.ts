import type { BenchContext } from "./context";
import { emptyStack, preview, tenantsStack, type Preview, type PreviewStack } from "./pulumiPreview";
import type { Findings, Row } from "./results";
import { sample } from "./statistics";
import { secondsOf } from "./wording";

/** Numbers of tenants to preview. The third is there to tell growth from what a program has in reserve at first. */
const sizes = [1, 10, 50, 100] as const;

/**
 * What one more tenant may cost between 50 and 100 tenants, against between 1 and 50. Growth that is linear has
 * 1; the rest is for the noise of a machine that does other things too.
 */
const linearWithin = 1.25;

/** Previews of one number of tenants, and of as many empty resources. */
interface Size {
  readonly tenants: number;
  readonly ours: readonly Preview[];
  readonly reference: readonly Preview[];
}

type Part = "milliseconds" | "cpuMilliseconds" | "totalBytes" | "largestBytes";

/** Time and memory of `pulumi preview` by the number of tenants. */
export async function previewSizes(context: BenchContext): Promise<Findings> {
  const runs = context.runs(3);
  const measured: Size[] = [];
  for (const tenants of sizes) {
    const what = `preview of ${tenants} tenants`;
    measured.push(await context.reporter.during(what, () => measure(context, tenants, runs)));
  }
  return {
    reference: "as many empty resources",
    rows: [...measured.map(sizeRow), ...growthRows(measured)],
    notes: [
      `${runs} previews each, medians. Memory is resident, at its peak: of all processes together, where what they share counts for each; and of the largest.`,
      `Linear: a tenant costs at most ${linearWithin} times as much between 50 and 100 tenants as between 1 and 50.`,
    ],
    raw: measured,
  };
}

async function measure(context: BenchContext, tenants: number, runs: number): Promise<Size> {
  const ours = await repeat(context, await tenantsStack(context, tenants), runs);
  // The stack itself counts as a resource.
  const resources = (ours[0]?.resources ?? 1) - 1;
  const reference = await repeat(context, await emptyStack(context, resources), runs);
  return { tenants, ours, reference };
}

async function repeat(context: BenchContext, stack: PreviewStack, runs: number): Promise<readonly Preview[]> {
  const previews: Preview[] = [];
  for (let run = 1; run <= runs; run += 1) previews.push(await preview(context, stack));
  return previews;
}

function median(previews: readonly Preview[], part: Part): number {
  return sample(previews.map((one) => one[part])).median;
}

function sizeRow({ tenants, ours, reference }: Size): Row {
  const words = (previews: readonly Preview[]): string =>
    `${secondsOf(median(previews, "milliseconds"))} (processor ${secondsOf(median(previews, "cpuMilliseconds"))}), ` +
    `${megabytes(median(previews, "totalBytes"))} (largest ${megabytes(median(previews, "largestBytes"))})`;
  const measured = `${tenants} tenant${tenants === 1 ? "" : "s"}, ${ours[0]?.resources ?? 0} resources`;
  return { measured, target: "", ours: words(ours), reference: words(reference), met: undefined };
}

const growing: readonly (readonly [string, Part, (value: number) => string])[] = [
  ["time", "milliseconds", milliseconds],
  ["processor time", "cpuMilliseconds", milliseconds],
  ["memory of all processes", "totalBytes", megabytes],
  ["memory of the largest process", "largestBytes", megabytes],
];

/** What one more tenant costs, in the first half and in the second. */
function growthRows(measured: readonly Size[]): readonly Row[] {
  const [first, , middle, last] = measured;
  if (first === undefined || middle === undefined || last === undefined) return [];
  return growing.map(([title, part, words]) => {
    const cost = (from: Size, to: Size, which: "ours" | "reference"): number =>
      (median(to[which], part) - median(from[which], part)) / (to.tenants - from.tenants);
    const early = cost(first, middle, "ours");
    const late = cost(middle, last, "ours");
    return {
      measured: `one more tenant, ${title}`,
      target: "linear",
      ours: `${words(early)} up to 50, ${words(late)} up to 100`,
      reference: `${words(cost(first, middle, "reference"))}, ${words(cost(middle, last, "reference"))}`,
      met: late <= early * linearWithin,
    };
  });
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function megabytes(bytes: number): string {
  const value = bytes / 2 ** 20;
  return `${value.toFixed(Math.abs(value) < 9.95 ? 1 : 0)} MB`;
}
