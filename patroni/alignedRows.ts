/** A cell of a table: its text, and how it is painted once its width is settled. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

/** Rows of a table as lines, each column padded to its widest cell. */
export function aligned(rows: readonly (readonly Cell[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (known, row) => [
      ...row.map((cell, column) => Math.max(textOf(cell).length, known[column] ?? 0)),
      ...known.slice(row.length),
    ],
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, column) => painted(cell) + " ".repeat((widths[column] ?? 0) - textOf(cell).length))
      .join("  ")
      .trimEnd(),
  );
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function painted(cell: Cell): string {
  if (typeof cell === "string") return cell;
  return cell.text === "" ? "" : cell.paint(cell.text);
}
