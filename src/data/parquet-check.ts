/**
 * Sizes in a damaged Parquet file can make a decoder loop or allocate for minutes. This walks the page
 * headers first and refuses sizes that the file cannot mean.
 */
import type { ColumnMetaData, FileMetaData } from "hyparquet";
import { type PagedColumn, wrongRuns } from "./parquet-runs.js";

/** More rows than this in one group are believed only of a file that has bytes for them. */
const GROUP_ROWS = 2 ** 21;
/** Most bytes that one packed byte is believed to stand for (run lengths compress well). */
const LARGEST_RATIO = 2 ** 14;

/** What is wrong with the sizes of row groups and columns, or undefined. */
export function wrongGroup(metadata: FileMetaData, fileBytes: number): string | undefined {
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    if (!(rows >= 0) || (rows > GROUP_ROWS && rows > fileBytes * 64)) return `a group of ${rows} rows`;
    for (const { meta_data: meta } of group.columns) {
      if (!meta) return "a column without a description";
      const { start, end } = chunkRange(meta);
      if (!(start >= 0 && start <= end && end <= fileBytes)) return "a column that reaches beyond the end";
    }
  }
  return undefined;
}

/** Where a column's pages lie in the file. */
export function chunkRange(meta: ColumnMetaData): { start: number; end: number } {
  // Some writers give 0 for "no dictionary".
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  return { start, end: start + Number(meta.total_compressed_size) };
}

/** What is wrong with the pages of a column that is not nested, or undefined. */
export async function wrongPage(
  chunk: ArrayBuffer,
  rows: number,
  column: PagedColumn,
): Promise<string | undefined> {
  const { parquetHeader } = await import("hyparquet/src/column.js");
  const reader = { view: new DataView(chunk), offset: 0 };
  let seen = 0;
  while (seen < rows) {
    if (reader.offset >= chunk.byteLength) return `${seen} values in place of ${rows}`;
    const header = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    if (!(packed >= 0 && reader.offset + packed <= chunk.byteLength))
      return "a page that reaches beyond its column";
    if (!(unpacked >= 0 && unpacked <= 1024 + packed * LARGEST_RATIO)) return `a page of ${unpacked} bytes`;
    const data = header.data_page_header ?? header.data_page_header_v2;
    const values = data?.num_values ?? header.dictionary_page_header?.num_values ?? 0;
    const most = data ? rows - seen : unpacked * 8;
    if (!(values >= 0 && values <= most)) return `a page of ${values} values`;
    const encoding = (data ?? header.dictionary_page_header)?.encoding;
    if (header.type !== "INDEX_PAGE" && typeof encoding !== "string") return "a page without an encoding";
    const levels = header.data_page_header_v2;
    // A missing length makes the sum NaN, which is refused too.
    if (levels && !(levels.definition_levels_byte_length + levels.repetition_levels_byte_length <= packed)) {
      return "levels longer than their page";
    }
    if (data) {
      const wrong = wrongRuns(new Uint8Array(chunk, reader.offset, packed), header, column);
      if (wrong) return wrong;
      seen += values;
    }
    reader.offset += packed;
  }
  return undefined;
}
