import type { Reporter } from "../../lab/report";

/** A reporter that prints nothing and keeps every line, in order, details of work included. */
export interface RecordingReporter extends Reporter {
  readonly lines: readonly string[];
}

/** Makes a {@link RecordingReporter}. Its lines hold no durations, so that tests can compare them whole. */
export function recordingReporter(): RecordingReporter {
  const lines: string[] = [];
  return {
    lines,
    say: (line) => {
      lines.push(line);
    },
    during: async (what, work) => {
      lines.push(`${what} ...`);
      try {
        const result = await work((detail) => {
          lines.push(`  ${what}: ${detail}`);
        });
        lines.push(`${what}: done`);
        return result;
      } catch (error) {
        lines.push(`${what}: failed`);
        throw error;
      }
    },
  };
}
