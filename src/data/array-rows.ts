/** Rows of an array file as numbers in C order, whatever their format, byte order and axis order. */
import { fail } from "../base/index.js";
import { type ArrayHeader, dataBytesOf, ELEMENTS } from "./elements.js";

/** Random access to bytes; see `bytes.node.ts`. */
export interface ByteReader {
  readonly length: number;
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** An array of a file: its header and where its bytes lie. */
export interface StoredArray {
  /** For errors: the file, or the archive and the entry. */
  readonly path: string;
  readonly header: ArrayHeader;
  readonly bytes: ByteReader;
}

/** Fails unless the file has exactly the bytes that its header promises. Errors: `truncated_array`. */
export function checkLength({ path, header, bytes }: StoredArray): void {
  const expected = dataBytesOf(header);
  if (expected !== undefined && header.dataOffset + expected === bytes.length) return;
  fail("truncated_array", {
    path,
    expected: `${expected === undefined ? "an array that a file can hold" : `${expected} bytes`} for the shape (${header.shape.join(", ")})`,
    received: `${Math.max(0, bytes.length - header.dataOffset)} bytes`,
    hint: "the file is cut short or damaged; download or write it again",
  });
}

/** Numbers of one row: the product of all axes but the first. */
export function rowLength({ shape }: ArrayHeader): number {
  return shape.slice(1).reduce((a, b) => a * b, 1);
}

/** Rows `from` to `to` (without it), in C order. Bytes stay bytes; everything else becomes float64. */
export async function readRows(
  array: StoredArray,
  from: number,
  to: number,
): Promise<Uint8Array | Float64Array> {
  const { header, bytes } = array;
  const { dtype, littleEndian, fortran, dataOffset } = header;
  const element = ELEMENTS[dtype];
  const rows = to - from;
  const width = rowLength(header);
  const out = dtype === "uint8" ? new Uint8Array(rows * width) : new Float64Array(rows * width);
  if (!fortran || header.shape.length < 2) {
    const raw = await bytes.read(dataOffset + from * width * element.bytes, rows * width * element.bytes);
    if (dtype === "uint8") return raw;
    const view = new DataView(raw.buffer);
    for (let i = 0; i < out.length; i++) out[i] = element.read(view, i * element.bytes, littleEndian);
    return out;
  }
  // Column-major: the same place of consecutive rows lies together.
  const total = header.shape[0] ?? 0;
  for (let place = 0; place < width; place++) {
    const column = fortranPlace(header.shape, place);
    const start = dataOffset + (column * total + from) * element.bytes;
    const view = new DataView((await bytes.read(start, rows * element.bytes)).buffer);
    for (let i = 0; i < rows; i++)
      out[i * width + place] = element.read(view, i * element.bytes, littleEndian);
  }
  return out;
}

/** A place within a row, counted in C order, counted in column-major order. */
function fortranPlace(shape: readonly number[], place: number): number {
  let rest = place;
  let index = 0;
  let stride = shape.slice(1).reduce((a, b) => a * b, 1);
  for (let axis = shape.length - 1; axis >= 1; axis--) {
    const size = shape[axis] ?? 1;
    stride /= size;
    index += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return index;
}
