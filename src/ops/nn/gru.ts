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
  type KnownStates,
  knownStatesGrad,
  sameNames,
} from "./recurrent-backward.js";
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

const backward =
  (late: boolean): CellBackward =>
  (activations) =>
    sameNames(activations, ["Sigmoid", "Tanh"]) ? (late ? lateBackward : earlyBackward) : undefined;

/** The gates' factors of the gradient that both forms share; `inner` is what the reset gate multiplies. */
function gatesBackward(it: KnownStates, product: (reset: Value) => { fresh: Value; inner: Value }) {
  const { g, hidden } = it;
  const one = g.scalar(1, it.x.dtype);
  const [ofInput, fromInput] = columns(g, inputShare(it), [2 * hidden, hidden]);
  const [r, bias] = [gateRows(it, it.r, 0, 2), it.recurrentBias && gateRows(it, it.recurrentBias, 0, 2)];
  const sums = g.Gemm(it.before, r, (bias && g.Add(ofInput, bias)) || ofInput, { transB: 1 });
  const [update, reset] = columns(g, g.Sigmoid(sums), [hidden, hidden]);
  const { fresh, inner } = product(reset);
  const candidate = g.Tanh(g.Add(fromInput, fresh));
  const slope = (v: Value) => g.Mul(v, g.Sub(one, v));
  return {
    update,
    reset,
    toUpdate: g.Mul(g.Sub(it.before, candidate), slope(update)),
    toFresh: g.Mul(g.Sub(one, update), g.Sub(one, g.Mul(candidate, candidate))),
    toReset: g.Mul(inner, slope(reset)),
  };
}

function inputShare({ g, x, w, inputBias }: KnownStates): Value {
  return g.Gemm(x, w, inputBias, { transB: 1 });
}

function gateRows({ g, hidden }: KnownStates, v: Value, from: number, to: number): Value {
  return g.Slice(v, g.i64([from * hidden]), g.i64([to * hidden]), g.i64([0]));
}

/** Reset after the recurrent product: all gates' gradients go back through one product a step. */
function lateBackward(it: KnownStates): CellGradient {
  const { g, hidden } = it;
  const bias = it.recurrentBias && gateRows(it, it.recurrentBias, 2, 3);
  const f = gatesBackward(it, (reset) => {
    const inner = g.Gemm(it.before, gateRows(it, it.r, 2, 3), bias, { transB: 1 });
    return { fresh: g.Mul(reset, inner), inner };
  });
  const factors = g.Concat([f.toUpdate, g.Mul(f.toFresh, f.toReset), g.Mul(f.toFresh, f.reset)], { axis: 1 });
  const own = it.dStates ? [it.dStates] : [];
  const back = it.against([it.dLast], [factors, f.update, ...own], (b, [later], [p, keep, mine]) => {
    const dh = mine === undefined ? later : b.Add(later, mine);
    const d = b.Mul(b.Concat([dh, dh, dh], { axis: 1 }), p);
    return { carried: [b.Add(b.MatMul(d, it.r), b.Mul(dh, keep))], kept: [d, dh] };
  });
  const [d, dh] = back.kept;
  const [dGates] = columns(g, d, [2 * hidden, hidden]);
  const dInput = g.Concat([dGates, g.Mul(dh, f.toFresh)], { axis: 1 });
  return { dInput, dRecurrent: d, dH0: back.carried[0] };
}

/** Reset before the product (the form of the paper): the reset gate's gradient waits for a product of its own. */
function earlyBackward(it: KnownStates): CellGradient {
  const { g } = it;
  const [rGates, rFresh] = [gateRows(it, it.r, 0, 2), gateRows(it, it.r, 2, 3)];
  const bias = it.recurrentBias && gateRows(it, it.recurrentBias, 2, 3);
  const f = gatesBackward(it, (reset) => ({
    fresh: g.Gemm(g.Mul(reset, it.before), rFresh, bias, { transB: 1 }),
    inner: it.before,
  }));
  const rows = [f.toFresh, g.Concat([f.toUpdate, f.toReset], { axis: 1 }), f.update, f.reset] as const;
  const own = it.dStates ? [it.dStates] : [];
  const back = it.against([it.dLast], [...rows, ...own], (b, [later], [fresh, p, keep, reset, mine]) => {
    const dh = mine === undefined ? later : b.Add(later, mine);
    const dFresh = b.Mul(dh, fresh);
    const dInner = b.MatMul(dFresh, rFresh);
    const dGates = b.Mul(b.Concat([dh, dInner], { axis: 1 }), p);
    const direct = b.Add(b.Mul(dh, keep), b.Mul(dInner, reset));
    return { carried: [b.Add(b.MatMul(dGates, rGates), direct)], kept: [dGates, dFresh] };
  });
  const [dGates, dFresh] = back.kept;
  const d = g.Concat([dGates, dFresh], { axis: 1 });
  const dR = g.Concat(
    [
      g.Gemm(dGates, it.before, undefined, { transA: 1 }),
      g.Gemm(dFresh, g.Mul(f.reset, it.before), undefined, { transA: 1 }),
    ],
    { axis: 0 },
  );
  return { dInput: d, dRecurrent: d, dR, dH0: back.carried[0] };
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
  grad: (g, inputs, grads, { attrs, outputs, walk }) =>
    knownStatesGrad(
      ...([g, backward(attrs.linear_before_reset !== 0), cell(false).activations, inputs] as const),
      ...([outputs.y, grads, attrs] as const),
    ) ?? recurrentGrad(g, cell(attrs.linear_before_reset !== 0), inputs, grads, attrs, walk),
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
    {
      inputs: {
        x: [3, 2, 3],
        w: { dims: [2, 6, 3], low: -0.8, high: 0.8 },
        r: { dims: [2, 6, 2], low: -0.8, high: 0.8 },
        b: [2, 12],
        lengths: { dims: [2], dtype: "int32", values: [3, 1] },
        h0: [2, 2, 2],
      },
      attrs: { hidden_size: 2, linear_before_reset: 1, direction: "bidirectional" },
      outputs: 2,
      grad: ["r", "b", "h0"],
    },
  ],
});
