import { type Rng, rngOf } from "../base/index.js";
import type { Batch, ColumnArray, Dataset, InputSpec, Preprocessing, Split, Task } from "../data/index.js";
import { sizeOf } from "../ir/index.js";

export interface TinyOptions {
  readonly train?: number;
  readonly test?: number;
  /** False reads every batch anew, as from disk. Default true. */
  readonly inMemory?: boolean;
  readonly seed?: number;
}

export interface TinyImages extends TinyOptions {
  readonly classes?: number;
  readonly channels?: number;
  readonly side?: number;
}

/** Small pictures with a bright square whose place tells the class, in noise. For tests of training. */
export function tinyImages(options: TinyImages = {}): Dataset {
  const { classes = 3, channels = 1, side = 8, seed = 1 } = options;
  const shape = [channels, side, side];
  const draw = (label: number, rng: Rng, out: Uint8Array) => {
    const corner = [Math.floor(label / 2) % 2, label % 2].map(
      (half) => Math.floor((half * side) / 2) + rng.int(2),
    );
    for (let i = 0; i < out.length; i++) {
      const [y, x] = [Math.floor((i % (side * side)) / side), i % side];
      const inside = [y, x].every(
        (p, axis) => p >= (corner[axis] ?? 0) && p < (corner[axis] ?? 0) + side / 3,
      );
      out[i] = Math.min(255, Math.max(0, Math.round(60 + 40 * rng.normal() + (inside ? 120 : 0))));
    }
  };
  const split = (name: string, length: number) => {
    const targets = Int32Array.from({ length }, (_, i) => i % classes);
    const pixels = new Uint8Array(length * sizeOf(shape));
    const one = sizeOf(shape);
    targets.forEach((label, i) => {
      draw(label, rngOf(seed, name, i), pixels.subarray(i * one, (i + 1) * one));
    });
    return splitOf([{ name: "image", shape, data: pixels }], targets);
  };
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
  return assembled(options, split, {
    inputs: [{ name: "image", dtype: "uint8", shape }],
    task: { kind: "classification", classes: names },
    preprocessing: {
      kind: "image",
      channels,
      height: side,
      width: side,
      mean: new Array<number>(channels).fill(75),
      std: new Array<number>(channels).fill(55),
      flip: false,
      orientation: "NCHW",
    },
  });
}

/** Vectors of normal numbers with a target that is linear in them, plus a bend and noise. */
export function tinyVectors(options: TinyOptions & { readonly features?: number } = {}): Dataset {
  const { features = 5, seed = 1 } = options;
  const split = (name: string, length: number) => {
    const x = new Float32Array(length * features);
    const targets = new Float32Array(length);
    for (let i = 0; i < length; i++) {
      const rng = rngOf(seed, name, i);
      let y = 20 + 0.2 * rng.normal();
      for (let k = 0; k < features; k++) {
        const value = 3 + 2 * rng.normal();
        x[i * features + k] = value;
        y += (k % 2 === 0 ? 1 : -1) * value + (k === 0 ? 0.5 * Math.abs(value - 3) : 0);
      }
      targets[i] = y;
    }
    return splitOf([{ name: "x", shape: [features], data: x }], targets);
  };
  return assembled(options, split, {
    inputs: [{ name: "x", dtype: "float32", shape: [features] }],
    task: { kind: "regression", target: "y", mean: 23.8, std: 4.5 },
    preprocessing: {
      kind: "plain",
      mean: new Array<number>(features).fill(3),
      std: new Array<number>(features).fill(2),
    },
  });
}

/** A number with gaps and a column of words; the class is decided by both. */
export function tinyTable(options: TinyOptions = {}): Dataset {
  const { seed = 1 } = options;
  const split = (name: string, length: number) => {
    const numeric = new Float32Array(length);
    const categorical = new BigInt64Array(length);
    const targets = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      const rng = rngOf(seed, name, i);
      const value = 10 + 4 * rng.normal();
      const word = rng.int(3);
      numeric[i] = rng.float() < 0.1 ? Number.NaN : value;
      categorical[i] = BigInt(word);
      targets[i] = value + 4 * (word - 1) > 10 ? 1 : 0;
    }
    return splitOf(
      [
        { name: "numeric", shape: [1], data: numeric },
        { name: "categorical", shape: [1], data: categorical },
      ],
      targets,
    );
  };
  return assembled(options, split, {
    inputs: [
      { name: "numeric", dtype: "float32", shape: [1] },
      { name: "categorical", dtype: "int64", shape: [1] },
    ],
    task: { kind: "classification", classes: ["low", "high"] },
    preprocessing: {
      kind: "table",
      numeric: [{ name: "size", mean: 10, std: 4, missing: 0.1 }],
      categorical: [{ name: "kind", categories: ["a", "b"] }],
    },
  });
}

function assembled(
  { train = 96, test = 48, inMemory = true }: TinyOptions,
  split: (name: string, length: number) => Split,
  fields: {
    readonly inputs: readonly InputSpec[];
    readonly task: Task;
    readonly preprocessing: Preprocessing;
  },
): Dataset {
  return {
    name: "tiny",
    hash: "0".repeat(64),
    source: "made for a test",
    ...fields,
    splits: {
      train: split("train", train),
      validation: split("validation", test),
      test: split("test", test),
    },
    bytes: 0,
    inMemory,
    notes: [],
    [Symbol.asyncDispose]: async () => {},
  };
}

interface Column {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: ColumnArray;
}

function splitOf(columns: readonly Column[], targets: Int32Array | Float32Array): Split {
  const rows = <T extends ColumnArray>(data: T, indices: ArrayLike<number>, one: number): T => {
    const out = data.slice(0, indices.length * one) as T;
    Array.from(indices).forEach((row, i) => {
      for (let k = 0; k < one; k++) out[i * one + k] = data[row * one + k] ?? 0;
    });
    return out;
  };
  return {
    length: targets.length,
    targets,
    async read(indices, signal): Promise<Batch> {
      signal?.throwIfAborted();
      const inputs = columns.map(
        ({ name, shape, data }) => [name, rows(data, indices, sizeOf(shape))] as const,
      );
      return {
        inputs: Object.fromEntries(inputs),
        target: rows(targets, indices, 1),
        length: indices.length,
      };
    },
  };
}
