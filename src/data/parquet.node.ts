/** Parquet files as tables, one row group in memory at a time. */
import { type FileHandle, open } from "node:fs/promises";
import type { AsyncBuffer, FileMetaData } from "hyparquet";
import type { Compressors } from "hyparquet/src/types.js";
import { fail, MorphError, messageOf } from "../base/index.js";
import type { Cell } from "./cells.js";
import { chunkRange, wrongGroup, wrongPage } from "./parquet-check.js";
import type { TableSource } from "./table.js";
import { unreadable } from "./text-file.node.js";

const YIELDED_ROWS = 8192;

/**
 * Errors: `corrupt_parquet`, `empty_table`, `unreadable_file`. Nested columns are left out with a note.
 * Memory: that of the largest row group, decoded.
 */
export async function openParquet(path: string): Promise<TableSource> {
  const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
  return withFile(path, async (file) => {
    const metadata = await parquetMetadataAsync(file);
    const columns: string[] = [];
    const optional = new Set<string>();
    const notes: string[] = [];
    for (const { element, children } of parquetSchema(metadata).children) {
      if (typeof element.name !== "string") throw new Error("a column without a name");
      if (element.repetition_type === "OPTIONAL") optional.add(element.name);
      const flat = children.length === 0 && element.repetition_type !== "REPEATED";
      if (flat) columns.push(element.name);
      else notes.push(`column "${element.name}" dropped: it is nested`);
    }
    if (columns.length === 0) fail("empty_table", { path, expected: "columns of plain values" });
    await checkSizes(path, file, metadata, columns, optional);
    return { path, columns, notes, chunks: (signal) => rowGroups(path, metadata, columns, signal) };
  });
}

async function* rowGroups(path: string, metadata: FileMetaData, columns: string[], signal?: AbortSignal) {
  const { parquetRead } = await import("hyparquet");
  const compressors = await pageCompressors();
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    signal?.throwIfAborted();
    const rowEnd = rowStart + Number(group.num_rows);
    if (rowEnd === rowStart) continue;
    const rows: Cell[][] = await withFile(path, async (file) => {
      let all: Cell[][] = [];
      const onComplete = (read: unknown[][]) => {
        all = read as Cell[][];
      };
      await parquetRead({ file, metadata, columns, rowStart, rowEnd, compressors, onComplete });
      if (all.length !== rowEnd - rowStart) throw new Error(`a row group holds ${all.length} rows`);
      return all;
    });
    for (let i = 0; i < rows.length; i += YIELDED_ROWS) yield rows.slice(i, i + YIELDED_ROWS);
    rowStart = rowEnd;
  }
}

/** Refuses sizes that the file cannot have, before anything is decoded by them. */
async function checkSizes(
  path: string,
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: readonly string[],
  optional: ReadonlySet<string>,
) {
  const compressors = await pageCompressors();
  const wrong = (received: string) =>
    fail("corrupt_parquet", {
      path,
      expected: `sizes that fit in ${file.byteLength} bytes`,
      received,
      hint: "write the file again",
    });
  const group = wrongGroup(metadata, file.byteLength);
  if (group) wrong(group);
  for (const { columns: chunks, num_rows: rows } of metadata.row_groups) {
    for (const { meta_data: meta } of chunks) {
      const name = meta?.path_in_schema[0] ?? "";
      if (!meta || !columns.includes(name)) continue;
      const { start, end } = chunkRange(meta);
      const column = { meta, optional: optional.has(name), compressors };
      const page = await wrongPage(await file.slice(start, end), Number(rows), column);
      if (page) wrong(`${page} in column "${name}"`);
    }
  }
}

/** The library's; its LZ4 refuses a page of nothing, which a column chunk of missing values has. */
async function pageCompressors(): Promise<Compressors> {
  const { compressors } = await import("hyparquet-compressors");
  return Object.fromEntries(
    Object.entries(compressors).map(([codec, unpack]) => [
      codec,
      (bytes: Uint8Array, size: number) => (size === 0 ? new Uint8Array(0) : unpack(bytes, size)),
    ]),
  );
}

async function withFile<T>(path: string, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    const opened = await open(path, "r");
    handle = opened;
    const { size } = await opened.stat();
    return await use({
      byteLength: size,
      // Refused at once: the reader fetches ahead, and a promise that it no longer awaits would end the process.
      slice(start, end = size) {
        if (!(start >= 0 && start <= end && end <= size)) throw new RangeError("a read beyond the end");
        const bytes = readRange(opened, start, end);
        bytes.catch(() => {});
        return bytes;
      },
    });
  } catch (error) {
    if (error instanceof MorphError) throw error;
    if (error instanceof Error && "syscall" in error) return unreadable(path, error);
    return fail(
      "corrupt_parquet",
      { path, received: messageOf(error), hint: "write the file again" },
      { cause: error },
    );
  } finally {
    await handle?.close();
  }
}

async function readRange(handle: FileHandle, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(end - start);
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new RangeError("the file ends too early");
    done += bytesRead;
  }
  return bytes.buffer;
}
