/** Data sets from arrays in memory: what a web page has, or a program that made its data itself. */
import { fail, sha256Stream } from "../base/index.js";
import { buildArrays } from "./array-dataset.js";
import type { StoredArray } from "./array-rows.js";
import { datasetOf, metaOf } from "./assemble.js";
import type { Dataset, SplitName } from "./dataset.js";
import { ELEMENTS, type ElementType } from "./elements.js";
import { layoutOf, memorySource } from "./records.js";

export type NumberArray =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Examples and what is to be predicted of each. */
export interface ArrayExamples {
  /**
   * Contents of all examples, one after another, row-major. Bytes of two or three axes are images ([H, W],
   * [C, H, W] or [H, W, C]), everything else plain numbers.
   */
  readonly x: NumberArray;
  /** Of one example: `[28, 28]`, `[3, 32, 32]`, `[13]`. */
  readonly shape: readonly number[];
  /** One target an example. Integers 0..K-1 are classes; other numbers are a regression, see `task`. */
  readonly y: NumberArray | readonly number[];
}

export interface ArrayOptions {
  /** For messages and cards. Default "arrays". */
  readonly name?: string;
  readonly task?: "classification" | "regression";
  /** Whether mirrored images keep their class. Default: unless classes are single digits or letters. */
  readonly flip?: boolean;
  /** Of the division into training, validation and test (80, 10, 10 %), where the data come undivided. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/**
 * A data set of arrays, divided like any other; or of parts that are divided already (what is missing of
 * validation and test is taken from training). Arrays are copied. The same examples give the same division and
 * hash as from NPY files.
 *
 * Errors: `array_elements`, `length_mismatch`, `shape_mismatch`, `not_finite`, `empty_array`, `too_few_examples`,
 * and those of targets.
 */
export async function datasetFromArrays(
  examples: ArrayExamples | Partial<Readonly<Record<SplitName, ArrayExamples>>>,
  options: ArrayOptions = {},
): Promise<Dataset> {
  const { name = "arrays", task, flip, seed, signal } = options;
  const given = "x" in examples ? [[undefined, examples] as const] : partsOf(examples);
  const parts = given.map(([split, it]) => {
    const label = split ?? name;
    const width = it.shape.reduce((a, b) => a * b, 1);
    const rows = width > 0 ? it.x.length / width : 0;
    if (!Number.isInteger(rows)) {
      fail("array_elements", {
        path: `${label}.x`,
        expected: `whole examples of shape [${it.shape.join(", ")}]: a multiple of ${width} numbers`,
        received: String(it.x.length),
      });
    }
    const y = Array.isArray(it.y) ? Float64Array.from(it.y) : (it.y as NumberArray);
    return {
      split,
      x: stored(`${label}.x`, it.x, [rows, ...it.shape]),
      y: stored(`${label}.y`, whole(y), [it.y.length]),
    };
  });
  const sha = sha256Stream();
  let memory = new Uint8Array();
  let used = 0;
  const draft = await buildArrays(parts, { task, flip, seed, signal }, async (inputs, count) => {
    memory = new Uint8Array(layoutOf(inputs).recordBytes * count);
    return {
      async write(records) {
        sha.update(records);
        memory.set(records, used);
        used += records.length;
      },
    };
  });
  const meta = metaOf({ name, source: "arrays in memory" }, draft, sha.hex());
  return datasetOf(
    meta,
    draft.targets,
    draft.split,
    memorySource(memory, layoutOf(draft.inputs).recordBytes),
  );
}

function partsOf(parts: Partial<Readonly<Record<SplitName, ArrayExamples>>>) {
  const given = (["train", "validation", "test"] as const).flatMap((split) => {
    const part = parts[split];
    return part === undefined ? [] : [[split, part] as const];
  });
  return given.length > 0
    ? given
    : fail("empty_array", { expected: "examples: { x, shape, y }, or { train: { x, shape, y }, … }" });
}

/** Whole numbers as such: classes are recognised by their type. */
function whole(y: NumberArray): NumberArray {
  if (!(y instanceof Float64Array) || !y.every((v) => Number.isInteger(v) && Math.abs(v) < 2 ** 31)) return y;
  return Int32Array.from(y);
}

function stored(path: string, data: NumberArray, shape: readonly number[]): StoredArray {
  const dtype = dtypeOf(data);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return {
    path,
    header: { dtype, littleEndian: true, fortran: false, shape, dataOffset: 0 },
    bytes: {
      length: bytes.length,
      read: async (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
    },
  };
}

function dtypeOf(data: NumberArray): ElementType {
  const name = data[Symbol.toStringTag].replace("Clamped", "").replace("Array", "").toLowerCase();
  return name in ELEMENTS
    ? (name as ElementType)
    : fail("array_elements", { expected: "a typed array of numbers", received: data[Symbol.toStringTag] });
}

/** What a canvas gives for a picture: `ImageData`, four bytes a pixel. */
export interface Pixels {
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Pictures of one size as bytes [N, C, H, W], for {@link datasetFromArrays} or as a model's `image` input.
 * One channel is brightness (Rec. 601: 0.299 R + 0.587 G + 0.114 B) on black: transparent pixels are dark.
 * Errors: `shape_mismatch`.
 */
export function imageBytes(pictures: readonly Pixels[], channels: 1 | 3 = 1): Uint8Array {
  const { width = 0, height = 0 } = pictures[0] ?? {};
  const plane = width * height;
  const out = new Uint8Array(pictures.length * channels * plane);
  pictures.forEach((picture, n) => {
    if (picture.width !== width || picture.height !== height || picture.data.length !== 4 * plane) {
      fail("shape_mismatch", {
        path: `picture ${n}`,
        expected: `${width} × ${height} pixels of four bytes`,
        received: `${picture.width} × ${picture.height}`,
      });
    }
    const at = n * channels * plane;
    for (let i = 0; i < plane; i++) {
      const [r = 0, g = 0, b = 0, a = 0] = picture.data.subarray(4 * i, 4 * i + 4);
      const seen = a / 255;
      if (channels === 1) out[at + i] = Math.round(seen * (0.299 * r + 0.587 * g + 0.114 * b));
      else {
        out[at + i] = Math.round(seen * r);
        out[at + plane + i] = Math.round(seen * g);
        out[at + 2 * plane + i] = Math.round(seen * b);
      }
    }
  });
  return out;
}
