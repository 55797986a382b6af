import { dim, fail, isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineValueOp } from "../define-value.js";
import { asTensor, ref } from "../reference.js";
import { axisAt, axisIssue, axisOf, remap } from "../tensor/rules.js";
import { NO_GRADIENT, sequence, sequenceType, tensorOnly } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * x cut along `axis` into parts of length 1 (without that axis where `keepdims` is 0), of one length `split` (a
     * scalar), or of the lengths `split`.
     */
    SplitToSequence(x: Value, split?: Value, attrs?: { axis?: number; keepdims?: 0 | 1 }): Value;
  }
}

/** A tensor cut into a sequence of parts. */
export const SplitToSequence = defineValueOp({
  type: "SplitToSequence",
  since: 11,
  doc: "A tensor cut along an axis into a sequence of parts.",
  inputs: ["x", "split?"],
  outputs: ["sequence"],
  attributes: { axis: attr.int(0), keepdims: attr.int(1) },
  infer({ x, split }, { axis, keepdims }) {
    const whole = tensorOnly(x);
    if (isIssue(whole)) return whole;
    if (whole.shape === undefined) return { sequence: sequenceType(whole.dtype, undefined) };
    const at = axisOf(axis, whole.shape.length);
    if (at === undefined) return axisIssue(axis, whole.shape.length);
    const shape =
      split === undefined
        ? whole.shape.flatMap((d, i) => (i !== at ? [d] : keepdims === 0 ? [] : [1]))
        : whole.shape.map((d, i) => (i === at ? dim.unknown() : d));
    return { sequence: sequenceType(whole.dtype, shape) };
  },
  evaluate(inputs, { axis, keepdims }) {
    const x = asTensor(inputs.x);
    const split = inputs.split && asTensor(inputs.split);
    const at = axisAt(axis, x.dims.length);
    const length = x.dims[at] ?? 1;
    const each = split === undefined ? 1 : (split.data[0] ?? 1);
    if (!(each >= 1) && split?.dims.length === 0)
      fail("split_length", { expected: "1 or more", received: `${each}` });
    const lengths =
      split !== undefined && split.dims.length > 0
        ? Array.from(split.data)
        : Array.from({ length: Math.ceil(length / each) }, (_, i) => Math.min(each, length - i * each));
    if (lengths.some((l) => l < 0) || lengths.reduce((a, b) => a + b, 0) !== length) {
      fail("split_length", { expected: `lengths that add up to ${length}`, received: `[${lengths}]` });
    }
    let start = 0;
    const items = lengths.map((l) => {
      const from = start;
      start += l;
      const part = remap(x, x.dims.with(at, l), (index) => index.with(at, (index[at] ?? 0) + from));
      if (split !== undefined || keepdims !== 0) return part;
      return ref(x.dtype, x.dims.toSpliced(at, 1), part.data);
    });
    return { sequence: sequence(items) };
  },
  grad: NO_GRADIENT,
  samples: [
    { inputs: { x: [3, 4] } },
    { inputs: { x: [3, 4] }, attrs: { axis: 1, keepdims: 0 } },
    { inputs: { x: [5, 2], split: { dims: [], dtype: "int64", values: [2] } } },
    { inputs: { x: [2, 5], split: { dims: [2], dtype: "int64", values: [1, 4] } }, attrs: { axis: -1 } },
  ],
});
