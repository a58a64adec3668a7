import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const tailBytes = 64 * 1024;

const errors = /\[error\]|level=(error|fatal)|\berror\b|\bpanic\b|\bfatal\b/i;
const warnings = /\[warn\]|level=warn/i;

/**
 * The lines of a log that say why something failed: its last errors; its last warnings if it has none; its
 * last lines if it has neither.
 */
export function meaningfulLines(log: string, limit: number): readonly string[] {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  const telling = [errors, warnings].map((pattern) => lines.filter((line) => pattern.test(line)));
  return (telling.find((found) => found.length > 0) ?? lines).slice(-limit);
}

/** {@link meaningfulLines} of the end of a file; none when it can't be read. */
export function lastMeaningfulLines(path: string, limit: number): readonly string[] {
  try {
    const file = openSync(path, "r");
    try {
      const size = fstatSync(file).size;
      const buffer = Buffer.alloc(Math.min(size, tailBytes));
      readSync(file, buffer, 0, buffer.length, size - buffer.length);
      return meaningfulLines(buffer.toString("utf8"), limit);
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}
