import { aligned } from "../../patroni/alignedRows";

/** How long a test file took, in milliseconds. */
export interface FileTime {
  /** Path from the project's root. */
  readonly file: string;
  readonly milliseconds: number;
  /** What its hooks took of it: what is set up and taken away around its tests. */
  readonly inHooksMilliseconds: number;
}

/** Lines that name the files that took longest, and how many are left out. Files of less than a second aren't worth a line. */
export function slowestFiles(times: readonly FileTime[], most: number): readonly string[] {
  const slow = times
    .filter(({ milliseconds }) => milliseconds >= 1000)
    .sort((one, other) => other.milliseconds - one.milliseconds);
  const rows = slow
    .slice(0, most)
    .map(({ file, milliseconds, inHooksMilliseconds }) => [
      `${seconds(milliseconds)} s`.padStart(6),
      file,
      inHooksMilliseconds < 1000 ? "" : `${seconds(inHooksMilliseconds)} s in hooks`,
    ]);
  const left = slow.slice(most);
  const rest = left.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    ...aligned(rows),
    ...(left.length === 0 ? [] : [`${`${seconds(rest)} s`.padStart(6)}  in ${left.length} more`]),
  ];
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(0);
}
