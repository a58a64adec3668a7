import { message, recentLines } from "../causes/logLines";

/** What a member's log says of its being stuck, in the words of `image/rebuild.py`. */
export type RebuildNotice =
  /** It doesn't follow the leader, and nothing goes forward on it; `next` is what comes of it. */
  | { readonly kind: "stuck"; readonly since: string; readonly next: string }
  /** It has asked Patroni to delete its data and to copy the leader's; `evidence` says why, a line each. */
  | { readonly kind: "rebuilt"; readonly evidence: readonly string[] };

/** A member that is stuck says so every 30 s. */
const stuckWindowMs = 90_000;

const stuckLine = /WARNING: stuck: \S+ since (?<since>[\d-]+ [\d:]+ UTC): [^;]*; (?<next>.*)/;
const rebuildLine = /WARNING: rebuild of \S+: (?<words>.*)/;
const asked = /WARNING: rebuild of \S+: reinitialize started/;

/** PostgreSQL runs on the copy: what was said of the data before is over. */
const copied = /database system is ready to accept/;

/** The last of it that still holds, in the end of a member's log; undefined where it says nothing. */
export function rebuildNotice(tail: readonly string[]): RebuildNotice | undefined {
  const lines = tail.slice(lastIndex(tail, copied) + 1);
  const rebuiltAt = lastIndex(lines, asked);
  const stuck = stuckLine.exec(
    recentLines(tail, stuckWindowMs)
      .filter((line) => stuckLine.test(line))
      .at(-1) ?? "",
  );
  const saidSince = lines.slice(rebuiltAt + 1).some((line) => stuckLine.test(line));
  if (rebuiltAt >= 0 && !saidSince) {
    const words = lines
      .slice(0, rebuiltAt)
      .flatMap((line) => rebuildLine.exec(message(line))?.groups?.["words"] ?? []);
    // The last of them says what is done, which the member's state says as well.
    return { kind: "rebuilt", evidence: words.slice(0, -1) };
  }
  const { since, next } = stuck?.groups ?? {};
  return since === undefined || next === undefined
    ? undefined
    : { kind: "stuck", since, next: message(next) };
}

function lastIndex(lines: readonly string[], pattern: RegExp): number {
  return lines.reduce((last, line, index) => (pattern.test(line) ? index : last), -1);
}
