import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const tailBytes = 64 * 1024;

/**
 * The lines of a log that say why something failed: its last errors, warnings and panics if it has any, else
 * its last lines.
 */
export function meaningfulLines(log: string, limit: number): readonly string[] {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  const telling = lines.filter((line) =>
    /\[(error|warn)\]|\berror\b|panic|fatal|level=(error|fatal)|==> /i.test(line),
  );
  return (telling.length > 0 ? telling : lines).slice(-limit);
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
