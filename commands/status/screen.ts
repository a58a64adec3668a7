/** Where a status is written: standard output, or a test's own. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  /** Rows of the terminal. */
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

// DEC private modes and ECMA-48, as xterm documents them: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
const enter = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const leave = "\u001b[?7h\u001b[?25h\u001b[?1049l";
const home = "\u001b[H";
const clearLine = "\u001b[K";
const clearBelow = "\u001b[J";

/** A terminal's second screen, on which a text is drawn in place; what stood on the first one comes back. */
export class Screen {
  private entered = false;

  constructor(private readonly output: Output) {}

  /** Draws the text over the one before. What has no room in the height is counted; lines are cut at the width. */
  draw(text: string): void {
    const start = this.entered ? "" : enter;
    this.entered = true;
    const lines = fitted(text.split("\n"), this.output.rows ?? Infinity);
    this.output.write(
      `${start}${home}${lines.map((line) => `${line}${clearLine}`).join("\r\n")}${clearBelow}`,
    );
  }

  /** Gives the terminal back; harmless when nothing was drawn. */
  close(): void {
    if (this.entered) this.output.write(leave);
    this.entered = false;
  }
}

function fitted(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const shown = Math.max(0, rows - 1);
  return [...lines.slice(0, shown), `... ${lines.length - shown} more lines: the terminal is too low`];
}
