/**
 * The candidate that was most likely meant, or undefined if none is near: the same letters in other case or with
 * `_` or `-`, the beginning of exactly one candidate (`memory` for `memoryMb`), or else few slips of the finger.
 */
export function nearestSpelling(word: string, candidates: readonly string[]): string | undefined {
  const bare = plain(word);
  const same = candidates.find((candidate) => plain(candidate) === bare);
  if (same !== undefined) return same;
  const begun = candidates.filter((candidate) => bare.length >= 2 && plain(candidate).startsWith(bare));
  if (begun.length === 1) return begun[0];
  return fewestSlips(bare, candidates);
}

function fewestSlips(bare: string, candidates: readonly string[]): string | undefined {
  const allowedSlips = Math.floor(bare.length / 3);
  let best: { readonly candidate: string; readonly slips: number } | undefined;
  for (const candidate of candidates) {
    const slips = editDistance(bare, plain(candidate));
    if (slips <= allowedSlips && slips < (best?.slips ?? Infinity)) best = { candidate, slips };
  }
  return best?.candidate;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, "");
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? at(beforeLast, j - 2) + 1 : Infinity;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, substitution, swap));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
