import { sample } from "./statistics";

/** Milliseconds as seconds, short. */
export function secondsOf(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return `${seconds < 9.95 ? seconds.toFixed(seconds < 0.995 ? 2 : 1) : seconds.toFixed(0)} s`;
}

/** Smallest, median and largest of several durations in milliseconds; a single one as it is. */
export function range(milliseconds: readonly number[]): string {
  if (milliseconds.length === 0) return "not measured";
  const { min, median, max } = sample(milliseconds);
  const shown = milliseconds.length === 1 ? [median] : [min, median, max];
  return shown.map(secondsOf).join(" / ");
}

/** Median and 95th percentile of several durations in milliseconds. */
export function medianAnd95th(milliseconds: readonly number[]): string {
  if (milliseconds.length === 0) return "not measured";
  const { median, p95 } = sample(milliseconds);
  return `${secondsOf(median)}, ${secondsOf(p95)}`;
}
