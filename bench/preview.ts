import type { BenchContext } from "./context";
import { growthOf, linearUpTo, type Growth } from "./growth";
import { emptyStack, preview, tenantsStack, type Preview } from "./pulumiPreview";
import type { Findings, Row } from "./results";
import { sample } from "./statistics";
import { secondsOf } from "./wording";

/**
 * Numbers of tenants to preview. Twice as many as the target speaks of: over a wider range the stairs that memory
 * makes (see `linearUpTo`) are told from growth that bends.
 */
const sizes = [1, 10, 25, 50, 100, 150, 200] as const;

/** Previews of one number of tenants, and of as many empty resources. */
interface Size {
  readonly tenants: number;
  readonly ours: Preview[];
  readonly reference: Preview[];
}

type Part = "milliseconds" | "cpuMilliseconds" | "totalBytes" | "largestBytes";

/** Time and memory of `pulumi preview` by the number of tenants. */
export async function previewSizes(context: BenchContext): Promise<Findings> {
  const runs = context.runs(3);
  // The first preview after a change compiles the providers (providers/loadTypeScript.js), which no other has to.
  await context.reporter.during("a first preview", async () =>
    preview(context, await tenantsStack(context, sizes[0])),
  );
  const measured = sizes.map((tenants): Size => ({ tenants, ours: [], reference: [] }));
  // In turn, so that what else the machine does hits all sizes alike.
  for (let run = 1; run <= runs; run += 1) {
    for (const size of measured) {
      const what = `preview ${run} of ${runs} of ${size.tenants} tenants`;
      await context.reporter.during(what, () => measureOnce(context, size));
    }
  }
  return {
    reference: "as many empty resources",
    rows: [...measured.map(sizeRow), ...growthRows(measured)],
    notes: [
      `${runs} previews each, in turn, medians. Memory is resident, at its peak: of all processes together, where what they share counts for each; and of the largest.`,
      `One more tenant: the slope of a straight line through all sizes; and, as n^…, the power that fits what is beyond a fixed cost: 1 is a straight line, 2 a square.`,
    ],
    raw: measured,
  };
}

async function measureOnce(context: BenchContext, { tenants, ours, reference }: Size): Promise<void> {
  const one = await preview(context, await tenantsStack(context, tenants));
  ours.push(one);
  // The stack itself counts as a resource.
  reference.push(await preview(context, await emptyStack(context, one.resources - 1)));
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

/** What one more tenant costs, and whether it stays so. */
function growthRows(measured: readonly Size[]): readonly Row[] {
  return growing.map(([title, part, words]) => {
    const growth = (which: "ours" | "reference"): Growth =>
      growthOf(measured.map((size) => ({ size: size.tenants, value: median(size[which], part) })));
    const told = ({ each, power }: Growth): string => `${words(each)}, n^${power.toFixed(2)}`;
    const ours = growth("ours");
    return {
      measured: `one more tenant, ${title}`,
      target: `n^${linearUpTo}`,
      ours: told(ours),
      reference: told(growth("reference")),
      met: ours.power <= linearUpTo,
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
