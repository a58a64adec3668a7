import type { BenchContext } from "./context";
import { emptyStack, preview, tenantsStack, type Preview, type PreviewStack } from "./pulumiPreview";
import type { Findings, Row } from "./results";
import { sample } from "./statistics";
import { secondsOf } from "./wording";

/** Numbers of tenants to preview. */
const sizes = [1, 10, 100] as const;

/**
 * What one more tenant may cost between 10 and 100 tenants, against between 1 and 10. Growth that is linear has
 * 1; the rest is for the noise of a machine that does other things too.
 */
const linearWithin = 1.25;

/** Previews of one number of tenants, and of as many empty resources. */
interface Size {
  readonly tenants: number;
  readonly ours: readonly Preview[];
  readonly reference: readonly Preview[];
}

type Part = "milliseconds" | "totalBytes" | "largestBytes";

/** Time and memory of `pulumi preview` by the number of tenants. */
export async function previewSizes(context: BenchContext): Promise<Findings> {
  const runs = context.runs(3);
  const measured: Size[] = [];
  for (const tenants of sizes) {
    measured.push(
      await context.reporter.during(`preview of ${tenants}`, () => measure(context, tenants, runs)),
    );
  }
  return {
    reference: "as many empty resources",
    rows: [...measured.flatMap(sizeRows), ...growthRows(measured)],
    notes: [
      `${runs} previews each, medians. Memory is resident, at its peak: of all processes together, where what they share counts for each; and of the largest process.`,
      `Linear: a tenant costs at most ${linearWithin} times as much between 10 and 100 tenants as between 1 and 10.`,
    ],
    raw: measured,
  };
}

async function measure(context: BenchContext, tenants: number, runs: number): Promise<Size> {
  const ours = await repeat(context, await tenantsStack(context, tenants), runs);
  const resources = ours[0]?.resources ?? 0;
  const reference = await repeat(context, await emptyStack(context, resources - 1), runs);
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

function sizeRows({ tenants, ours, reference }: Size): readonly Row[] {
  const words = (previews: readonly Preview[]): string =>
    `${secondsOf(median(previews, "milliseconds"))}, ${megabytes(median(previews, "totalBytes"))} ` +
    `(largest ${megabytes(median(previews, "largestBytes"))})`;
  const title = `${tenants} tenant${tenants === 1 ? "" : "s"}, ${ours[0]?.resources ?? 0} resources`;
  return [{ measured: title, target: "", ours: words(ours), reference: words(reference), met: undefined }];
}

/** What one more tenant costs, from the smallest number to the middle one and from there to the largest. */
function growthRows(measured: readonly Size[]): readonly Row[] {
  const [one, ten, hundred] = measured;
  if (one === undefined || ten === undefined || hundred === undefined) return [];
  const parts: readonly (readonly [string, Part, (value: number) => string])[] = [
    ["time", "milliseconds", (value) => `${value.toFixed(0)} ms`],
    ["memory of all processes", "totalBytes", megabytes],
    ["memory of the largest process", "largestBytes", megabytes],
  ];
  return parts.map(([title, part, words]) => {
    const cost = (from: Size, to: Size, which: "ours" | "reference"): number =>
      (median(to[which], part) - median(from[which], part)) / (to.tenants - from.tenants);
    const early = cost(one, ten, "ours");
    const late = cost(ten, hundred, "ours");
    return {
      measured: `one more tenant, ${title}`,
      target: "no more beyond 10 tenants than before",
      ours: `${words(early)} up to 10, ${words(late)} up to 100`,
      reference: `${words(cost(one, ten, "reference"))}, ${words(cost(ten, hundred, "reference"))}`,
      met: late <= early * linearWithin,
    };
  });
}

function megabytes(bytes: number): string {
  const value = bytes / 2 ** 20;
  return `${value.toFixed(Math.abs(value) < 9.95 ? 1 : 0)} MB`;
}
