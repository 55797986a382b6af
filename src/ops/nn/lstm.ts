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
import {
  type CellBackward,
  type CellGradient,
  columns,
  gatesOf,
  type KnownStates,
  knownStatesGrad,
  sameNames,
} from "./recurrent-backward.js";
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

/** Gradient where gates are sigmoids and states tanh; see `recurrent-backward.ts`. */
const backward: CellBackward = (activations) =>
  sameNames(activations, ["Sigmoid", "Tanh", "Tanh"]) ? lstmBackward : undefined;

function lstmBackward(it: KnownStates): CellGradient {
  const { g, hidden } = it;
  const one = g.scalar(1, it.x.dtype);
  const sums = gatesOf(it);
  const [open, candidate] = columns(g, sums, [3 * hidden, hidden]);
  const [i, o, f] = columns(g, g.Sigmoid(open), [hidden, hidden, hidden]);
  const k = g.Tanh(candidate);
  const cells = it.along([it.firstCell], [f, g.Mul(i, k)], (b, [c], [keep, fresh]) => {
    const next = b.Add(b.Mul(keep, c), fresh);
    return { carried: [next], kept: [next] };
  }).kept[0];
  const shown = g.Tanh(cells);
  const flat = (v: Value) => g.Sub(one, g.Mul(v, v));
  const slope = (v: Value) => g.Mul(v, g.Sub(one, v));
  const toCell = g.Mul(o, flat(shown));
  const factors = g.Concat(
    [
      g.Mul(k, slope(i)),
      g.Mul(shown, slope(o)),
      g.Mul(it.shifted(cells, it.firstCell), slope(f)),
      g.Mul(i, flat(k)),
    ],
    { axis: 1 },
  );
  const own = it.dStates ? [it.dStates] : [];
  const back = it.against(
    [it.dLast, it.dLastCell],
    [toCell, f, factors, ...own],
    (b, [later, laterCell], [a, keep, p, mine]) => {
      const dh = mine === undefined ? later : b.Add(later, mine);
      const dc = b.Add(laterCell, b.Mul(dh, a));
      const d = b.Mul(b.Concat([dc, dh, dc, dc], { axis: 1 }), p);
      return { carried: [b.MatMul(d, it.r), b.Mul(dc, keep)], kept: [d] };
    },
  );
  const [d] = back.kept;
  return { dInput: d, dRecurrent: d, dH0: back.carried[0], dC0: back.carried[1] };
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
  grad: (g, inputs, grads, { attrs, outputs, walk }) =>
    knownStatesGrad(g, backward, cell(false).activations, inputs, outputs.y, grads, attrs) ??
    recurrentGrad(g, cell(attrs.input_forget === 1), inputs, grads, attrs, walk),
  samples: [
    ...recurrentSamples(cell(false)),
    {
      inputs: {
        x: [3, 3, 3],
        w: { dims: [2, 8, 3], low: -0.8, high: 0.8 },
        r: { dims: [2, 8, 2], low: -0.8, high: 0.8 },
        b: [2, 16],
        lengths: { dims: [3], dtype: "int32", values: [2, 3, 1] },
        c0: [2, 3, 2],
      },
      attrs: { hidden_size: 2, direction: "bidirectional" },
      outputs: 3,
      grad: ["w", "r", "b", "c0"],
    },
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
