/** CSV and its relatives, also gzipped: the delimiter is sniffed, the header is required. */
import type { Parser } from "papaparse";
import { fail } from "../base/index.js";
import { isMissing, numberOf } from "./cells.js";
import type { TableSource } from "./table.js";
import { textPieces } from "./text-file.node.js";

const SNIFFED = 65_536;
/** A row longer than this is a quote that was never closed. */
const LONGEST_ROW = 2 ** 23;

interface Dialect {
  readonly delimiter: string;
  readonly newline: "\n" | "\r" | "\r\n";
}

/** A record with the line on which it begins. */
interface Line {
  readonly line: number;
  readonly cells: string[];
}

/**
 * A CSV file as a table. Errors: `empty_table`, `csv_header`, `csv_quotes`, `csv_ragged_row`,
 * `csv_long_row`, `not_text`, `unreadable_file`, `corrupt_gzip`; all name file and line.
 */
export async function openCsv(path: string, signal?: AbortSignal): Promise<TableSource> {
  let header: string[] | undefined;
  for await (const lines of records(path, signal)) {
    header = lines[0]?.cells;
    if (header) break;
  }
  if (!header) fail("empty_table", { path, expected: "a header and rows", received: "an empty file" });
  const { columns, notes } = nameColumns(path, header);
  return {
    path,
    columns,
    notes,
    async *chunks(again) {
      let first = true;
      for await (const lines of records(path, again)) {
        const rows = first ? lines.slice(1) : lines;
        first = false;
        yield rows.map((row) => fitted(path, row, columns.length));
      }
    },
  };
}

function nameColumns(path: string, header: readonly string[]): { columns: string[]; notes: string[] } {
  if (header.every((cell) => numberOf(cell) !== undefined || isMissing(cell))) {
    fail("csv_header", {
      path: `${path}:1`,
      expected: "a first line with the columns' names",
      received: `numbers: ${header.slice(0, 5).join(", ")}`,
      hint: "add a header line",
    });
  }
  const notes: string[] = [];
  const seen = new Set<string>();
  const columns = header.map((cell, i) => {
    const base = cell.trim() || `column_${i + 1}`;
    let name = base;
    for (let n = 2; seen.has(name); n++) name = `${base}_${n}`;
    seen.add(name);
    if (name !== cell.trim()) notes.push(`column ${i + 1} (header "${cell.trim()}") called "${name}"`);
    return name;
  });
  return { columns, notes };
}

function fitted(path: string, { line, cells }: Line, columns: number): string[] {
  if (cells.length === columns) return cells;
  // A delimiter at the end of each row is common and harmless.
  if (cells.length > columns && cells.slice(columns).every((cell) => cell.trim() === "")) {
    return cells.slice(0, columns);
  }
  return fail("csv_ragged_row", {
    path: `${path}:${line}`,
    expected: `${columns} cells, as in the header`,
    received: `${cells.length}`,
    hint: "put quotes around cells that contain the delimiter",
  });
}

/** All records of a file, blank lines left out, a piece of the file at a time. */
async function* records(path: string, signal?: AbortSignal): AsyncGenerator<Line[]> {
  const { default: papa } = await import("papaparse");
  let parser: Parser | undefined;
  let text = "";
  let line = 1;
  const take = (final: boolean): Line[] => {
    if (!parser) {
      const { delimiter, linebreak } = papa.parse(text.slice(0, SNIFFED), { preview: 50 }).meta;
      const dialect = { delimiter, newline: linebreak } as Dialect;
      parser = new papa.Parser({ ...dialect });
    }
    const result = parser.parse(text, 0, !final) as {
      data: string[][];
      errors: { row?: number; message: string }[];
      meta: { cursor: number };
    };
    text = final ? "" : text.slice(result.meta.cursor);
    const lines: Line[] = [];
    // Complaints about the unfinished last row are repeated when it is whole.
    const broken = result.errors.find(({ row }) => final || (row ?? 0) < result.data.length);
    for (const [i, cells] of result.data.entries()) {
      if (broken && i === (broken.row ?? 0)) break;
      if (cells.length > 1 || (cells[0] ?? "").trim() !== "") lines.push({ line, cells });
      line += 1 + cells.reduce((n, cell) => n + (cell.includes("\n") ? cell.split("\n").length - 1 : 0), 0);
    }
    if (broken) {
      fail("csv_quotes", {
        path: `${path}:${line}`,
        received: broken.message,
        hint: 'close the quote, and write a quote inside a quoted cell as ""',
      });
    }
    return lines;
  };
  for await (const piece of textPieces(path, signal)) {
    text += piece;
    if (text.length > LONGEST_ROW + 2 ** 21) {
      fail("csv_long_row", {
        path: `${path}:${line}`,
        expected: `rows shorter than ${LONGEST_ROW} characters`,
        hint: "look for a quote that is not closed",
      });
    }
    if (parser || text.length >= SNIFFED) yield take(false);
  }
  yield take(true);
}
