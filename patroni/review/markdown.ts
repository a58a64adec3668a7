import { count } from "../impact/wording";
import { code, codeBlock, html, inCell, shortened } from "./markdownText";
import type { ResourceChanges, Review, ReviewEffect, TenantReview } from "./model";

/** A comment on GitHub may have 65,536 characters. */
const mostCharacters = 60_000;
const mostOfAChange = { row: 160, detail: 1_000 };
const mostOfProblems = 20_000;

/** First line of every review of a stack: by it the comment of before is found. */
export function reviewMarker(stack: string): string {
  return `<!-- nomad-postgres review: ${stack.replace(/[^\w.-]/g, "")} -->`;
}

/**
 * A review as Markdown, for a comment on a pull request: a table of the tenants that the change touches, worst first,
 * with the details folded. The same review gives the same text. When there is too much for a comment, the details of
 * the mildest are left out, then their rows, and it says so.
 */
export function renderReview(review: Review): string {
  const head = [reviewMarker(review.stack), `### Databases of ${code(review.stack)}`, summary(review)];
  const rows = review.tenants.map(row);
  const details = [...review.tenants.map(detail), ...sharedDetail(review)];
  const fixed = [...head, ...problems(review), ...review.notes].join("\n\n");
  const room = mostCharacters - fixed.length - 500;
  const shownRows = fitting(rows, room, 1);
  const shownDetails = fitting(details, room - lengthOf(shownRows, 1), 2);
  return `${[
    ...head,
    ...problems(review),
    ...review.notes,
    ...table(shownRows),
    ...left(rows.length - shownRows.length, "more tenant"),
    ...shownDetails,
    ...left(details.length - shownDetails.length, "more detail"),
  ].join("\n\n")}\n`;
}

function summary({ tenants, untouched, worst, outcome }: Review): string {
  const rest =
    untouched === null || untouched === 0
      ? ""
      : ` ${count(untouched, "other tenant")} ${untouched === 1 ? "stays" : "stay"} as ${untouched === 1 ? "it is" : "they are"}.`;
  if (outcome === "failed")
    return "**The preview failed**, and `pulumi up` would too. What it says of tenants may not be all.";
  if (tenants.length === 0) return `No tenant is touched.${rest}`;
  return `**${count(tenants.length, "tenant")} touched; worst effect: ${worst}.**${rest}`;
}

function problems({ problems: found, outcome }: Review): readonly string[] {
  if (outcome !== "failed") return [];
  const text = found.length === 0 ? "Pulumi doesn't say why." : found.join("\n\n");
  return [codeBlock(shortened(text, mostOfProblems))];
}

function table(rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return [];
  return [["| tenant | worst effect | what happens |", "| --- | --- | --- |", ...rows].join("\n")];
}

function row({ name, worst, effects, resources }: TenantReview): string {
  const [first, ...others] = effects;
  const more = others.length === 0 ? "" : `; and ${count(others.length, "more effect")}`;
  const what =
    first === undefined
      ? `no effect told; resources: ${resourceCounts(resources)}`
      : `${effectText(first, mostOfAChange.row)}${more}`;
  return `| ${inCell(code(name))} | ${worst} | ${inCell(what)} |`;
}

function detail({ name, worst, effects, resources }: TenantReview): string {
  const lines = effects.map((effect) => `- ${effect.severity}: ${effectText(effect, mostOfAChange.detail)}`);
  const title = `<code>${html(name)}</code>: ${worst}, ${count(effects.length, "effect")}`;
  return folded(title, [...lines, ...resourceLines(resources)]);
}

function sharedDetail({ shared }: Review): readonly string[] {
  const lines = resourceLines(shared);
  return lines.length === 0 ? [] : [folded("Images and providers, which are of no tenant", lines)];
}

function folded(title: string, lines: readonly string[]): string {
  return `<details><summary>${title}</summary>\n\n${lines.join("\n")}\n\n</details>`;
}

function effectText({ change, consequence }: ReviewEffect, most: number): string {
  return `${code(shortened(change, most))}: ${consequence}`;
}

function resourceLines(resources: ResourceChanges): readonly string[] {
  const counts = resourceCounts(resources, (names) => ` (${names.map(code).join(", ")})`);
  return counts === "" ? [] : [`- resources: ${counts}`];
}

/** @param named what to add for those that are known by name */
function resourceCounts(
  { created, updated, replaced, deleted }: ResourceChanges,
  named: (names: readonly string[]) => string = () => "",
): string {
  const all = [
    [created, "created"],
    [updated, "updated"],
    [replaced.length, `replaced${named(replaced)}`],
    [deleted.length, `deleted${named(deleted)}`],
  ] as const;
  return all.flatMap(([number, what]) => (number === 0 ? [] : [`${number} ${what}`])).join(", ");
}

/** As many from the beginning as there is room for. */
function fitting(texts: readonly string[], room: number, between: number): readonly string[] {
  let used = 0;
  const end = texts.findIndex((text) => (used += text.length + between) > room);
  return end === -1 ? texts : texts.slice(0, end);
}

function lengthOf(texts: readonly string[], between: number): number {
  return texts.reduce((sum, text) => sum + text.length + between, 0);
}

function left(number: number, noun: string): readonly string[] {
  return number === 0 ? [] : [`${count(number, noun)}, for which a comment has no room: \`--json\` has all.`];
}
