/** The NPY header, versions 1 to 3 (NumPy, `numpy.lib.format`): magic, version, length, a Python dict. */
import { type Issue, issue } from "../base/index.js";
import type { ArrayHeader, ElementType } from "./elements.js";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const TYPES: Readonly<Record<string, ElementType>> = {
  b1: "bool",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
};

/** Longest header that is read; NumPy's own are below 200 bytes for the types read here. */
export const NPY_HEADER_BYTES = 65_536;

export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Reads the header at the beginning of `bytes` (all of a short file, or its start). */
export function parseNpyHeader(bytes: Uint8Array): ArrayHeader | Issue {
  if (!isNpy(bytes)) return issue("corrupt_npy", { expected: "an NPY file, which begins with \\x93NUMPY" });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] ?? 0;
  const start = version === 1 ? 10 : 12;
  if (version < 1 || version > 3) {
    return issue("corrupt_npy", { expected: "version 1, 2 or 3", received: String(version) });
  }
  if (bytes.length < start) return cut();
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > NPY_HEADER_BYTES - start) {
    return issue("corrupt_npy", {
      expected: `a header below ${NPY_HEADER_BYTES} bytes`,
      received: `${length} bytes`,
    });
  }
  if (bytes.length < start + length) return cut();
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(start, start + length),
  );
  return parseDict(text, start + length);
}

const cut = () => issue("corrupt_npy", { expected: "a whole header", hint: "the file is cut short" });

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` in any order of keys. */
function parseDict(text: string, dataOffset: number): ArrayHeader | Issue {
  const descr = /^\s*\{.*'descr'\s*:\s*(?:'([^']*)'|(\[))/s.exec(text);
  const fortran = /'fortran_order'\s*:\s*(True|False)\s*[,}]/.exec(text);
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)\s*[,}]/.exec(text);
  if (!descr || !fortran || !shape) {
    return issue("corrupt_npy", {
      expected: "a header with descr, fortran_order and shape",
      received: JSON.stringify(text.slice(0, 80)),
    });
  }
  const type = descr[1] ?? "a structured type";
  const [, order = "", code = ""] = /^([<>|=]?)(.*)$/.exec(type) ?? [];
  const dtype = TYPES[code];
  if (!dtype) {
    return issue("unsupported_npy", {
      expected: `numbers (${Object.keys(TYPES).join(", ")})`,
      received: type.includes("O") ? `${type} (Python objects, which are not read)` : type,
      hint: "convert it in NumPy with .astype, words to integer codes",
    });
  }
  const sizes = (shape[1] ?? "")
    .split(",")
    .map((size) => size.trim().replace(/L$/, ""))
    .filter((size) => size !== "");
  if (sizes.some((size) => !/^\d{1,15}$/.test(size))) {
    return issue("corrupt_npy", { expected: "a shape of whole numbers", received: `(${shape[1]})` });
  }
  return {
    dtype,
    littleEndian: order !== ">",
    fortran: fortran[1] === "True",
    shape: sizes.map(Number),
    dataOffset,
  };
}
