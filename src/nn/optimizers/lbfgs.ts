import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { common, defineOptimizer, number } from "./define.js";
import { decayed } from "./layout.js";
import { type OptimizerStep, slotsOf, vectorSlot } from "./optimizer.js";
import { dot } from "./scalars.js";

/**
 * L-BFGS (Nocedal & Wright 2006, algorithms 7.4 and 3.1): the direction is −H·g by the two-loop recursion over the last
 * `history` pairs s = θ − θ₋₁, y = g − g₋₁ with H₀ = sᵀy/yᵀy; then the step is halved until the loss has fallen by
 * at least c₁·step·gᵀd. The first step tried is the learning rate (give 1), of the first iteration
 * lr·min(1, 1/‖g‖₁). A pair enters only where sᵀy is positive, so H stays positive definite.
 *
 * One iteration a step; gradients of one step are compared with those of the one before, so every step must see the
 * same examples: batches as large as the data. Departures: Armijo's condition alone, without Wolfe's curvature
 * condition. The weights stay where they are if no step lowers the loss.
 */
export const lbfgs = defineOptimizer({
  name: "lbfgs",
  doc: "quasi-Newton steps with a line search, for batches as large as the data",
  options: {
    history: number(10, "pairs that are remembered", { min: 1, max: 100, whole: true }),
    evaluations: number(20, "losses that the line search may compute", { min: 1, whole: true }),
    c1: number(1e-4, "share of the predicted fall that must come true", { above: 0, below: 1 }),
    weightDecay: common.weightDecay(0),
  },
  make: ({ history, evaluations, c1, weightDecay }) => ({
    slots: [
      { name: "steps", start: "zero", shape: ({ size }) => [history, size] },
      { name: "changes", start: "zero", shape: ({ size }) => [history, size] },
      // sᵀy of each pair, the newest last; 0 where there is none yet.
      { name: "curvatures", start: "zero", shape: () => [history] },
      vectorSlot("last_theta", "theta"),
      vectorSlot("last_grad"),
    ],
    update(g, it) {
      const names = ["steps", "changes", "curvatures", "last_theta", "last_grad"] as const;
      const [steps0, changes0, curvatures0, lastTheta, lastGrad] = slotsOf(it, ...names);
      const decay = decayed(g, it, weightDecay);
      const grad = decay === undefined ? it.grad : g.Add(it.grad, decay);
      const s = g.Sub(it.theta, lastTheta);
      const y = g.Sub(grad, lastGrad);
      const sy = dot(g, s, y);
      const enters = g.And(
        g.Greater(it.step, g.scalar(1)),
        g.Greater(sy, g.Mul(dot(g, y, y), g.scalar(1e-10))),
      );
      const remember = (old: Value, next: Value) => {
        const row = g.Unsqueeze(next, g.i64([0]));
        const kept = g.Slice(old, g.i64([1]), g.i64([history]), g.i64([0]));
        return g.Where(enters, g.Concat([kept, row], { axis: 0 }), old);
      };
      const [steps, changes, curvatures] = [
        remember(steps0, s),
        remember(changes0, y),
        remember(curvatures0, sy),
      ];
      const direction = g.Neg(twoLoops(g, grad, steps, changes, curvatures, history));
      const theta = search(g, { ...it, grad }, direction, { evaluations, c1, weightDecay });
      return { theta, slots: [steps, changes, curvatures, it.theta, grad] };
    },
  }),
});

/** H·g of the remembered pairs, the newest last. Pairs of curvature 0 are not there yet and change nothing. */
function twoLoops(
  g: Builder,
  grad: Value,
  steps: Value,
  changes: Value,
  curvatures: Value,
  history: number,
): Value {
  const exists = g.Greater(curvatures, g.scalar(0));
  const inverse = g.Where(exists, g.Div(g.scalar(1), curvatures), g.scalar(0));
  const row = (of: Value, i: number) => g.Gather(of, g.i64(i), { axis: 0 });
  const pairs = Array.from({ length: history }, (_, i) => ({
    s: row(steps, i),
    y: row(changes, i),
    rho: row(inverse, i),
  }));
  let q = grad;
  const alphas = pairs.map(() => g.scalar(0));
  for (let i = history - 1; i >= 0; i--) {
    const pair = pairs[i];
    if (pair === undefined) continue;
    const alpha = g.Mul(pair.rho, dot(g, pair.s, q));
    alphas[i] = alpha;
    q = g.Sub(q, g.Mul(pair.y, alpha));
  }
  const newest = pairs.at(-1);
  const curvature = row(curvatures, history - 1);
  const yy = newest === undefined ? g.scalar(1) : dot(g, newest.y, newest.y);
  const scale = g.Where(g.Greater(curvature, g.scalar(0)), g.Div(curvature, yy), g.scalar(1));
  let r = g.Mul(q, scale);
  pairs.forEach(({ s, y, rho }, i) => {
    const beta = g.Mul(rho, dot(g, y, r));
    r = g.Add(r, g.Mul(s, g.Sub(alphas[i] ?? g.scalar(0), beta)));
  });
  return r;
}

/** Backtracking along a direction: θ + t·d of the first t that lowers the loss enough. */
function search(
  g: Builder,
  it: OptimizerStep,
  direction: Value,
  of: { readonly evaluations: number; readonly c1: number; readonly weightDecay: number },
): Value {
  const slope = dot(g, it.grad, direction);
  const penalty = (b: Builder, theta: Value, loss: Value) => {
    const decay = decayed(b, { ...it, theta }, of.weightDecay);
    return decay === undefined ? loss : b.Add(loss, b.Mul(dot(b, theta, decay), b.scalar(0.5)));
  };
  const start = penalty(g, it.theta, it.loss);
  const size = g.ReduceL1(it.grad, undefined, { keepdims: 0 });
  const first = g.Min([g.scalar(1), g.Div(g.scalar(1), g.Max([size, g.scalar(1e-30)]))]);
  const begin = g.Mul(it.learningRate, g.Where(g.Greater(it.step, g.scalar(1)), g.scalar(1), first));
  const body = g.subgraph(
    "line_search",
    [
      { name: "trial", dtype: "int64", shape: [] },
      { name: "going", dtype: "bool", shape: [] },
      { name: "t", dtype: "float32", shape: begin.shape },
      { name: "theta", dtype: "float32", shape: it.theta.shape },
    ],
    (b, _trial, _going, t) => {
      if (t === undefined) throw new Error("unreachable: the body has four inputs");
      const candidate = b.Add(it.theta, b.Mul(direction, t));
      const loss = penalty(b, candidate, it.lossAt(b, candidate));
      const needed = b.Add(
        start,
        b.Mul(b.ReduceMax(t, undefined, { keepdims: 0 }), b.Mul(slope, b.scalar(of.c1))),
      );
      const low = b.LessOrEqual(loss, needed);
      // A loss that is not a number is not low either.
      return [b.Not(low), b.Mul(t, b.scalar(0.5)), b.Where(low, candidate, it.theta)];
    },
  );
  const going = g.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });
  const [, theta] = g.op("Loop", [g.i64(of.evaluations), going, begin, it.theta], { body }, 2);
  if (theta === undefined) throw new Error("unreachable: the loop carries two values");
  return theta;
}
