/** Columns of text; numbers to the right. */
import { displayWidth } from "./block.js";
import type { Painter } from "./terminal.js";

export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

/** Lines with a heading; each row has a cell for each column. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Painter,
): string {
  const widths = columns.map(({ title }, c) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[c] ?? ""))),
  );
  const line = (cells: readonly string[], style: (text: string) => string) =>
    columns
      .map(({ right }, c) => {
        const cell = cells[c] ?? "";
        const space = " ".repeat(Math.max(0, (widths[c] ?? 0) - displayWidth(cell)));
        const last = c === columns.length - 1 && right !== true;
        return right === true ? space + style(cell) : style(cell) + (last ? "" : space);
      })
      .join("  ")
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [line(titles, paint.dim), ...rows.map((row) => line(row, (text) => text))]
    .map((text) => `${text}\n`)
    .join("");
}

/** `name  value` lines, names in a column. */
export function facts(rows: readonly (readonly [name: string, value: string])[], paint: Painter): string {
  const width = Math.max(0, ...rows.map(([name]) => displayWidth(name)));
  return rows
    .map(([name, value]) => `${paint.dim(name)}${" ".repeat(width - displayWidth(name))}  ${value}\n`)
    .join("");
}
