import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { lengthsIn } from "../contents.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { axisAt, axisIssue, axisOf } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Tensors one after another along an axis; all other lengths are equal. */
    Concat(xs: readonly Value[], attrs: { axis: number }): Value;
  }
}

/** Tensors one after another along an axis. */
export const Concat = defineOp({
  type: "Concat",
  since: 4,
  doc: "Tensors one after another along an axis; all other lengths are equal.",
  inputs: ["xs..."],
  outputs: ["y"],
  attributes: { axis: attr.int() },
  infer({ xs }, { axis }) {
    const [first] = xs;
    if (first === undefined)
      return issue("input_missing", { expected: "one input or more", received: "none" });
    if (axis === undefined) return issue("attribute_missing", { expected: "axis" });
    const rank = first.shape.length;
    const at = axisOf(axis, rank);
    if (at === undefined) return axisIssue(axis, rank);
    const shape = [...first.shape];
    for (const x of xs.slice(1)) {
      const bad =
        x.shape.length !== rank || x.shape.some((d, i) => i !== at && dim.conflict(d, shape[i] ?? 1));
      if (bad) {
        return issue("concat_shape", {
          expected: `${dim.format(first.shape)} in all axes but ${at}`,
          received: dim.format(x.shape),
        });
      }
      x.shape.forEach((d, i) => {
        if (i === at) shape[i] = dim.add(shape[i] ?? 0, d);
        else if (typeof d === "number") shape[i] = d;
      });
    }
    return { y: { dtype: first.dtype, shape } };
  },
  contents({ xs }) {
    const parts = xs.map(lengthsIn).filter((part) => part !== undefined);
    return { y: parts.length === xs.length ? parts.flat() : undefined };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ xs }, { axis }) {
    const [first] = xs;
    if (first === undefined || axis === undefined) return {};
    const at = axisAt(axis, first.dims.length);
    const dims = [...first.dims];
    dims[at] = xs.reduce((sum, x) => sum + (x.dims[at] ?? 0), 0);
    const out = ref(first.dtype, dims);
    const inner = dims.slice(at + 1).reduce((size, d) => size * d, 1);
    const [outer, row] = [dims.slice(0, at).reduce((size, d) => size * d, 1), (dims[at] ?? 0) * inner];
    let start = 0;
    for (const x of xs) {
      const part = (x.dims[at] ?? 0) * inner;
      for (let o = 0; o < outer; o++) {
        out.data.set(x.data.subarray(o * part, (o + 1) * part), o * row + start);
      }
      start += part;
    }
    return { y: out };
  },
  grad(g, { xs }, { y: dy }, { attrs }) {
    const [first] = xs;
    if (dy === undefined || first === undefined) return {};
    const axis = axisAt(attrs.axis ?? 0, first.rank);
    if (xs.length === 1) return { xs: [dy] };
    const lengths = xs.map((x) => x.shape[axis] ?? 1);
    const sizes = dim.isStatic(lengths)
      ? g.i64(lengths)
      : g.Concat(
          xs.map((x) => g.Shape(x, { start: axis, end: axis + 1 })),
          { axis: 0 },
        );
    return { xs: g.Split(dy, sizes, { axis }, xs.length) };
  },
  samples: [
    {
      inputs: {
        xs: [
          [2, 3],
          [2, 1],
          [2, 2],
        ],
      },
      attrs: { axis: 1 },
    },
    {
      inputs: {
        xs: [
          [2, 3, 2],
          [1, 3, 2],
        ],
      },
      attrs: { axis: -3 },
    },
    { inputs: { xs: [[2, 3]] }, attrs: { axis: 0 } },
  ],
});
