import { isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
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

declare module "../builder.js" {
  interface OpCalls {
    /**
     * x [length, batch, input], w [directions, hidden, input], r [directions, hidden, hidden], b [directions, 2
     * hidden], lengths [batch], h0 [directions, batch, hidden]. Gives all hidden states
     * [length, directions, batch, hidden]; with a number, also the last one.
     */
    RNN(
      x: Value,
      w: Value,
      r: Value,
      b?: Value,
      lengths?: Value,
      h0?: Value,
      attrs?: RecurrentOptions,
    ): Value;
  }
}

const CELL: Cell = {
  type: "RNN",
  gates: 1,
  states: 1,
  activations: ["Tanh"],
  flops: 2,
  ownBias: () => false,
  step(m, x, [h], { r }, [f]) {
    return h === undefined || !f ? [] : [f(m.add(x, m.times(h, r)))];
  },
};

/** Simple recurrence (Elman 1990). */
export const RNN = defineOp({
  type: "RNN",
  since: 14,
  doc: "Simple recurrence over a sequence, in one direction or both.",
  inputs: ["x", "w", "r", "b?", "lengths?", "h0?"],
  outputs: ["y?", "h?"],
  attributes: RECURRENT_ATTRIBUTES,
  outputCount: () => 1,
  infer(inputs, attrs) {
    const sizes = recurrentSizes(CELL, inputs, attrs);
    return isIssue(sizes) ? sizes : recurrentTypes(inputs.x, sizes, attrs);
  },
  cost: (inputs, _, attrs) => recurrentCost(CELL, inputs, attrs),
  evaluate: (inputs, attrs) => recurrentRef(CELL, inputs, attrs) ?? {},
  grad: (g, inputs, grads, { attrs, walk }) => recurrentGrad(g, CELL, inputs, grads, attrs, walk),
  samples: recurrentSamples(CELL),
});
