/** Writers of NPY, IDX and ZIP for tests; they share nothing with the readers. */
import { crc32, deflateRawSync } from "node:zlib";
import { ELEMENTS, type ElementType } from "../../src/data/elements.js";

export const CODES: Record<Exclude<ElementType, "float16">, string> = {
  bool: "b1",
  uint8: "u1",
  uint16: "u2",
  uint32: "u4",
  uint64: "u8",
  int8: "i1",
  int16: "i2",
  int32: "i4",
  int64: "i8",
  float32: "f4",
  float64: "f8",
};
export type Written = keyof typeof CODES;

function numberBytes(type: Written, values: readonly number[], little: boolean): Uint8Array {
  const size = ELEMENTS[type].bytes;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    const at = i * size;
    if (type === "bool" || type === "uint8") view.setUint8(at, value);
    else if (type === "int8") view.setInt8(at, value);
    else if (type === "uint16") view.setUint16(at, value, little);
    else if (type === "int16") view.setInt16(at, value, little);
    else if (type === "uint32") view.setUint32(at, value, little);
    else if (type === "int32") view.setInt32(at, value, little);
    else if (type === "uint64") view.setBigUint64(at, BigInt(value), little);
    else if (type === "int64") view.setBigInt64(at, BigInt(value), little);
    else if (type === "float32") view.setFloat32(at, value, little);
    else view.setFloat64(at, value, little);
  });
  return bytes;
}

interface NpyOptions {
  big?: boolean;
  fortran?: boolean;
  version?: 1 | 2 | 3;
}

/** NPY of values in C order. */
export function npy(
  type: Written,
  shape: readonly number[],
  values: readonly number[],
  { big = false, fortran = false, version = 1 }: NpyOptions = {},
): Uint8Array {
  const order = ELEMENTS[type].bytes === 1 ? "|" : big ? ">" : "<";
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${order}${CODES[type]}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${tuple}), }`;
  const start = version === 1 ? 10 : 12;
  const padded = `${dict}${" ".repeat(63 - ((start + dict.length) % 64))}\n`;
  const head = Buffer.alloc(start);
  head.set([0x93, ...Buffer.from("NUMPY"), version, 0]);
  if (version === 1) head.writeUInt16LE(padded.length, 8);
  else head.writeUInt32LE(padded.length, 8);
  const ordered = fortran ? columnMajor(shape, values) : values;
  return Buffer.concat([head, Buffer.from(padded), numberBytes(type, ordered, !big)]);
}

function columnMajor(shape: readonly number[], values: readonly number[]): number[] {
  const out = Array<number>(values.length).fill(0);
  values.forEach((value, place) => {
    let rest = place;
    const index = [...shape].reverse().map((size) => {
      const i = rest % size;
      rest = Math.floor(rest / size);
      return i;
    });
    index.reverse();
    let at = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) at = at * (shape[axis] ?? 1) + (index[axis] ?? 0);
    out[at] = value;
  });
  return out;
}

export function idx(type: Written, shape: readonly number[], values: readonly number[]): Uint8Array {
  const code = { uint8: 8, int8: 9, int16: 11, int32: 12, float32: 13, float64: 14 }[type as "uint8"];
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, code, shape.length]);
  shape.forEach((size, i) => {
    head.writeUInt32BE(size, 4 + 4 * i);
  });
  return Buffer.concat([head, numberBytes(type, values, false)]);
}

export function zip(entries: Record<string, Uint8Array>, deflate: boolean): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(entries)) {
    const packed = deflate ? deflateRawSync(bytes) : Buffer.from(bytes);
    const fields = Buffer.alloc(22);
    fields.writeUInt16LE(deflate ? 8 : 0, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    fields.copy(local, 4);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    fields.copy(central, 6);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(at, 42);
    parts.push(local, Buffer.from(name), packed);
    directory.push(central, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(entries).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, list, end]);
}
