import { isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import {
  type Cell,
  RECURRENT_ATTRIBUTES,
  type RecurrentOptions,
  recurrentCost,
  recurrentSamples,
  recurrentSizes,
  recurrentTypes,
} from "./recurrent.js";
import { recurrentGrad } from "./recurrent-grad.js";
import { recurrentRef } from "./recurrent-ref.js";

interface GruOptions extends RecurrentOptions {
  /** 1 multiplies by the reset gate after the recurrent product instead of before. */
  linear_before_reset?: 0 | 1;
}

declare module "../builder.js" {
  interface OpCalls {
    /**
     * x [length, batch, input], w [directions, 3 hidden, input] and r [directions, 3 hidden, hidden] (gates in the
     * order update, reset, hidden), b [directions, 6 hidden], lengths [batch], h0 [directions, batch, hidden]. Gives
     * all hidden states [length, directions, batch, hidden]; with a number, also the last one.
     */
    GRU(x: Value, w: Value, r: Value, b?: Value, lengths?: Value, h0?: Value, attrs?: GruOptions): Value;
  }
}

function cell(late: boolean): Cell {
  return {
    type: "GRU",
    gates: 3,
    states: 1,
    activations: ["Sigmoid", "Tanh"],
    flops: 10,
    ownBias: (gate) => gate === 2,
    step(m, x, [h], { r, bias }, [f, g]) {
      if (h === undefined || !f || !g) return [];
      const sums = m.add(m.gate(x, 0, 2), m.times(h, m.rows(r, 0, 2)));
      const [update, reset] = [f(m.gate(sums, 0)), f(m.gate(sums, 1))];
      const own = (v: typeof h) => (bias === undefined ? v : m.add(v, m.gate(bias, 2)));
      const product = (v: typeof h) => own(m.times(v, m.rows(r, 2)));
      const recurrent = late ? m.mul(reset, product(h)) : product(m.mul(reset, h));
      const fresh = g(m.add(m.gate(x, 2), recurrent));
      return [m.add(m.mul(m.rest(update), fresh), m.mul(update, h))];
    },
  };
}

/** Gated recurrent unit (Cho et al. 2014, arXiv:1406.1078). */
export const GRU = defineOp({
  type: "GRU",
  since: 14,
  doc: "Gated recurrent unit over a sequence, in one direction or both.",
  inputs: ["x", "w", "r", "b?", "lengths?", "h0?"],
  outputs: ["y?", "h?"],
  attributes: { ...RECURRENT_ATTRIBUTES, linear_before_reset: attr.int(0) },
  outputCount: () => 1,
  infer(inputs, attrs) {
    const sizes = recurrentSizes(cell(false), inputs, attrs);
    return isIssue(sizes) ? sizes : recurrentTypes(inputs.x, sizes, attrs);
  },
  cost: (inputs, _, attrs) => recurrentCost(cell(false), inputs, attrs),
  evaluate: (inputs, attrs) => recurrentRef(cell(attrs.linear_before_reset !== 0), inputs, attrs) ?? {},
  grad: (g, inputs, grads, { attrs, walk }) =>
    recurrentGrad(g, cell(attrs.linear_before_reset !== 0), inputs, grads, attrs, walk),
  samples: [
    ...recurrentSamples(cell(false)),
    {
      inputs: {
        x: [2, 2, 3],
        w: { dims: [1, 6, 3], low: -0.8, high: 0.8 },
        r: { dims: [1, 6, 2], low: -0.8, high: 0.8 },
        b: [1, 12],
      },
      attrs: { hidden_size: 2, linear_before_reset: 1 },
      outputs: 2,
      grad: ["x", "b"],
    },
  ],
});
