import { fail, rngOf } from "../../base/index.js";
import { numbersOf, ONNX_DTYPE, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * `x` itself, or in training mode (a bool scalar) `x` with a share `ratio` of its elements zeroed and the
     * others scaled by 1 / (1 - ratio); with `2`, also the mask of what was kept, which its gradient needs.
     */
    Dropout(x: Value, ratio?: Value, training?: Value, attrs?: { seed?: number }): Value;
    Dropout(
      x: Value,
      ratio: Value | undefined,
      training: Value | undefined,
      attrs: { seed?: number },
      outputs: 2,
    ): [Value, Value];
  }
}

/**
 * Dropout (Srivastava et al. 2014). Which elements fall out is the runtime's own affair: the reference draws
 * its own mask, and only shapes, scale and share agree.
 */
export const Dropout = defineOp({
  type: "Dropout",
  since: 12,
  doc: "The input, in training mode with random elements zeroed and the others scaled up.",
  inputs: ["x", "ratio?", "training?"],
  outputs: ["y", "mask?"],
  attributes: { seed: attr.int() },
  infer: ({ x }) => ({
    y: { dtype: x.dtype, shape: x.shape },
    mask: { dtype: "bool" as const, shape: x.shape },
  }),
  cost: () => ({ flops: 0 }),
  evaluate({ x, ratio, training }, { seed }) {
    const share = ratio?.data[0] ?? 0.5;
    const mask = ref("bool", x.dims);
    if ((training?.data[0] ?? 0) === 0 || share === 0) {
      mask.data.fill(1);
      return { y: x, mask };
    }
    const rng = rngOf(seed ?? 0, "dropout");
    for (let i = 0; i < mask.data.length; i++) mask.data[i] = rng.float() < share ? 0 : 1;
    const y = x.data.map((v, i) => (v * (mask.data[i] ?? 0)) / (1 - share));
    return { y: ref(x.dtype, x.dims, y), mask };
  },
  grad(g, { x, ratio, training }, { y: dy }, { outputs }) {
    if (dy === undefined) return {};
    const known = training?.data && numbersOf(training.data)[0];
    if (training === undefined || known === 0) return { x: dy };
    if (outputs.mask === undefined) {
      return fail("dropout_mask", {
        expected: "the mask among the outputs of Dropout",
        hint: "ask for 2 outputs: g.Dropout(x, ratio, training, {}, 2)",
      });
    }
    const one = g.scalar(1, x.dtype);
    const share = ratio === undefined ? g.scalar(0.5, x.dtype) : g.Cast(ratio, { to: ONNX_DTYPE[x.dtype] });
    const kept = g.Div(g.Mul(dy, g.Cast(outputs.mask, { to: ONNX_DTYPE[x.dtype] })), g.Sub(one, share));
    return { x: known === undefined ? g.Where(training, kept, dy) : kept };
  },
  samples: [
    { inputs: { x: [2, 3] } },
    { inputs: { x: [2, 3], ratio: { dims: [], values: [0.3] } }, outputs: 2 },
    {
      inputs: {
        x: [2, 3],
        ratio: { dims: [], values: [0] },
        training: { dims: [], dtype: "bool", values: [1] },
      },
      outputs: 2,
    },
    {
      inputs: {
        x: [4, 3],
        ratio: { dims: [], values: [0.5] },
        training: { dims: [], dtype: "bool", values: [1], feed: true },
      },
      attrs: { seed: 3 },
      outputs: 2,
      noRuntime: "every implementation draws another mask",
    },
  ],
});
