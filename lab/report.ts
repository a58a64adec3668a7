/** Tells whoever is watching what is going on. Every part of the lab that takes time gets one. */
export interface Reporter {
  /** Says one thing, at once. `line` carries no newline. */
  say(line: string): void;
  /**
   * Announces `what`, runs `work`, and says how long it took or that it failed. While it runs the reporter
   * shows that it is alive, together with the last detail that `work` handed to `note`. Whatever `work`
   * throws is passed on untouched.
   */
  during<T>(what: string, work: (note: (detail: string) => void) => Promise<T>): Promise<T>;
}

/** Where a console reporter writes, and how often it shows that it is alive. */
export interface ConsoleReporterOptions {
  /** Default: standard error, so that standard output stays free for results. */
  readonly stream?: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Longest silence during a piece of work, in milliseconds. Default 8000. */
  readonly heartbeatMilliseconds?: number;
  /** Milliseconds since any fixed point. Default: the machine's clock. */
  readonly now?: () => number;
}

/** A reporter that writes lines: plain text, with the heartbeats dimmed on a terminal (unless NO_COLOR is set). */
export function consoleReporter(options: ConsoleReporterOptions = {}): Reporter {
  const stream = options.stream ?? process.stderr;
  const now = options.now ?? Date.now;
  const dims = stream.isTTY === true && process.env["NO_COLOR"] === undefined;
  const say = (line: string): void => {
    stream.write(`${line}\n`);
  };
  const whisper = (line: string): void => {
    say(dims ? `\u001b[2m${line}\u001b[0m` : line);
  };
  return {
    say,
    during: async (what, work) => {
      const start = now();
      let last = "";
      say(`${what} ...`);
      const heartbeat = setInterval(() => {
        whisper(`  ${what}: ${formatDuration(now() - start)}${last === "" ? "" : `, ${last}`}`);
      }, options.heartbeatMilliseconds ?? 8000);
      try {
        const result = await work((detail) => {
          last = detail;
        });
        say(`${what}: done in ${formatDuration(now() - start)}`);
        return result;
      } catch (error) {
        say(`${what}: failed after ${formatDuration(now() - start)}`);
        throw error;
      } finally {
        clearInterval(heartbeat);
      }
    },
  };
}

/** A reporter that says nothing. */
export function silentReporter(): Reporter {
  return { say: () => undefined, during: (_what, work) => work(() => undefined) };
}

/** Writes a duration for people: `0.4 s`, `12 s`, `2 min 5 s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
