import { dim } from "../../base/index.js";
import { numbersOf, tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { lengthsIn } from "../contents.js";
import { defineOp } from "../define.js";
import { axisAt, axisIssue, axisOf, integersOf, inversePermutation, padAxis, remap } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Slices of `x` along an axis, chosen by `indices`, whose axes take the place of that axis. */
    Gather(x: Value, indices: Value, attrs?: { axis?: number }): Value;
  }
}

/** Slices along an axis, chosen by index; negative indices count from the end. */
export const Gather = defineOp({
  type: "Gather",
  since: 13,
  doc: "Slices along an axis, chosen by indices whose axes take the place of that axis.",
  inputs: ["x", "indices"],
  outputs: ["y"],
  attributes: { axis: attr.int(0) },
  infer({ x, indices }, { axis }) {
    const at = axisOf(axis, x.shape.length);
    if (at === undefined) return axisIssue(axis, x.shape.length);
    return {
      y: { dtype: x.dtype, shape: [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)] },
    };
  },
  contents({ x, indices }) {
    const lengths = x.shape.length === 1 ? lengthsIn(x) : undefined;
    const picked = integersOf(indices)?.map((i) => lengths?.at(i));
    const known = picked?.filter((d) => d !== undefined);
    return { y: known?.length === picked?.length ? known : undefined };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, indices }, { axis }) {
    const at = axisAt(axis, x.dims.length);
    const length = x.dims[at] ?? 1;
    const taken = indices.dims.length;
    const dims = [...x.dims.slice(0, at), ...indices.dims, ...x.dims.slice(at + 1)];
    const flatOf = (index: readonly number[]) =>
      indices.dims.reduce((flat, d, i) => flat * d + (index[at + i] ?? 0), 0);
    return {
      y: remap(x, dims, (index) => {
        const chosen = indices.data[flatOf(index)] ?? 0;
        return [...index.slice(0, at), chosen < 0 ? chosen + length : chosen, ...index.slice(at + taken)];
      }),
    };
  },
  grad: (g, { x, indices }, { y: dy }, { attrs }) => ({
    x: dy && gatherGrad(g, dy, x, indices, axisAt(attrs.axis, x.rank)),
  }),
  samples: [
    { inputs: { x: [4, 3], indices: { dims: [2], dtype: "int64", values: [2, 0] } } },
    {
      inputs: { x: [2, 4, 3], indices: { dims: [4], dtype: "int64", values: [3, 1, 0, 2] } },
      attrs: { axis: 1 },
    },
    { inputs: { x: [2, 4, 3], indices: { dims: [2], dtype: "int64", values: [1, 2] } }, attrs: { axis: 1 } },
    { inputs: { x: [2, 3], indices: { dims: [], dtype: "int64", values: [-1] } }, attrs: { axis: -1 } },
    {
      inputs: {
        x: [5, 3],
        indices: { dims: [2, 3], dtype: "int64", values: [4, 0, 0, 1, 4, -2], feed: true },
      },
    },
    {
      inputs: { x: [2, 4, 3], indices: { dims: [2, 2], dtype: "int64", values: [1, 1, -4, 3], feed: true } },
      attrs: { axis: 1 },
    },
  ],
});

/**
 * Gradient of a Gather along a non-negative axis of `x`: the slices of `dy` added up at their places. Only that
 * axis of `x` is looked at, so the other axes may have other lengths than those of `x`.
 */
export function gatherGrad(g: Builder, dy: Value, x: Value, indices: Value, axis: number): Value {
  const length = x.shape[axis] ?? 1;
  if (indices.data !== undefined && indices.rank <= 1 && typeof length === "number") {
    const rows = numbersOf(indices.data).map((i) => (i < 0 ? i + length : i));
    if (new Set(rows).size === rows.length && rows.length > 0) {
      const d = indices.rank === 0 ? g.Unsqueeze(dy, g.i64([axis])) : dy;
      return spread(g, d, rows, length, axis);
    }
  }
  // Any indices: bring their axes to the front and scatter-add the slices into zeros.
  const places = dy.shape.map((_, i) => i);
  const chosen = places.slice(axis, axis + indices.rank);
  const lead = places.slice(0, axis);
  const tail = places.slice(axis + indices.rank);
  const moved = axis === 0 ? dy : g.Transpose(dy, { perm: [...chosen, ...lead, ...tail] });
  const rest = moved.shape.slice(indices.rank);
  const shape =
    typeof length === "number" && dim.isStatic(rest)
      ? g.i64([length, ...rest])
      : g.Concat([g.Shape(x, { start: axis, end: axis + 1 }), g.Shape(moved, { start: indices.rank })], {
          axis: 0,
        });
  const zeros = g.ConstantOfShape(shape, { value: tensor(dy.dtype, [1], [0]) });
  const sum = g.ScatterND(zeros, g.Unsqueeze(indices, g.i64([-1])), moved, { reduction: "add" });
  if (axis === 0) return sum;
  const front = [axis, ...lead, ...rest.slice(axis).map((_, i) => axis + 1 + i)];
  return g.Transpose(sum, { perm: inversePermutation(front) });
}

/** The slices of `d` at distinct places `rows` of an axis of some length, zeros elsewhere. */
export function spread(g: Builder, d: Value, rows: readonly number[], length: number, axis: number): Value {
  const [first = 0] = rows;
  if (rows.every((row, i) => row === first + i)) {
    return padAxis(g, d, axis, first, length - first - rows.length);
  }
  // Every place reads its slice, or a row of zeros behind the last one.
  const source = Array.from({ length }, (_, place) => {
    const from = rows.indexOf(place);
    return from < 0 ? rows.length : from;
  });
  const padded = rows.length === length ? d : padAxis(g, d, axis, 0, 1);
  return g.Gather(padded, g.i64(source), { axis });
}
