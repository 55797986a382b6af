/** Parquet files as tables, one row group in memory at a time. */
import { type FileHandle, open } from "node:fs/promises";
import type { AsyncBuffer, FileMetaData } from "hyparquet";
import { fail, MorphError, messageOf } from "../base/index.js";
import type { Cell } from "./cells.js";
import type { TableSource } from "./table.js";
import { unreadable } from "./text-file.node.js";

/** More rows than this in one group are believed only of a file that has bytes for them. */
const GROUP_ROWS = 2 ** 24;
const YIELDED_ROWS = 8192;

/**
 * Errors: `corrupt_parquet`, `empty_table`, `unreadable_file`. Nested columns are left out with a note.
 * Memory: that of the largest row group, decoded.
 */
export async function openParquet(path: string): Promise<TableSource> {
  const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
  return withFile(path, async (file) => {
    const metadata = await parquetMetadataAsync(file);
    checkGroups(path, metadata, file.byteLength);
    const columns: string[] = [];
    const notes: string[] = [];
    for (const { element, children } of parquetSchema(metadata).children) {
      const flat = children.length === 0 && element.repetition_type !== "REPEATED";
      if (flat) columns.push(element.name);
      else notes.push(`column "${element.name}" dropped: it is nested`);
    }
    if (columns.length === 0) fail("empty_table", { path, expected: "columns of plain values" });
    return { path, columns, notes, chunks: (signal) => rowGroups(path, metadata, columns, signal) };
  });
}

async function* rowGroups(path: string, metadata: FileMetaData, columns: string[], signal?: AbortSignal) {
  const { parquetRead } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
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

/** Refuses sizes that the file cannot have, before anything is allocated by them. */
function checkGroups(path: string, metadata: FileMetaData, fileBytes: number): void {
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const impossible = !(rows >= 0) || (rows > GROUP_ROWS && rows > fileBytes * 64);
    const outside = group.columns.some(({ meta_data: meta }) => {
      const start = Number(meta?.dictionary_page_offset ?? meta?.data_page_offset ?? 0);
      const bytes = Number(meta?.total_compressed_size ?? 0);
      return !(start >= 0 && bytes >= 0 && start + bytes <= fileBytes);
    });
    if (impossible || outside) {
      fail("corrupt_parquet", {
        path,
        expected: `row groups that fit in ${fileBytes} bytes`,
        received: impossible ? `a group of ${rows} rows` : "a column that reaches beyond the end",
        hint: "write the file again",
      });
    }
  }
}

async function withFile<T>(path: string, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    const opened = await open(path, "r");
    handle = opened;
    const { size } = await opened.stat();
    return await use({
      byteLength: size,
      async slice(start, end = size) {
        if (!(start >= 0 && start <= end && end <= size)) throw new RangeError("a read beyond the end");
        const bytes = new Uint8Array(end - start);
        let done = 0;
        while (done < bytes.length) {
          const { bytesRead } = await opened.read(bytes, done, bytes.length - done, start + done);
          if (bytesRead === 0) throw new RangeError("the file ends too early");
          done += bytesRead;
        }
        return bytes.buffer;
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
