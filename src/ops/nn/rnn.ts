import { isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
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
import {
  type CellBackward,
  type CellGradient,
  type KnownStates,
  knownStatesGrad,
} from "./recurrent-backward.js";
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

/** Slopes of activations from what they give. */
const SLOPES: Readonly<Record<string, (g: Builder, h: Value) => Value>> = {
  tanh: (g, h) => g.Sub(g.scalar(1, h.dtype), g.Mul(h, h)),
  sigmoid: (g, h) => g.Mul(h, g.Sub(g.scalar(1, h.dtype), h)),
  relu: (g, h) => g.Cast(g.Greater(h, g.scalar(0, h.dtype)), { to: h.dtype === "float64" ? 11 : 1 }),
};

const backward: CellBackward = ([name = ""]) => {
  const slope = SLOPES[name.toLowerCase()];
  return slope && ((it) => rnnBackward(it, slope));
};

function rnnBackward(it: KnownStates, slope: (g: Builder, h: Value) => Value): CellGradient {
  const own = it.dStates ? [it.dStates] : [];
  const back = it.against([it.dLast], [slope(it.g, it.states), ...own], (b, [later], [factor, mine]) => {
    const d = b.Mul(mine === undefined ? later : b.Add(later, mine), factor);
    return { carried: [b.MatMul(d, it.r)], kept: [d] };
  });
  const [d] = back.kept;
  return { dInput: d, dRecurrent: d, dH0: back.carried[0] };
}

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
  grad: (g, inputs, grads, { attrs, outputs, walk }) =>
    knownStatesGrad(g, backward, CELL.activations, inputs, outputs.y, grads, attrs) ??
    recurrentGrad(g, CELL, inputs, grads, attrs, walk),
  samples: [
    ...recurrentSamples(CELL),
    {
      inputs: {
        x: [3, 2, 3],
        w: { dims: [1, 2, 3], low: 0.1, high: 0.8 },
        r: { dims: [1, 2, 2], low: 0.1, high: 0.8 },
        b: { dims: [1, 4], low: 0.5, high: 0.9 },
      },
      attrs: { hidden_size: 2, activations: ["Relu"] },
      outputs: 2,
      grad: ["w", "r", "b"],
    },
  ],
});
