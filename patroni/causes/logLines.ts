/** A line's own time: Patroni's `2025-01-31 08:00:00,123` and PostgreSQL's `2025-01-31 08:00:00.123 UTC`. */
const stamp = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})[.,](\d{3})/;

/** What Patroni puts before a message: the time. */
const patroniPrefix = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3} /;

/** What PostgreSQL puts before a message: time, zone, process, session. */
const postgresPrefix = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3} \S+ \[[\d-]+\](?: \S+@\S+)?:? +/;

/** The message of a log line, without time and process, with runs of blanks folded. */
export function message(line: string): string {
  return redact(line.replace(patroniPrefix, "").replace(postgresPrefix, "").replace(/\s+/g, " ").trim());
}

const secretName = "[\\w.-]*(?:password|passwd|token|secret_id)";

/** `password=x`, as in connection strings and in environments. */
const assigned = new RegExp(`\\b(${secretName}\\s*=\\s*)("[^"]*"|'[^']*'|[^\\s,;'"]+)`, "gi");

/** `"password": "x"`, as in JSON and in Python's dictionaries. */
const quoted = new RegExp(`(["']${secretName}["']\\s*:\\s*)("[^"]*"|'[^']*')`, "gi");

/** Takes the values of passwords and tokens out of a line that may go to a terminal. */
export function redact(line: string): string {
  return line
    .replace(assigned, "$1***")
    .replace(quoted, "$1***")
    .replace(/(\w+:\/\/[^\s:/@]+):[^\s@/]+@/g, "$1:***@");
}

/**
 * The lines that belong to the last `windowMs` of a log, by the log's own clock, so that a node's wrong clock
 * does no harm. Lines before the first stamp count as recent only when no line has a stamp.
 */
export function recentLines(lines: readonly string[], windowMs: number): readonly string[] {
  const newest = Math.max(...lines.map((line) => lineTime(line) ?? -Infinity));
  if (!Number.isFinite(newest)) return lines;
  const first = lines.findIndex((line) => (lineTime(line) ?? -Infinity) >= newest - windowMs);
  return lines.slice(first);
}

function lineTime(line: string): number | undefined {
  const match = stamp.exec(line);
  if (match === null) return undefined;
  const [, day = "", time = "", milliseconds = ""] = match;
  return Date.parse(`${day}T${time}.${milliseconds}Z`);
}
