import { dim, fail, isIssue, issue } from "../../base/index.js";
import { tensorType, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineValueOp } from "../define-value.js";
import { type RefTensor, ref } from "../reference.js";
import { axisAt } from "../tensor/rules.js";
import { asSequence, elementOf, NO_GRADIENT } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** The elements one after another along `axis`, or stacked along a new axis there. */
    ConcatFromSequence(sequence: Value, attrs: { axis: number; new_axis?: 0 | 1 }): Value;
  }
}

/** The elements of a sequence as one tensor. */
export const ConcatFromSequence = defineValueOp({
  type: "ConcatFromSequence",
  since: 11,
  doc: "The elements of a sequence one after another along an axis, old or new.",
  inputs: ["sequence"],
  outputs: ["y"],
  attributes: { axis: attr.int(), new_axis: attr.int(0) },
  infer({ sequence }, { axis, new_axis }) {
    const element = elementOf(sequence);
    if (isIssue(element)) return element;
    if (axis === undefined) return issue("attribute_missing", { expected: "axis" });
    const { shape } = element;
    if (shape === undefined) return { y: tensorType(element.dtype) };
    const rank = shape.length + new_axis;
    const at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank) {
      return issue("axis_range", { expected: `an axis in [${-rank}, ${rank - 1}]`, received: String(axis) });
    }
    return { y: tensorType(element.dtype, shape.toSpliced(at, 1 - new_axis, dim.unknown())) };
  },
  evaluate({ sequence }, { axis = 0, new_axis }) {
    const { items } = asSequence(sequence);
    const [first] = items;
    if (first === undefined) return fail("sequence_empty", { expected: "a sequence of one element or more" });
    const at = axisAt(axis, first.dims.length + new_axis);
    const parts = new_axis === 0 ? items : items.map((t) => ref(t.dtype, t.dims.toSpliced(at, 0, 1), t.data));
    return { y: joined(parts, at) };
  },
  grad: NO_GRADIENT,
  samples: [
    {
      inputs: {
        sequence: {
          kind: "sequence",
          items: [
            [2, 3],
            [2, 1],
          ],
        },
      },
      attrs: { axis: 1 },
    },
    {
      inputs: {
        sequence: {
          kind: "sequence",
          items: [
            [2, 3],
            [2, 3],
          ],
        },
      },
      attrs: { axis: -1, new_axis: 1 },
    },
  ],
});

function joined(parts: readonly RefTensor[], at: number): RefTensor {
  const [first] = parts;
  if (first === undefined) return ref("float32", [0]);
  const inner = first.dims.slice(at + 1).reduce((a, b) => a * b, 1);
  const outer = first.dims.slice(0, at).reduce((a, b) => a * b, 1);
  const length = parts.reduce((sum, t) => sum + (t.dims[at] ?? 0), 0);
  const y = ref(first.dtype, first.dims.with(at, length));
  let start = 0;
  for (const t of parts) {
    const row = (t.dims[at] ?? 0) * inner;
    for (let o = 0; o < outer; o++)
      y.data.set(t.data.subarray(o * row, (o + 1) * row), o * length * inner + start);
    start += row;
  }
  return y;
}
