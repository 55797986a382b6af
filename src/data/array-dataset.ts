/** Data sets of arrays (IDX, NPY, NPZ): images where the inputs are bytes with two or three axes, else plain. */
import { ExitCode, fail } from "../base/index.js";
import { checkLength, readRows, rowLength, type StoredArray } from "./array-rows.js";
import type { DataOptions, InputSpec, Preprocessing, SplitName } from "./dataset.js";
import type { Begin, Draft } from "./draft.js";
import { ELEMENTS } from "./elements.js";
import { mirrorKeepsClass, PixelStatistics } from "./images.js";
import { Moments } from "./moments.js";
import { completeSplit, type SplitIndices, shuffledSplit, stratifiedSplit } from "./split.js";
import { taskOf } from "./table.js";
import { type Labels, TargetReader } from "./target.js";

export interface ArrayPart {
  /** Undefined where the data come undivided (then it is the only part). */
  readonly split: SplitName | undefined;
  readonly x: StoredArray;
  readonly y: StoredArray;
}

const BLOCK_BYTES = 2 ** 22;
/** Grey images have both sides at least this long; smaller ones are taken for small matrices. */
const SMALLEST_IMAGE = 5;

/**
 * Writes the records of all parts. Errors: `truncated_array`, `length_mismatch`, `shape_mismatch`,
 * `target_shape`, `not_finite`, `empty_array`, and those of the target and the split.
 */
export async function buildArrays(
  parts: readonly ArrayPart[],
  options: DataOptions,
  begin: Begin,
): Promise<Draft> {
  const first = parts[0] ?? fail("internal", { expected: "one pair of arrays at least" });
  for (const part of parts) checkPart(part, first);
  const path = first.x.path;
  const { labels, kept, notes } = await readLabels(parts, options);
  const split = splitOfParts(parts, kept, labels, options.seed ?? 0, path);
  const targets = labels.kind === "classification" ? labels.labels : labels.values;
  const training = new Uint8Array(targets.length);
  for (const i of split.train) training[i] = 1;

  const classes = labels.kind === "classification" ? labels.classes : [];
  const form = formOf(first.x, options.flip ?? (classes.length > 0 && mirrorKeepsClass(classes)));
  const sink = await begin([form.input], targets.length);
  let row = 0;
  let record = 0;
  for (const { x } of parts) {
    const total = x.header.shape[0] ?? 0;
    const rowBytes = rowLength(x.header) * ELEMENTS[x.header.dtype].bytes;
    const width = rowLength(x.header);
    const step = Math.max(1, Math.min(total, Math.floor(BLOCK_BYTES / Math.max(rowBytes, form.recordBytes))));
    // One block for all: the sink copies, and fresh ones would pile up until they are collected.
    const block = new Uint8Array(step * form.recordBytes);
    for (let from = 0; from < total; from += step) {
      options.signal?.throwIfAborted();
      const to = Math.min(total, from + step);
      const numbers = await readRows(x, from, to);
      let used = 0;
      for (let i = from; i < to; i++, row++) {
        if (kept[row] !== 1) continue;
        const values = numbers.subarray((i - from) * width, (i - from + 1) * width);
        form.encode(values, block.subarray(used, used + form.recordBytes), training[record] === 1, i);
        used += form.recordBytes;
        record++;
      }
      await sink.write(block.subarray(0, used));
    }
  }
  return {
    task: taskOf(labels, options.target ?? "y", split),
    inputs: [form.input],
    preprocessing: form.preprocessing(),
    targets,
    split,
    notes: [...notes, ...form.notes],
  };
}

function checkPart({ x, y }: ArrayPart, first: ArrayPart): void {
  checkLength(x);
  checkLength(y);
  const [rows = 0, ...shape] = x.header.shape;
  const [labels = 0] = y.header.shape;
  if (x.header.shape.length === 0 || rows === 0 || rowLength(x.header) === 0) {
    fail("empty_array", { path: x.path, received: `shape (${x.header.shape.join(", ")})` });
  }
  if (y.header.shape.length === 0 || rows !== labels) {
    fail("length_mismatch", {
      path: y.path,
      expected: `${rows} targets, one for each row of ${x.path}`,
      received: String(labels),
    });
  }
  const [, ...same] = first.x.header.shape;
  if (same.join() !== shape.join() || first.x.header.dtype !== x.header.dtype) {
    fail("shape_mismatch", {
      path: x.path,
      expected: `rows like those of ${first.x.path}: ${first.x.header.dtype} (${same.join(", ")})`,
      received: `${x.header.dtype} (${shape.join(", ")})`,
    });
  }
}

async function readLabels(parts: readonly ArrayPart[], options: DataOptions) {
  const path = parts[0]?.y.path ?? "";
  const reader = new TargetReader(options.target ?? "y", path);
  let contiguous = parts.every(({ y }) => ELEMENTS[y.header.dtype].integer);
  let highest = 0;
  for (const { y } of parts) {
    const width = rowLength(y.header);
    const rows = await readRows(y, 0, y.header.shape[0] ?? 0);
    for (let i = 0; i < (y.header.shape[0] ?? 0); i++) {
      const value = width === 1 ? rows[i] : oneHot(rows.subarray(i * width, (i + 1) * width), y, i);
      reader.observe(value);
      contiguous &&= (value ?? -1) >= 0;
      highest = Math.max(highest, value ?? 0);
    }
  }
  // Codes 0..K-1 stored as integers are classes, also where there are more than a number column may have.
  const codes = contiguous && reader.profile.distinct.size === highest + 1 && highest < 1000;
  return reader.resolve({ ...options, task: options.task ?? (codes ? "classification" : undefined) });
}

function oneHot(row: Uint8Array | Float64Array, y: StoredArray, index: number): number {
  let hot = -1;
  for (let i = 0; i < row.length; i++) {
    if (row[i] === 0) continue;
    if (row[i] !== 1 || hot >= 0) hot = Number.NaN;
    else if (!Number.isNaN(hot)) hot = i;
  }
  if (hot >= 0) return hot;
  return fail(
    "target_shape",
    {
      path: `${y.path} row ${index}`,
      expected: "one number a row, or one-hot rows",
      received: `shape (${y.header.shape.join(", ")})`,
      hint: "give one target a row",
    },
    { exitCode: ExitCode.usage },
  );
}

function splitOfParts(
  parts: readonly ArrayPart[],
  kept: Uint8Array,
  labels: Labels,
  seed: number,
  path: string,
): SplitIndices {
  const targets = labels.kind === "classification" ? labels.labels : labels.values;
  const classes = labels.kind === "classification" ? labels.classes.length : undefined;
  if (!parts.some(({ split }) => split === "train")) {
    return labels.kind === "classification"
      ? stratifiedSplit(labels.labels, labels.classes.length, seed, path)
      : shuffledSplit(targets.length, seed, path);
  }
  const positions: Partial<Record<SplitName, number[]>> = {};
  let row = 0;
  let record = 0;
  for (const { split = "train", x } of parts) {
    const own: number[] = [];
    for (let i = 0; i < (x.header.shape[0] ?? 0); i++, row++) if (kept[row] === 1) own.push(record++);
    positions[split] = own;
  }
  const part = (name: SplitName) => positions[name] && Int32Array.from(positions[name]);
  const given = {
    train: part("train") ?? new Int32Array(),
    validation: part("validation"),
    test: part("test"),
  };
  return completeSplit(given, targets, classes, seed, path);
}

/** How rows become records of one kind of input. */
interface Form {
  readonly input: InputSpec;
  readonly notes: readonly string[];
  readonly recordBytes: number;
  /** Writes one record into `out`; `row` is for errors. */
  encode(values: Uint8Array | Float64Array, out: Uint8Array, training: boolean, row: number): void;
  preprocessing(): Preprocessing;
}

function formOf(x: StoredArray, flip: boolean): Form {
  const [, ...shape] = x.header.shape;
  const image = x.header.dtype === "uint8" ? imageAxes(shape) : undefined;
  return image ? imageForm(image, flip) : plainForm(x, shape);
}

interface ImageAxes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly channelsLast: boolean;
}

function imageAxes(shape: readonly number[]): ImageAxes | undefined {
  const [a = 0, b = 0, c = 0] = shape;
  const few = (n: number) => n === 1 || n === 3 || n === 4;
  if (shape.length === 2 && Math.min(a, b) >= SMALLEST_IMAGE) {
    return { channels: 1, height: a, width: b, channelsLast: false };
  }
  if (shape.length !== 3) return undefined;
  if (few(a)) return { channels: a, height: b, width: c, channelsLast: false };
  return few(c) ? { channels: c, height: a, width: b, channelsLast: true } : undefined;
}

function imageForm({ channels, height, width, channelsLast }: ImageAxes, flip: boolean): Form {
  const plane = height * width;
  const statistics = new PixelStatistics(channels, plane);
  return {
    input: { name: "image", dtype: "uint8", shape: [channels, height, width] },
    notes: channelsLast ? ["images turned from height, width, channels to channels first"] : [],
    recordBytes: channels * plane,
    encode(values, out, training) {
      if (channelsLast) {
        for (let i = 0; i < plane; i++) {
          for (let c = 0; c < channels; c++) out[c * plane + i] = values[i * channels + c] ?? 0;
        }
      } else out.set(values);
      if (training) statistics.add(out);
    },
    preprocessing: () => ({
      kind: "image",
      channels,
      height,
      width,
      ...statistics.result(),
      flip,
      orientation: "NCHW",
    }),
  };
}

function plainForm(x: StoredArray, shape: readonly number[]): Form {
  const vector = shape.length <= 1;
  const moments = Array.from({ length: vector ? rowLength(x.header) : 1 }, () => new Moments());
  return {
    input: { name: "x", dtype: "float32", shape: shape.length === 0 ? [1] : shape },
    notes: [],
    recordBytes: 4 * rowLength(x.header),
    encode(values, out, training, row) {
      const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
      for (let i = 0; i < values.length; i++) {
        const value = Math.fround(values[i] ?? 0);
        if (!Number.isFinite(value)) {
          fail("not_finite", {
            path: `${x.path} row ${row}`,
            expected: "finite numbers (within float32)",
            received: String(values[i]),
            hint: "replace or drop such rows; tables (CSV, Parquet) may have missing values, arrays may not",
          });
        }
        if (training) moments[vector ? i : 0]?.add(value);
        view.setFloat32(4 * i, value, true);
      }
    },
    preprocessing: () => ({
      kind: "plain",
      mean: moments.map((m) => m.mean),
      std: moments.map((m) => m.std),
    }),
  };
}
