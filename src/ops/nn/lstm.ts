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

interface LstmOptions extends RecurrentOptions {
  /** 1 couples the gates: what is forgotten makes room for what comes in. */
  input_forget?: 0 | 1;
}

declare module "../builder.js" {
  interface OpCalls {
    /**
     * x [length, batch, input], w [directions, 4 hidden, input] and r [directions, 4 hidden, hidden] (gates in the
     * order input, output, forget, cell), b [directions, 8 hidden], lengths [batch], initial states
     * [directions, batch, hidden], peepholes p [directions, 3 hidden]. Gives all hidden states
     * [length, directions, batch, hidden]; with a number, also the last hidden and cell state.
     */
    LSTM(
      x: Value,
      w: Value,
      r: Value,
      b?: Value,
      lengths?: Value,
      h0?: Value,
      c0?: Value,
      p?: Value,
      attrs?: LstmOptions,
    ): Value;
  }
}

function cell(coupled: boolean): Cell {
  return {
    type: "LSTM",
    gates: 4,
    states: 2,
    activations: ["Sigmoid", "Tanh", "Tanh"],
    flops: 16,
    ownBias: () => false,
    step(m, x, [h, c], { r, peepholes }, [f, g, out]) {
      if (h === undefined || c === undefined || !f || !g || !out) return [];
      const sums = m.add(x, m.times(h, r));
      const [pi, po, pf] = peepholes ?? [];
      const gate = (i: number, p: typeof pi, state: typeof c) =>
        f(p === undefined ? m.gate(sums, i) : m.add(m.gate(sums, i), m.mul(p, state)));
      const input = gate(0, pi, c);
      const forget = coupled ? m.rest(input) : gate(2, pf, c);
      const next = m.add(m.mul(forget, c), m.mul(input, g(m.gate(sums, 3))));
      return [m.mul(gate(1, po, next), out(next)), next];
    },
  };
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997; forget gates: Gers et al. 2000; peepholes: Gers and
 * Schmidhuber 2000).
 */
export const LSTM = defineOp({
  type: "LSTM",
  since: 14,
  doc: "Long short-term memory over a sequence, in one direction or both.",
  inputs: ["x", "w", "r", "b?", "lengths?", "h0?", "c0?", "p?"],
  outputs: ["y?", "h?", "c?"],
  attributes: { ...RECURRENT_ATTRIBUTES, input_forget: attr.int(0) },
  outputCount: () => 1,
  infer(inputs, attrs) {
    const sizes = recurrentSizes(cell(false), inputs, attrs);
    return isIssue(sizes) ? sizes : recurrentTypes(inputs.x, sizes, attrs);
  },
  cost: (inputs, _, attrs) => recurrentCost(cell(false), inputs, attrs),
  evaluate: (inputs, attrs) => recurrentRef(cell(attrs.input_forget === 1), inputs, attrs) ?? {},
  grad: (g, inputs, grads, { attrs, walk }) =>
    recurrentGrad(g, cell(attrs.input_forget === 1), inputs, grads, attrs, walk),
  samples: [
    ...recurrentSamples(cell(false)),
    {
      inputs: {
        x: [2, 2, 3],
        w: { dims: [1, 8, 3], low: -0.8, high: 0.8 },
        r: { dims: [1, 8, 2], low: -0.8, high: 0.8 },
        h0: [1, 2, 2],
        c0: [1, 2, 2],
        p: [1, 6],
      },
      attrs: { hidden_size: 2 },
      outputs: 3,
      grad: ["c0", "p"],
    },
    {
      inputs: {
        x: [2, 1, 3],
        w: { dims: [1, 8, 3], low: -0.8, high: 0.8 },
        r: { dims: [1, 8, 2], low: -0.8, high: 0.8 },
      },
      attrs: { hidden_size: 2, input_forget: 1 },
      grad: ["x"],
    },
  ],
});
