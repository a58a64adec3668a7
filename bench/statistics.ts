/** A figure measured several times. */
export interface Sample {
  readonly values: readonly number[];
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** Orders what was measured. @throws when there is nothing */
export function sample(values: readonly number[]): Sample {
  if (values.length === 0) throw new Error("nothing was measured");
  const sorted = [...values].sort((left, right) => left - right);
  return {
    values,
    min: quantile(sorted, 0),
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    max: quantile(sorted, 1),
  };
}

/** The nearest-rank quantile of numbers in ascending order. */
function quantile(sorted: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}
