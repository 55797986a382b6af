import { type Dim, dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { lengthsIn } from "../contents.js";
import { type Arg, defineOp } from "../define.js";
import { axisAt, axisIssue, axisOf, filledLike, lengthOf, listOf, remap } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * Parts along an axis, of the lengths in `split` or into `num_outputs` equal ones (the last may be shorter).
     * A trailing number says how many parts there are, where `split` is not a constant.
     */
    Split(x: Value, split: Value, attrs?: { axis?: number }, outputs?: number): Value[];
    Split(x: Value, split: undefined, attrs: { axis?: number; num_outputs: number }): Value[];
  }
}

/** Parts along an axis. */
export const Split = defineOp({
  type: "Split",
  since: 13,
  doc: "Parts along an axis: of given lengths, or equal ones of which the last may be shorter.",
  inputs: ["x", "split?"],
  outputs: ["ys..."],
  attributes: { axis: attr.int(0), num_outputs: attr.int() },
  outputCount: ({ split }, { num_outputs }) => num_outputs ?? (split && lengthOf(split)) ?? 1,
  infer({ x, split }, { axis, num_outputs }, { outputCount }) {
    const at = axisOf(axis, x.shape.length);
    if (at === undefined) return axisIssue(axis, x.shape.length);
    const total = x.shape[at] ?? 1;
    if (split === undefined && num_outputs !== undefined && num_outputs !== outputCount) {
      return issue("split_count", { expected: `${num_outputs} results`, received: `${outputCount}` });
    }
    const lengths = lengthsOf(total, split, outputCount);
    if (split !== undefined && lengths.length !== outputCount) {
      return issue("split_count", { expected: `${outputCount} lengths`, received: `${lengths.length}` });
    }
    if (dim.conflict(dim.add(...lengths), total)) {
      return issue("split_sum", {
        expected: `lengths that add up to ${total}`,
        received: `[${lengths.join(", ")}]`,
      });
    }
    return {
      ys: lengths.map((length) => ({ dtype: x.dtype, shape: x.shape.with(at, length) })),
    };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, split }, { axis }, { outputCount }) {
    const at = axisAt(axis, x.dims.length);
    const total = x.dims[at] ?? 1;
    const lengths = listOf(split) ?? equalParts(total, outputCount).map(Number);
    let start = 0;
    return {
      ys: lengths.map((length) => {
        const from = start;
        start += length;
        return remap(x, x.dims.with(at, length), (index) => index.with(at, (index[at] ?? 0) + from));
      }),
    };
  },
  grad(g, { x }, { ys: dys }, { attrs, outputs }) {
    if (dys === undefined || dys.every((dy) => dy === undefined)) return {};
    const parts = outputs.ys.map((y, i) => dys[i] ?? filledLike(g, y));
    return { x: g.Concat(parts, { axis: axisAt(attrs.axis, x.rank) }) };
  },
  samples: [
    { inputs: { x: [2, 6], split: { dims: [3], dtype: "int64", values: [1, 2, 3] } }, attrs: { axis: 1 } },
    { inputs: { x: [5, 2] }, attrs: { num_outputs: 2 } },
    { inputs: { x: [2, 3, 4], split: { dims: [2], dtype: "int64", values: [3, 1] } }, attrs: { axis: -1 } },
  ],
});

function lengthsOf(total: Dim, split: Arg | undefined, count: number): readonly Dim[] {
  if (split === undefined) return equalParts(total, count);
  return lengthsIn(split) ?? Array.from({ length: lengthOf(split) ?? count }, () => dim.unknown());
}

/** Equal lengths, rounded up; the last takes what is left. */
function equalParts(total: Dim, count: number): Dim[] {
  const each = dim.divide(total, count) ?? dim.ceilDiv(total, count);
  return Array.from({ length: count }, (_, i) =>
    i < count - 1 ? each : dim.sub(total, dim.mul(each, count - 1)),
  );
}
