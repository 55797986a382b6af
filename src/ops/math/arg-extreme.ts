import { dim, isIssue } from "../../base/index.js";
import { attr } from "../attributes.js";
import { defineOp, type OpDefinition } from "../define.js";
import { dropAxes } from "../reduction.js";
import { ref } from "../reference.js";
import { mapRows } from "../rows.js";
import { axesOf, axisAt } from "../tensor/rules.js";

export interface ArgAttributes {
  /** Default 0; may be negative. */
  readonly axis?: number;
  /** Whether the axis stays, with length 1. Default 1. */
  readonly keepdims?: 0 | 1;
  /** Whether the last of several equal elements is taken. Default 0. */
  readonly select_last_index?: 0 | 1;
}

/** The index of the best element along an axis. */
export function argExtreme(spec: {
  readonly type: string;
  readonly doc: string;
  readonly better: (a: number, b: number) => boolean;
}): OpDefinition {
  return defineOp({
    type: spec.type,
    since: 13,
    doc: spec.doc,
    inputs: ["data"],
    outputs: ["indices"],
    attributes: { axis: attr.int(0), keepdims: attr.int(1), select_last_index: attr.int(0) },
    infer({ data }, { axis, keepdims }) {
      const axes = axesOf([axis], data.shape.length);
      return isIssue(axes)
        ? axes
        : { indices: { dtype: "int64" as const, shape: dropAxes(data.shape, axes, keepdims) } };
    },
    cost: ({ data }) => ({ flops: dim.size(data.shape) }),
    evaluate({ data }, { axis, keepdims, select_last_index }) {
      const at = axisAt(axis, data.dims.length);
      const best = mapRows(
        data,
        at,
        (row) => [
          row.reduce((top, value, i) => {
            const held = row[top] ?? value;
            return spec.better(value, held) || (select_last_index !== 0 && value === held) ? i : top;
          }, 0),
        ],
        1,
        "int64",
      );
      return { indices: ref("int64", dropAxes(best.dims, [at], keepdims) as number[], best.data) };
    },
    grad: "zero",
    samples: [
      { inputs: { data: [3, 4] } },
      { inputs: { data: [2, 3, 4] }, attrs: { axis: -1, keepdims: 0 } },
      { inputs: { data: [2, 3, 4] }, attrs: { axis: 1 } },
      { inputs: { data: [5] }, attrs: { keepdims: 0 } },
      {
        inputs: { data: { dims: [2, 6], values: [1, 3, 3, 1, 1, 3, 2, 2, 2, 2, 2, 2] } },
        attrs: { axis: 1 },
      },
      {
        inputs: { data: { dims: [2, 6], values: [1, 3, 3, 1, 1, 3, 2, 2, 2, 2, 2, 2] } },
        attrs: { axis: 1, select_last_index: 1 },
      },
      { inputs: { data: { dims: [2, 6], dtype: "int32", low: -99, high: 99 } }, attrs: { axis: 1 } },
    ],
  });
}
