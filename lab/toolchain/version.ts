/**
 * Finds the first thing in `text` that looks like a version, two numbers or three with dots between, and
 * returns it without prefix and suffix: `Nomad v1.11.3+ent` gives `1.11.3`. Undefined when there is none.
 */
export function findVersion(text: string): string | undefined {
  return /(?<![\d.])\d+\.\d+(?:\.\d+)?/.exec(text)?.[0];
}

/** Negative when `left` is the older version, 0 when they are the same, positive when it is the newer one. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left.split(".").map(Number), right.split(".").map(Number)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Which versions of a tool will do. */
export interface VersionRange {
  /** The oldest that will do. */
  readonly minimum: string;
  /** The first major version that has not been tried; absent where majors are only a calendar. */
  readonly belowMajor?: number;
}

/** Why `version` won't do, as the end of a sentence that starts with its name; undefined when it will. */
export function whyUnfit(version: string, range: VersionRange): string | undefined {
  if (compareVersions(version, range.minimum) < 0) return `is older than ${range.minimum}`;
  const major = Number(version.split(".")[0]);
  if (range.belowMajor !== undefined && major >= range.belowMajor) {
    return `is of a major version that has not been tried (below ${range.belowMajor} is needed)`;
  }
  return undefined;
}
