import { ExitCode, fail } from "../base/index.js";

/** Measured networks: a key a row, and columns of numbers. NaN stands for what was not measured. */
export interface Table {
  readonly keys: readonly string[];
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/** A cell of a table as its file gives it. */
export type TableCell = string | number | null | undefined;

/**
 * A table from rows of cells. Columns without a single number are left out.
 * @throws `table_row`, `table_empty`, with the number of the row in `path`
 */
export function tableOf(
  names: readonly string[],
  rows: Iterable<{ readonly key: string; readonly cells: readonly TableCell[] }>,
): Table {
  const keys: string[] = [];
  const data = names.map(() => [] as number[]);
  const seen = new Set<string>();
  for (const { key, cells } of rows) {
    const place = `row ${keys.length + 1}`;
    if (key === "") refuse("table_row", place, "the network's key in the first column", "nothing");
    if (seen.has(key)) refuse("table_row", place, "each network once", `${key} a second time`);
    if (cells.length !== names.length)
      refuse("table_row", place, `${names.length} values`, `${cells.length}`, "is the file cut off?");
    seen.add(key);
    keys.push(key);
    cells.forEach((cell, i) => {
      data[i]?.push(numberOf(cell));
    });
  }
  if (keys.length === 0) refuse("table_empty", "table", "at least one network", "none");
  const columns = new Map<string, Float64Array>();
  names.forEach((name, i) => {
    const column = Float64Array.from(data[i] ?? []);
    if (column.some(Number.isFinite)) columns.set(name, column);
  });
  return { keys, columns };
}

/** One column; the error names those that are there. */
export function columnOf(table: Table, names: readonly string[]): Float64Array {
  for (const name of names) {
    const column = table.columns.get(name);
    if (column !== undefined) return column;
  }
  return refuse(
    "table_column",
    names[0] ?? "column",
    names.length > 1 ? `one of the columns ${names.join(", ")}` : "a column of that name",
    `the columns ${[...table.columns.keys()].join(", ")}`,
  );
}

function numberOf(cell: TableCell): number {
  if (typeof cell === "number") return cell;
  const text = cell?.trim() ?? "";
  return text === "" ? Number.NaN : Number(text);
}

/** What is wrong with a table is wrong with what the user gave. */
export function refuse(code: string, path: string, expected: string, received: string, hint?: string): never {
  return fail(code, { path, expected, received, hint }, { exitCode: ExitCode.usage });
}
