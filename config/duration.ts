/** What a duration looks like, for messages. */
export const durationFormat = "a whole number with `s`, `m`, `h` or `d`, such as `15m`";

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 };

/** Seconds of a duration as people write it (`90s`, `15m`, `24h`, `7d`); undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * (secondsOf[match[2] ?? ""] ?? 0);
}

/** Seconds in the largest unit that holds them whole. */
export function renderDuration(seconds: number): string {
  const [unit = "s", size = 1] =
    Object.entries(secondsOf)
      .reverse()
      .find(([, length]) => seconds >= length && seconds % length === 0) ?? [];
  return `${seconds / size}${unit}`;
}
