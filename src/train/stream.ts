import { fail } from "../base/index.js";
import type { Dataset, SplitName } from "../data/index.js";
import { allocate, type DType, sizeOf, type Tensor, type TensorData } from "../ir/index.js";

/** Type of one example's array, without the batch axis. */
export interface StreamField {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * Examples of one shape, as named arrays: what a phase of training or an evaluation reads. Masks and weights of
 * examples are fields like any other.
 */
export interface Stream<F extends string = string> {
  /** Number of examples. */
  readonly length: number;
  /** Types of one example, without the batch axis. */
  readonly fields: Readonly<Record<F, StreamField>>;
  /** True where all examples may be held at once; they are then read once, and in one piece. */
  readonly inMemory: boolean;
  /** Examples by position, in the order asked for: per field one tensor [rows, ...shape]. */
  read(rows: readonly number[], signal?: AbortSignal): Promise<Readonly<Record<F, Tensor>>>;
  /** All examples in order, where they are at hand already. */
  readonly whole?: Readonly<Record<F, Tensor>>;
}

/**
 * A stream of tensors in memory; the first axis of each counts the examples.
 *
 * @throws `stream_lengths` where the tensors have different numbers of examples
 */
export function streamOf<F extends string>(tensors: Readonly<Record<F, Tensor>>): Stream<F> {
  const entries = Object.entries<Tensor>(tensors);
  const length = entries[0]?.[1].dims[0] ?? 0;
  for (const [name, t] of entries) {
    if (t.dims.length === 0 || t.dims[0] !== length) {
      fail("stream_lengths", {
        path: name,
        expected: `${length} examples along the first axis`,
        received: `dims [${t.dims.join(", ")}]`,
      });
    }
  }
  const fields = Object.fromEntries(
    entries.map(([name, { dtype, dims }]) => [name, { dtype, shape: dims.slice(1) } as StreamField]),
  ) as Record<F, StreamField>;
  return {
    length,
    fields,
    inMemory: true,
    whole: tensors,
    read: async (rows) =>
      Object.fromEntries(entries.map(([name, t]) => [name, takeRows(t, rows)])) as Record<F, Tensor>,
  };
}

/** A split of a data set: its inputs by name, and `target` (int32 classes, or float32 numbers). */
export function streamOfSplit(dataset: Dataset, split: SplitName): Stream {
  const { length, targets } = dataset.splits[split];
  const target = targets instanceof Int32Array ? ("int32" as const) : ("float32" as const);
  return {
    length,
    fields: {
      ...Object.fromEntries(dataset.inputs.map(({ name, dtype, shape }) => [name, { dtype, shape }])),
      target: { dtype: target, shape: [] },
    },
    inMemory: dataset.inMemory,
    async read(rows, signal) {
      const batch = await dataset.splits[split].read(rows, signal);
      return {
        ...Object.fromEntries(
          dataset.inputs.map(({ name, dtype, shape }) => {
            const data =
              batch.inputs[name] ??
              fail("batch_input", { expected: "an array for each input of the data set" });
            return [name, { dtype, dims: [batch.length, ...shape], data }];
          }),
        ),
        target: { dtype: target, dims: [batch.length], data: batch.target },
      };
    },
  };
}

/** Rows of a tensor along its first axis. */
export function takeRows(t: Tensor, rows: readonly number[]): Tensor {
  const row = sizeOf(t.dims.slice(1));
  const count = t.dims[0] ?? 0;
  const dims = [rows.length, ...t.dims.slice(1)];
  const { data } = t;
  if (!ArrayBuffer.isView(data)) {
    return { dtype: t.dtype, dims, data: rows.flatMap((r) => data.slice(r * row, (r + 1) * row)) };
  }
  const out = allocate(t.dtype, rows.length * row);
  rows.forEach((r, i) => {
    if (!(r >= 0 && r < count))
      fail("index_out_of_range", { expected: `a row below ${count}`, received: `${r}` });
    copy(out, data, r * row, (r + 1) * row, i * row);
  });
  return { dtype: t.dtype, dims, data: out };
}

/** Typed arrays of one dtype are of one kind; what the compiler cannot see is stated here, once. */
function copy(to: TensorData, from: TensorData, begin: number, end: number, at: number): void {
  (to as Float32Array).set((from as Float32Array).subarray(begin, end), at);
}
