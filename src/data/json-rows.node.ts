/** JSON arrays of objects, and JSON Lines (one object a line, also gzipped), as tables. */
import { readFile } from "node:fs/promises";
import { fail, messageOf } from "../base/index.js";
import type { Cell } from "./cells.js";
import type { TableSource } from "./table.js";
import { textPieces, unreadable } from "./text-file.node.js";

type Row = Readonly<Record<string, unknown>>;

/** Errors: `corrupt_json`, `empty_table`, `unreadable_file`. */
export async function openJson(path: string): Promise<TableSource> {
  const text = await readFile(path, "utf8").catch((error: unknown) => unreadable(path, error));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    fail("corrupt_json", { path, received: messageOf(error) }, { cause: error });
  }
  if (!Array.isArray(value)) fail("corrupt_json", { path, expected: "an array of objects" });
  return rowsTable(
    path,
    value.map((row, i) => asRow(row, `${path}[${i}]`)),
  );
}

/** Errors: `corrupt_json` (with the line), `empty_table`, `unreadable_file`. */
export async function openJsonLines(path: string, signal?: AbortSignal): Promise<TableSource> {
  const shape = new Columns();
  for await (const rows of jsonLines(path, signal)) for (const row of rows) shape.observe(row);
  return {
    ...shape.table(path),
    async *chunks(again) {
      for await (const rows of jsonLines(path, again)) yield rows.map((row) => shape.cells(row));
    },
  };
}

/** Rows that are in memory already, as a table. */
export function rowsTable(path: string, rows: readonly Row[]): TableSource {
  const shape = new Columns();
  for (const row of rows) shape.observe(row);
  const cells = rows.map((row) => shape.cells(row));
  return {
    ...shape.table(path),
    async *chunks() {
      yield cells;
    },
  };
}

/** Keys in order of first appearance; those that ever hold lists or objects are left out. */
class Columns {
  private readonly names = new Set<string>();
  private readonly nested = new Set<string>();

  observe(row: Row): void {
    for (const [key, value] of Object.entries(row)) {
      this.names.add(key);
      if (typeof value === "object" && value !== null) this.nested.add(key);
    }
  }

  table(path: string): { path: string; columns: string[]; notes: string[] } {
    const columns = this.flat();
    if (columns.length === 0) fail("empty_table", { path, expected: "objects with values" });
    return { path, columns, notes: [...this.nested].map((key) => `column "${key}" dropped: it is nested`) };
  }

  cells(row: Row): Cell[] {
    return this.flat().map((key) => row[key] as Cell);
  }

  private flatNames: string[] | undefined;
  private flat(): string[] {
    this.flatNames ??= [...this.names].filter((key) => !this.nested.has(key));
    return this.flatNames;
  }
}

function asRow(value: unknown, path: string): Row {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  return fail("corrupt_json", { path, expected: "an object", received: JSON.stringify(value)?.slice(0, 40) });
}

async function* jsonLines(path: string, signal?: AbortSignal): AsyncGenerator<Row[]> {
  let rest = "";
  let number = 0;
  const parse = (line: string): Row[] => {
    number++;
    if (line.trim() === "") return [];
    try {
      return [asRow(JSON.parse(line), `${path}:${number}`)];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return fail("corrupt_json", { path: `${path}:${number}`, received: error.message }, { cause: error });
    }
  };
  for await (const piece of textPieces(path, signal)) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > 2 ** 24)
      fail("corrupt_json", { path: `${path}:${number + 1}`, expected: "shorter lines" });
    yield lines.flatMap(parse);
  }
  yield parse(rest);
}
