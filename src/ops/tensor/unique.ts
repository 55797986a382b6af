import { dim } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { type RefTensor, ref } from "../reference.js";
import { axisAt, axisIssue, axisOf, remap } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * Distinct elements (or slices along `axis`); then the index of each one's first occurrence, for each
     * element the number of its like, and the counts.
     */
    Unique(x: Value, attrs?: { axis?: number; sorted?: 0 | 1 }): Value;
    Unique(x: Value, attrs: { axis?: number; sorted?: 0 | 1 }, outputs: 4): [Value, Value, Value, Value];
  }
}

/** Distinct elements or slices. */
export const Unique = defineOp({
  type: "Unique",
  since: 11,
  doc: "Distinct elements, or slices along an axis, with first places, numbers and counts.",
  inputs: ["x"],
  outputs: ["y", "indices?", "inverse?", "counts?"],
  attributes: { axis: attr.int(), sorted: attr.int(1) },
  infer({ x }, { axis }) {
    const found = dim.unknown();
    const at = axis === undefined ? 0 : axisOf(axis, x.shape.length);
    if (at === undefined) return axisIssue(axis ?? 0, x.shape.length);
    const vector = (length: string | number) => ({ dtype: "int64" as const, shape: [length] });
    return {
      y: { dtype: x.dtype, shape: axis === undefined ? [found] : x.shape.with(at, found) },
      indices: vector(found),
      inverse: vector(axis === undefined ? dim.size(x.shape) : (x.shape[at] ?? 1)),
      counts: vector(found),
    };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x }, { axis, sorted }) {
    const from = axis === undefined ? ref(x.dtype, [x.data.length], x.data) : x;
    const at = axis === undefined ? 0 : axisAt(axis, x.dims.length);
    const groups = slices(from, at, sorted === 1);
    const inverse = new Float64Array(from.dims[at] ?? 0);
    groups.forEach((members, number) => {
      for (const i of members) inverse[i] = number;
    });
    const vector = (values: readonly number[]) => ref("int64", [values.length], Float64Array.from(values));
    const first = groups.map(([i = 0]) => i);
    return {
      y: remap(from, from.dims.with(at, groups.length), (index) =>
        index.with(at, first[index[at] ?? 0] ?? 0),
      ),
      indices: vector(first),
      inverse: ref("int64", [inverse.length], inverse),
      counts: vector(groups.map((members) => members.length)),
    };
  },
  grad: { none: "gather the elements by the second output of Unique and differentiate that" },
  samples: [
    { inputs: { x: { dims: [6], values: [2, 1, 1, 3, 4, 3], feed: true } }, outputs: 4 },
    {
      inputs: { x: { dims: [6], values: [2, 1, 1, 3, 4, 3], feed: true } },
      attrs: { sorted: 0 },
      outputs: 4,
    },
    {
      inputs: { x: { dims: [3, 2], values: [1, 0, 0, 5, 1, 0], feed: true } },
      attrs: { axis: 0 },
      outputs: 4,
    },
  ],
});

/** Numbers of the slices along an axis, those that are equal together. */
function slices(x: RefTensor, axis: number, sorted: boolean): number[][] {
  const length = x.dims[axis] ?? 0;
  const rows = Array.from({ length }, (_, i) =>
    Array.from(remap(x, x.dims.with(axis, 1), (index) => index.with(axis, i)).data),
  );
  const groups = new Map<string, number[]>();
  rows.forEach((row, i) => {
    const key = row.join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [i]);
    else group.push(i);
  });
  const all = [...groups.values()];
  if (sorted) all.sort(([a = 0], [b = 0]) => compare(rows[a] ?? [], rows[b] ?? []));
  return all;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? 0;
    if (value !== other) return value - other;
  }
  return 0;
}
