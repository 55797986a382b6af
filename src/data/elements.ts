/** Number formats of array files, and how to read one number of each. */

interface Element {
  readonly bytes: number;
  readonly integer: boolean;
  read(view: DataView, at: number, little: boolean): number;
}

export const ELEMENTS = {
  bool: { bytes: 1, integer: true, read: (v, at) => (v.getUint8(at) === 0 ? 0 : 1) },
  uint8: { bytes: 1, integer: true, read: (v, at) => v.getUint8(at) },
  int8: { bytes: 1, integer: true, read: (v, at) => v.getInt8(at) },
  uint16: { bytes: 2, integer: true, read: (v, at, little) => v.getUint16(at, little) },
  int16: { bytes: 2, integer: true, read: (v, at, little) => v.getInt16(at, little) },
  uint32: { bytes: 4, integer: true, read: (v, at, little) => v.getUint32(at, little) },
  int32: { bytes: 4, integer: true, read: (v, at, little) => v.getInt32(at, little) },
  uint64: { bytes: 8, integer: true, read: (v, at, little) => Number(v.getBigUint64(at, little)) },
  int64: { bytes: 8, integer: true, read: (v, at, little) => Number(v.getBigInt64(at, little)) },
  float16: { bytes: 2, integer: false, read: (v, at, little) => halfToNumber(v.getUint16(at, little)) },
  float32: { bytes: 4, integer: false, read: (v, at, little) => v.getFloat32(at, little) },
  float64: { bytes: 8, integer: false, read: (v, at, little) => v.getFloat64(at, little) },
} as const satisfies Record<string, Element>;

export type ElementType = keyof typeof ELEMENTS;

/** IEEE 754 binary16. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** What a header says of an array, checked against nothing yet. */
export interface ArrayHeader {
  readonly dtype: ElementType;
  readonly littleEndian: boolean;
  /** First index fastest (column-major). */
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Bytes before the first number. */
  readonly dataOffset: number;
}

/** Bytes of all numbers; undefined where no file could hold them. */
export function dataBytesOf({ dtype, shape }: ArrayHeader): number | undefined {
  let bytes: number = ELEMENTS[dtype].bytes;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) return undefined;
  }
  return bytes;
}
