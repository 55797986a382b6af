import { type Dim, dim, type Issue, isIssue, issue, type Shape } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { axesOf, integersOf, remap } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** x cut or padded with zeros on both sides to `shape`, along all axes or `axes`. */
    CenterCropPad(x: Value, shape: Value, attrs?: { axes?: readonly number[] }): Value;
  }
}

/** The middle of a tensor, or the tensor in the middle of zeros. An odd element more lies behind. */
export const CenterCropPad = defineOp({
  type: "CenterCropPad",
  since: 18,
  doc: "Cut, or padded with zeros, on both sides to given lengths.",
  inputs: ["x", "shape"],
  outputs: ["y"],
  attributes: { axes: attr.ints() },
  infer({ x, shape }, { axes }) {
    const out = target(x.shape, shape.contents ?? integersOf(shape), axes);
    return isIssue(out) ? out : { y: { dtype: x.dtype, shape: out } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, shape }, { axes }) {
    const out = target(x.dims, Array.from(shape.data), axes);
    const dims = isIssue(out) ? x.dims : out.map(Number);
    // Cut: the first element is floor(difference / 2); padded: as many zeros come first.
    const start = dims.map((d, i) => {
      const rest = (x.dims[i] ?? 1) - d;
      return rest >= 0 ? Math.floor(rest / 2) : -Math.floor(-rest / 2);
    });
    return {
      y: remap(x, dims, (index) => {
        const from = index.map((v, i) => v + (start[i] ?? 0));
        return from.every((v, i) => v >= 0 && v < (x.dims[i] ?? 1)) ? from : undefined;
      }),
    };
  },
  grad(g, { x }, { y: dy }, { attrs: { axes } }) {
    if (dy === undefined) return {};
    const whole = dim.isStatic(x.shape) ? g.i64(x.shape) : g.Shape(x);
    const at = axes === undefined ? undefined : axesOf(axes, x.rank);
    const lengths = at === undefined || isIssue(at) ? whole : g.Gather(whole, g.i64(at), { axis: 0 });
    return { x: g.CenterCropPad(dy, lengths, axes === undefined ? {} : { axes }) };
  },
  samples: [
    { inputs: { x: [5, 4], shape: lengths([3, 4]) } },
    { inputs: { x: [3, 4], shape: lengths([6, 7]) } },
    { inputs: { x: [2, 7, 4], shape: lengths([4, 7]) }, attrs: { axes: [1, 2] } },
    { inputs: { x: [2, 5, 4], shape: lengths([2]) }, attrs: { axes: [-2] } },
  ],
});

function lengths(values: readonly number[]) {
  return { dims: [values.length], dtype: "int64" as const, values };
}

function target(
  shape: Shape,
  wanted: readonly Dim[] | undefined,
  axes: readonly number[] | undefined,
): Dim[] | Issue {
  const list = axes === undefined ? shape.map((_, i) => i) : axesOf(axes, shape.length);
  if (isIssue(list)) return list;
  if (wanted !== undefined && wanted.length !== list.length) {
    return issue("crop_shape", { expected: `${list.length} lengths`, received: `${wanted.length}` });
  }
  const out = [...shape];
  list.forEach((axis, i) => {
    out[axis] = wanted?.[i] ?? dim.unknown();
  });
  return out;
}
