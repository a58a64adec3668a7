const units: readonly (readonly [string, bigint])[] = [
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
  ["s", 1_000_000_000n],
];

/** Writes nanoseconds as Go's `time.Duration` does: `1h0m0s`, `5m0s`, `10s`, `1.5s`, `250ms`, `0s`. */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 0) return `-${goDuration(-nanoseconds)}`;
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  let rest = BigInt(Math.round(nanoseconds));
  let text = "";
  for (const [unit, size] of units) {
    const count = rest / size;
    if (unit === "s") return `${text}${Number(rest) / 1e9}s`;
    if (count > 0n || text !== "") text += `${count}${unit}`;
    rest %= size;
  }
  return text;
}
