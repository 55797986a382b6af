/** The IDX header (LeCun, Cortes, Burges: the MNIST pages): 0 0 type rank, then sizes, big-endian. */
import { type Issue, issue } from "../base/index.js";
import type { ArrayHeader, ElementType } from "./elements.js";

const TYPES: Readonly<Record<number, ElementType>> = {
  8: "uint8",
  9: "int8",
  11: "int16",
  12: "int32",
  13: "float32",
  14: "float64",
};

/** Longest header: 255 axes. */
export const IDX_HEADER_BYTES = 4 + 4 * 255;

/** Reads the header at the beginning of `bytes` (all of a short file, or its start). */
export function parseIdxHeader(bytes: Uint8Array): ArrayHeader | Issue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0) {
    return issue("corrupt_idx", { expected: "an IDX file, which begins with two zero bytes" });
  }
  const type = view.getUint8(2);
  const dtype = TYPES[type];
  if (!dtype) {
    return issue("corrupt_idx", {
      expected: "a type code among 8, 9, 11, 12, 13, 14",
      received: String(type),
    });
  }
  const rank = view.getUint8(3);
  const dataOffset = 4 + 4 * rank;
  if (rank === 0) return issue("corrupt_idx", { expected: "at least one axis", received: "none" });
  if (bytes.length < dataOffset) {
    return issue("corrupt_idx", {
      expected: `a header of ${dataOffset} bytes`,
      received: `${bytes.length} bytes`,
      hint: "the file is cut short",
    });
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  return { dtype, littleEndian: false, fortran: false, shape, dataOffset };
}
