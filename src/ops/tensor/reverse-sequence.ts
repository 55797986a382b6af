import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { remap } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** The first `lengths[i]` elements along `time_axis` of each sequence i of `batch_axis`, reversed. */
    ReverseSequence(x: Value, lengths: Value, attrs?: { batch_axis?: 0 | 1; time_axis?: 0 | 1 }): Value;
  }
}

/** The beginnings of sequences reversed. */
export const ReverseSequence = defineOp({
  type: "ReverseSequence",
  since: 10,
  doc: "The first elements of each sequence in reverse order, the rest as it is.",
  inputs: ["x", "lengths"],
  outputs: ["y"],
  attributes: { batch_axis: attr.int(1), time_axis: attr.int(0) },
  infer({ x, lengths }, { batch_axis, time_axis }) {
    if (x.shape.length < 2 || batch_axis + time_axis !== 1 || batch_axis * time_axis !== 0) {
      return issue("sequence_axes", {
        expected: "axes 0 and 1 as batch and time",
        received: `${batch_axis} and ${time_axis} of ${dim.format(x.shape)}`,
      });
    }
    if (lengths.shape.length !== 1 || dim.conflict(lengths.shape[0] ?? 1, x.shape[batch_axis] ?? 1)) {
      return issue("sequence_lengths", {
        expected: `lengths [${x.shape[batch_axis]}]`,
        received: dim.format(lengths.shape),
      });
    }
    return { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ x, lengths }, { batch_axis, time_axis }) {
    return {
      y: remap(x, x.dims, (index) => {
        const length = lengths.data[index[batch_axis] ?? 0] ?? 0;
        const time = index[time_axis] ?? 0;
        return time < length ? index.with(time_axis, length - 1 - time) : index;
      }),
    };
  },
  grad: (g, { lengths }, { y: dy }, { attrs }) => ({
    x: dy && g.op1("ReverseSequence", [dy, lengths], attrs),
  }),
  samples: [
    { inputs: { x: [4, 3, 2], lengths: { dims: [3], dtype: "int64", values: [4, 2, 1] } } },
    {
      inputs: { x: [2, 4], lengths: { dims: [2], dtype: "int64", values: [3, 4], feed: true } },
      attrs: { batch_axis: 0, time_axis: 1 },
    },
  ],
});
