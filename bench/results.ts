import * as os from "node:os";
import { aligned } from "../patroni/alignedRows";

/** One figure in the table, beside what it is held against. */
export interface Row {
  readonly measured: string;
  /** What is aimed at; empty where nothing is. */
  readonly target: string;
  readonly ours: string;
  /** The same thing done without this program, measured in the same run; empty where there is no such thing. */
  readonly reference: string;
  /** Whether the target is met; undefined where there is none. */
  readonly met: boolean | undefined;
}

/** What a section of the bench found. */
export interface Findings {
  readonly rows: readonly Row[];
  /** What the reference is, in a few words. */
  readonly reference: string;
  /** Lines below the table: what a figure doesn't say. */
  readonly notes: readonly string[];
  /** Every value as it was measured, for the JSON. */
  readonly raw: unknown;
}

/** A section with the circumstances under which it was measured. */
export interface SectionReport {
  readonly name: string;
  readonly title: string;
  readonly startedAt: string;
  readonly seconds: number;
  /** The machine's load average over 1 minute, before and after: beyond the number of its cores it was busy. */
  readonly load: { readonly before: number; readonly after: number };
  readonly findings: Findings | undefined;
  /** Why the section ended without findings. */
  readonly failure: string | undefined;
}

/** Measures a section's circumstances around its work. A section that fails doesn't keep the others from running. */
export async function reported(
  section: { readonly name: string; readonly title: string },
  work: () => Promise<Findings>,
): Promise<SectionReport> {
  const { name, title } = section;
  const startedAt = new Date();
  const before = loadAverage();
  const outcome = await work().then(
    (findings) => ({ findings, failure: undefined }),
    (error: unknown) => ({ findings: undefined, failure: failureOf(error) }),
  );
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
  const load = { before, after: loadAverage() };
  return { name, title, startedAt: startedAt.toISOString(), seconds, load, ...outcome };
}

/** A section's table as text. */
export function sectionTable({ title, load, seconds, findings, failure }: SectionReport): string {
  const heading = `${title} (${seconds} s; load average ${load.before} before, ${load.after} after, ${os.cpus().length} cores)`;
  if (findings === undefined) return `${heading}\n  failed: ${failure ?? ""}\n`;
  const header = ["measured", "target", "ours", findings.reference, ""];
  const rows = findings.rows.map(({ measured, target, ours, reference, met }) => [
    measured,
    target,
    ours,
    reference,
    met === undefined ? "" : met ? "met" : "MISSED",
  ]);
  const lines = [...aligned([header, ...rows]), ...findings.notes];
  return [heading, ...lines.map((line) => `  ${line}`), ""].join("\n");
}

function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env["DEBUG"] === undefined ? error.message : (error.stack ?? error.message);
}

function loadAverage(): number {
  return Math.round((os.loadavg()[0] ?? 0) * 100) / 100;
}
