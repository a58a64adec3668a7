const unitBytes = new Map([
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
]);

/** What a size looks like, for messages. */
export const sizeFormat = "a number and a unit, such as `10GiB` (MiB, GiB, TiB, MB, GB or TB)";

/** Bytes of a size such as `10GiB` or `1.5 TB`, or undefined if it isn't one. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?([A-Za-z]+)$/.exec(text);
  const bytes = unitBytes.get(match?.[2] ?? "");
  return match === null || bytes === undefined ? undefined : Math.round(Number(match[1]) * bytes);
}

/** A size in the largest binary unit that divides it, for messages: `10GiB`. */
export function renderSize(bytes: number): string {
  for (const unit of ["TiB", "GiB", "MiB"]) {
    const count = bytes / (unitBytes.get(unit) ?? NaN);
    if (Number.isInteger(count)) return `${count}${unit}`;
  }
  return `${bytes} bytes`;
}
