/**
 * A text as code. In code GitHub reads neither HTML nor links, mentions, formulas or emphasis, so that a value of the
 * config is shown as it is; in a table it still looks for the end of the cell.
 *
 * Source: https://github.github.com/gfm/#code-spans and #tables-extension-
 */
export function code(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

/** For a cell of a table. */
export function inCell(text: string): string {
  return text.replace(/\|/g, "\\|");
}

/** Lines as they are. */
export function codeBlock(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** For HTML, as inside of `<summary>`, where Markdown isn't read. */
export function html(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** At most so many characters, with what was left out counted. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)} … and ${text.length - most} characters more`;
}
