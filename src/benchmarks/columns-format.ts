/**
 * Tables as columns of bytes, for loading in a few milliseconds: `MORPHTAB`, a version, the length of a JSON
 * header {names, keysBytes, rows}, the keys (one a line), then each column as float64, little-endian.
 */
import { fail } from "../base/index.js";
import type { Table } from "./table.js";

const MAGIC = "MORPHTAB";
const VERSION = 1;
const START = 16;

export function encodeTable(table: Table): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder();
  const keys = text.encode(table.keys.join("\n"));
  const rows = table.keys.length;
  const header = text.encode(
    JSON.stringify({ names: [...table.columns.keys()], keysBytes: keys.length, rows }),
  );
  const columnsAt = aligned(START + header.length + keys.length);
  const out = new Uint8Array(columnsAt + 8 * rows * table.columns.size);
  out.set(text.encode(MAGIC), 0);
  const view = new DataView(out.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, header.length, true);
  out.set(header, START);
  out.set(keys, START + header.length);
  let at = columnsAt;
  for (const column of table.columns.values()) {
    for (const value of column) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  }
  return out;
}

/** True for bytes that begin as {@link encodeTable} writes them. */
export function isEncodedTable(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) === MAGIC;
}

/** @throws `table_damaged` where the bytes are not whole */
export function decodeTable(bytes: Uint8Array): Table {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (received: string): never =>
    fail("table_damaged", { expected: "a whole table file", received, hint: "delete it and convert again" });
  if (!isEncodedTable(bytes) || bytes.length < START) damaged("another kind of file");
  if (view.getUint32(8, true) !== VERSION) damaged(`version ${view.getUint32(8, true)}`);
  const headerEnd = START + view.getUint32(12, true);
  if (headerEnd > bytes.length) damaged(`${bytes.length} bytes`);
  const { names, keysBytes, rows } = headerOf(bytes.subarray(START, headerEnd)) ?? damaged("a broken header");
  const columnsAt = aligned(headerEnd + keysBytes);
  if (bytes.length !== columnsAt + 8 * rows * names.length) damaged(`${bytes.length} bytes`);
  const keys = new TextDecoder().decode(bytes.subarray(headerEnd, headerEnd + keysBytes)).split("\n");
  if (keys.length !== rows) damaged(`${keys.length} keys for ${rows} rows`);
  const columns = new Map<string, Float64Array>();
  names.forEach((name, i) => {
    const column = new Float64Array(rows);
    const from = columnsAt + 8 * rows * i;
    for (let row = 0; row < rows; row++) column[row] = view.getFloat64(from + 8 * row, true);
    columns.set(name, column);
  });
  return { keys, columns };
}

interface Header {
  readonly names: readonly string[];
  readonly keysBytes: number;
  readonly rows: number;
}

function headerOf(bytes: Uint8Array): Header | undefined {
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Header> | null;
    const { names, keysBytes, rows } = header ?? {};
    const counts = [keysBytes, rows].every((n) => Number.isSafeInteger(n) && (n ?? -1) >= 0);
    if (!Array.isArray(names) || !names.every((it) => typeof it === "string") || !counts) return undefined;
    return { names, keysBytes: keysBytes ?? 0, rows: rows ?? 0 };
  } catch {
    return undefined;
  }
}

function aligned(at: number): number {
  return Math.ceil(at / 8) * 8;
}
