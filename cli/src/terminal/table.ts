import { stripVTControlCharacters } from "node:util";

/** Rows as aligned columns, two spaces apart. Cells may be coloured. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    });
  return rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)))
      .join("  ")
      .trimEnd(),
  );
}

/** The line as it is when it fits into so many columns; else without its colours and cut, with a mark. */
export function cutLine(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  const plain = [...stripVTControlCharacters(line)];
  return `${plain.slice(0, columns - 1).join("")}…`;
}

function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}
