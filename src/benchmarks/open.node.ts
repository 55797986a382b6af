import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { ExitCode, fail, hashJson, MorphError, messageOf } from "../base/index.js";
import { writeArtifact } from "../store/index.js";
import { decodeTable, encodeTable, isEncodedTable } from "./columns-format.js";
import { tableFromCsv } from "./csv.js";
import { tableFromJson } from "./json.js";
import { refuse, type Table } from "./table.js";

export interface OpenTableOptions {
  /** Where a copy by columns is kept, which loads in a few milliseconds; none is kept without it. */
  readonly cacheDir?: string;
}

/** Largest text of a table; a benchmark's numbers are far smaller. */
const MAX_BYTES = 2 ** 29;

/**
 * A table of measured networks from a file: CSV, JSON or columns, each of them gzip-compressed or not, told by
 * content.
 * @throws `table_unreadable`, `table_kind`, and those of the readers, with the file in the message
 */
export async function openTable(path: string, options: OpenTableOptions = {}): Promise<Table> {
  const facts = await stat(path).catch((error) => unreadable(path, error));
  if (!facts.isFile()) refuse("table_kind", path, "a file", "a folder or a device");
  const { cacheDir } = options;
  const name = hashJson({ path: resolve(path), size: facts.size, changed: facts.mtimeMs }).slice(0, 32);
  const cached = cacheDir === undefined ? undefined : join(cacheDir, `table-${name}.columns`);
  if (cached !== undefined) {
    const bytes = await readFile(cached).catch(() => undefined);
    // A damaged copy is only a copy: it is made anew.
    const kept = bytes === undefined ? undefined : attempt(() => decodeTable(bytes));
    if (kept !== undefined) return kept;
  }
  const table = await readTable(path).catch((error: unknown) => inFile(path, error));
  if (cached !== undefined) await writeArtifact(cached, encodeTable(table));
  return table;
}

/** A reader's refusal with the file before its place; what names the file already passes. */
function inFile(path: string, error: unknown): never {
  if (!(error instanceof MorphError) || error.issue.path === path) throw error;
  const place = [path, error.issue.path].filter((it) => it !== undefined && it !== "table").join(", ");
  return fail(error.code, { ...error.issue, path: place }, { exitCode: error.exitCode, cause: error });
}

async function readTable(path: string): Promise<Table> {
  let bytes: Uint8Array = await readFile(path).catch((error) => unreadable(path, error));
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
    } catch (error) {
      return refuse("table_unreadable", path, "whole gzip data", messageOf(error));
    }
  }
  if (isEncodedTable(bytes)) return decodeTable(bytes);
  if (bytes.length > MAX_BYTES)
    return refuse("table_kind", path, "less than 512 MiB", `${bytes.length} bytes`);
  if (bytes.subarray(0, 4096).includes(0)) {
    return refuse("table_kind", path, "CSV, JSON, or either of them with gzip", "binary data");
  }
  const text = new TextDecoder().decode(bytes);
  return /^\s*[{[]/.test(text) ? tableFromJson(text) : tableFromCsv(text);
}

function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

function unreadable(path: string, error: unknown): never {
  return fail(
    "table_unreadable",
    { path, expected: "a readable file", received: messageOf(error) },
    { exitCode: ExitCode.usage, cause: error },
  );
}
