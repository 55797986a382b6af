/** Cells and gates that the ablation of recurrence, attention and gating is made of. */
import type { Value } from "../ir/index.js";
import { fixedDim, init, linear, type NetworkBuilder } from "../nn/index.js";
import type { Builder } from "../ops/index.js";

export const NEURAL_GATES = ["none", "additive", "learned", "input", "coupled"] as const;
export type NeuralGate = (typeof NEURAL_GATES)[number];

/**
 * How what a block makes, y, joins what it was given, x, both [..., C] (Heidenreich et al. 2024, arXiv:2410.02654):
 * `none` y; `additive` x + y; `learned` a·x + (1 − a)·y with a = σ(a vector of weights); `input` g·x + (1 − g)·y with
 * g = σ(W [x; y] + b); `coupled` g·x + r·y, a gate of its own for each branch.
 */
export function neuralGate(g: NetworkBuilder, kind: NeuralGate, x: Value, y: Value): Value {
  if (kind === "none") return y;
  if (kind === "additive") return g.Add(x, y);
  const width = fixedDim(x, -1);
  return g.scope("gate", () => {
    if (kind === "learned") {
      return blend(g, g.Sigmoid(g.param("rate", [width], { init: init.zeros, decay: false })), x, y);
    }
    const both = g.Concat([x, y], { axis: -1 });
    const open = g.Sigmoid(
      linear(g, both, kind === "input" ? width : 2 * width, { init: init.glorotUniform }),
    );
    if (kind === "input") return blend(g, open, x, y);
    const [keep, take] = g.Split(open, undefined, { axis: -1, num_outputs: 2 });
    return keep === undefined || take === undefined ? y : g.Add(g.Mul(keep, x), g.Mul(take, y));
  });
}

/** a·x + (1 − a)·y. */
function blend(g: Builder, a: Value, x: Value, y: Value): Value {
  return g.Add(y, g.Mul(a, g.Sub(x, y)));
}

/**
 * Long short-term memory over x [N, T, C]: hidden states of all steps, [N, T, hidden]. The forget gate's bias begins
 * at 1.
 */
export function lstmCell(g: NetworkBuilder, x: Value, hidden: number): Value {
  const projected = g.Add(projection(g, x, 4 * hidden), lstmBias(g, hidden));
  const w = recurrence(g, "hidden_weight", hidden, 4 * hidden);
  return overTime(g, projected, hidden, 2, (s, [h, c], z) => {
    const [i, f, o, n] = parts(s, s.Add(z, s.MatMul(h, w)), hidden, 4);
    const cell = s.Add(s.Mul(s.Sigmoid(f), c), s.Mul(s.Sigmoid(i), s.Tanh(n)));
    return [s.Mul(s.Sigmoid(o), s.Tanh(cell)), cell];
  });
}

function lstmBias(g: NetworkBuilder, hidden: number): Value {
  const part = (name: string, count: number, value: number) =>
    g.param(name, [count * hidden], { init: init.constant(value), decay: false });
  return g.Concat([part("input_bias", 1, 0), part("forget_bias", 1, 1), part("output_bias", 2, 0)], {
    axis: 0,
  });
}

/** Gated recurrent unit over x [N, T, C]: h ← (1 − z)·n + z·h, n = tanh(W x + r·(R h + b)). */
export function gruCell(g: NetworkBuilder, x: Value, hidden: number): Value {
  const bias = (name: string) => g.param(name, [3 * hidden], { init: init.zeros, decay: false });
  const projected = g.Add(projection(g, x, 3 * hidden), bias("bias"));
  const w = recurrence(g, "hidden_weight", hidden, 3 * hidden);
  const b = bias("hidden_bias");
  return overTime(g, projected, hidden, 1, (s, [h], input) => {
    const [xr, xz, xn] = parts(s, input, hidden, 3);
    const [hr, hz, hn] = parts(s, s.Add(s.MatMul(h, w), b), hidden, 3);
    const fresh = s.Tanh(s.Add(xn, s.Mul(s.Sigmoid(s.Add(xr, hr)), hn)));
    return [blend(s, s.Sigmoid(s.Add(xz, hz)), h, fresh)];
  });
}

/**
 * Recurrent highway cell of `depth` layers over x [N, T, C]: s ← h·t + s·(1 − t), h = tanh and t = σ of linear maps of
 * s, and of the input in the first layer. The bias of t begins at −1.5, so that the state is carried.
 */
export function highwayCell(g: NetworkBuilder, x: Value, hidden: number, depth: number): Value {
  const projected = projection(g, x, 2 * hidden);
  const layers = Array.from({ length: depth }, (_, l) =>
    g.scope(`depth${l + 1}`, () => ({
      w: recurrence(g, "hidden_weight", hidden, 2 * hidden),
      b: g.param("bias", [hidden], { init: init.zeros, decay: false }),
      carry: g.param("carry_bias", [hidden], { init: init.constant(-1.5), decay: false }),
    })),
  );
  return overTime(g, projected, hidden, 1, (s, [before], input) => {
    let state = before;
    layers.forEach(({ w, b, carry }, l) => {
      const mapped = s.MatMul(state, w);
      const [h, t] = parts(s, l === 0 ? s.Add(mapped, input) : mapped, hidden, 2);
      state = blend(s, s.Sigmoid(s.Add(t, carry)), s.Tanh(s.Add(h, b)), state);
    });
    return [state];
  });
}

function projection(g: NetworkBuilder, x: Value, out: number): Value {
  return g.MatMul(x, g.param("input_weight", [fixedDim(x, -1), out], { init: init.glorotUniform }));
}

function recurrence(g: NetworkBuilder, name: string, hidden: number, out: number): Value {
  return g.param(name, [hidden, out], { init: init.glorotUniform });
}

type States<K extends 1 | 2> = K extends 1 ? readonly [Value] : readonly [Value, Value];

/** Runs `step` over the axis T of [N, T, P], states [N, hidden] beginning at zero; the first state of each step. */
export function overTime<K extends 1 | 2>(
  g: NetworkBuilder,
  projected: Value,
  hidden: number,
  count: K,
  step: (s: Builder, states: States<K>, input: Value) => States<K>,
): Value {
  const timeMajor = g.Transpose(projected, { perm: [1, 0, 2] });
  // Zeros of the batch's length, which may be known at run time only.
  const first = g.Gather(timeMajor, g.i64(0), { axis: 0 });
  const still = g.Mul(g.Slice(first, g.i64([0]), g.i64([hidden]), g.i64([1])), g.scalar(0));
  const state = { dtype: "float32", shape: still.shape } as const;
  const names = Array.from({ length: count }, (_, i) => ({ name: `state${i + 1}`, ...state }));
  const body = g.subgraph(
    "step",
    [...names, { name: "x", dtype: "float32", shape: first.shape }],
    (inner, ...inputs) => {
      const input = inputs[count];
      if (input === undefined) return [];
      const given: unknown = inputs.slice(0, count);
      const next = step(inner, given as States<K>, input);
      return [...next, next[0]];
    },
  );
  const outputs = g.Scan([...names.map(() => still), timeMajor], { body, num_scan_inputs: 1 });
  return g.Transpose(outputs[count] ?? still, { perm: [1, 0, 2] });
}

function parts(g: Builder, x: Value, width: number, count: 2): [Value, Value];
function parts(g: Builder, x: Value, width: number, count: 3): [Value, Value, Value];
function parts(g: Builder, x: Value, width: number, count: 4): [Value, Value, Value, Value];
function parts(g: Builder, x: Value, width: number, count: number): Value[] {
  return g.op("Split", [x, g.i64(Array.from({ length: count }, () => width))], { axis: -1 }, count);
}
