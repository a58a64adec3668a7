import { message } from "./logLines";

/** Lines that say why a process ended, the most telling kind first. */
const strong = [/\b(PANIC|FATAL):/, /\bCRITICAL:/, /^(exec|standard_init_linux|OCI runtime)/];
const weak = [/\bERROR:/, /\b(error|fatal):/i, /no such file or directory/i, /permission denied/i];

/** Ends of a process that name another line as their reason. */
const hollow =
  /PatroniFatalException|database system is (starting up|shutting down)|terminating .* due to administrator command/;

/**
 * The line of a log that best says why its process ended: the last line of the last Python traceback, or
 * PostgreSQL's FATAL, or Patroni's CRITICAL; else the last error; else the last line. Undefined for an empty log.
 */
export function lastWords(lines: readonly string[]): string | undefined {
  const messages = lines.map(message);
  const telling = messages.filter((line, index) => isStrong(line) || endsTraceback(lines, index));
  return (
    telling.filter((line) => !isHollow(line)).at(-1) ??
    messages.filter((line) => weak.some((pattern) => pattern.test(line))).at(-1) ??
    telling.at(-1) ??
    messages.filter((line) => line !== "").at(-1)
  );
}

/** Whether a line names no reason of its own: it ends what something else began. */
export function isHollow(line: string): boolean {
  return hollow.test(line);
}

function isStrong(line: string): boolean {
  return strong.some((pattern) => pattern.test(line));
}

/** Whether this is the line after a traceback's indented ones: the exception itself. */
function endsTraceback(lines: readonly string[], index: number): boolean {
  const line = lines[index] ?? "";
  if (!/^[A-Za-z_][\w.]*(: |$)/.test(line)) return false;
  for (let above = index - 1; above >= 0; above--) {
    const candidate = lines[above] ?? "";
    if (candidate.startsWith("Traceback (most recent call last)")) return above < index - 1;
    if (!/^\s/.test(candidate)) return false;
  }
  return false;
}
