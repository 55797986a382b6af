/**
 * Run lengths of a Parquet page, walked before the page is decoded: a damaged length makes the decoder grow an
 * array until the process dies, which no `catch` sees.
 */
import type { ColumnMetaData, PageHeader } from "hyparquet";
import type { Compressors } from "hyparquet/src/types.js";

const DICTIONARY = ["PLAIN_DICTIONARY", "RLE_DICTIONARY"];

/** A column as far as its pages' layout goes. `optional`: values have definition levels (one bit). */
export interface PagedColumn {
  meta: ColumnMetaData;
  optional: boolean;
  compressors: Compressors;
}

/** What is wrong with the runs of one data page, or undefined. `bytes`: the page as it lies in the file. */
export function wrongRuns(bytes: Uint8Array, header: PageHeader, column: PagedColumn): string | undefined {
  const second = header.data_page_header_v2;
  const page = second
    ? splitPage(bytes, header, column)
    : { levels: undefined, values: unpacked(bytes, header.uncompressed_page_size, column) };
  const { num_values: count = 0, encoding = "" } = second ?? header.data_page_header ?? {};
  const reader = { bytes: page.values, offset: 0 };
  let present = count;
  if (column.optional) {
    const runs = page.levels ? { bytes: page.levels, offset: 0 } : sized(reader);
    const ones = walk(runs, 1, count);
    if (typeof ones === "string") return ones;
    present = ones;
  }
  if (column.meta.type === "BOOLEAN") {
    if (encoding !== "RLE") return undefined;
    const ones = walk(sized(reader), 1, present);
    return typeof ones === "string" ? ones : undefined;
  }
  if (!DICTIONARY.includes(encoding) && encoding !== "RLE") return undefined;
  const width = reader.bytes[reader.offset++] ?? 0;
  if (width > 32) return `indices of ${width} bits`;
  const seen = width === 0 ? 0 : walk(reader, width, present);
  return typeof seen === "string" ? seen : undefined;
}

interface Reader {
  bytes: Uint8Array;
  offset: number;
}

function splitPage(bytes: Uint8Array, header: PageHeader, column: PagedColumn) {
  const second = header.data_page_header_v2;
  const repetition = second?.repetition_levels_byte_length ?? 0;
  const start = repetition + (second?.definition_levels_byte_length ?? 0);
  const rest = bytes.subarray(start);
  return {
    levels: bytes.subarray(repetition, start),
    values: second?.is_compressed ? unpacked(rest, header.uncompressed_page_size - start, column) : rest,
  };
}

function unpacked(bytes: Uint8Array, size: number, { meta, compressors }: PagedColumn): Uint8Array {
  return compressors[meta.codec]?.(bytes, size) ?? bytes;
}

/** Runs that are preceded by their length in bytes; moves the reader behind them. */
function sized(reader: Reader): Reader {
  const view = new DataView(reader.bytes.buffer, reader.bytes.byteOffset, reader.bytes.byteLength);
  const start = reader.offset + 4;
  reader.offset = start + view.getUint32(reader.offset, true);
  return { bytes: reader.bytes, offset: start };
}

/** How many of `count` values of `width` bits are not 0 (for levels: present), or what is wrong with the runs. */
function walk(reader: Reader, width: number, count: number): number | string {
  let set = 0;
  for (let seen = 0; seen < count; ) {
    const header = varInt(reader);
    if (header & 1) {
      const groups = header >>> 1;
      const end = Math.min(count, seen + groups * 8);
      if (groups === 0 || groups * 8 > count + 7) return `a run of ${groups * 8} values in place of ${count}`;
      if (width === 1) {
        for (let i = seen; i < end; i++) {
          set += ((reader.bytes[reader.offset + ((i - seen) >> 3)] ?? 0) >> ((i - seen) & 7)) & 1;
        }
      }
      reader.offset += groups * width;
      seen += groups * 8;
    } else {
      const length = header >>> 1;
      if (length === 0 || length > count - seen)
        return `a run of ${length} values in place of ${count - seen}`;
      if ((reader.bytes[reader.offset] ?? 0) !== 0) set += length;
      reader.offset += (width + 7) >> 3;
      seen += length;
    }
  }
  return set;
}

function varInt(reader: Reader): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = reader.bytes[reader.offset++];
    if (byte === undefined) throw new RangeError("a page that ends within a run");
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}
