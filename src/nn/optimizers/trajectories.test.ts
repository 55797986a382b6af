/**
 * Every optimizer against its formula, written once more in plain float64 arithmetic, on a loss whose gradient is
 * known by hand: in the reference interpreter (exact but for float32 constants) and in ONNX Runtime.
 */
import { describe, expect, it } from "vitest";
import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Problem, trajectory } from "../../testing/optimizer-steps.js";
import {
  adagrad,
  adam,
  adamW,
  adaptiveClip,
  asam,
  centralize,
  clipNorm,
  clipValue,
  ema,
  lamb,
  lion,
  lookahead,
  nesterov,
  OPTIMIZER_NAMES,
  OPTIMIZER_WRAPPER_NAMES,
  type Optimizer,
  rmsprop,
  sam,
  sgd,
  swa,
} from "./index.js";

type Vector = readonly number[];

/** ½ Σ aᵢ(θᵢ − cᵢ)² + ½ κ (Σ θᵢ)²: gradient aᵢ(θᵢ − cᵢ) + κ Σ θ. */
const A = [1, 3, 0.5, 2, 4, 1];
const C = [0.3, -1, 2, 0.5, -0.2, 1];
const KAPPA = 0.2;
const START = [1, -0.5, 0.25, 2, 0.7, -1.5];
/** A matrix that decays, and a bias that does not. */
const PARAMS = [
  { name: "w", shape: [2, 2], decay: true },
  { name: "b", shape: [2], decay: false },
];
const MASK = [1, 1, 1, 1, 0, 0];
const TENSORS = [
  [0, 1, 2, 3],
  [4, 5],
];

const problem: Problem = {
  params: PARAMS,
  start: START,
  loss(g: Builder, theta: Value) {
    const vector = (values: Vector) =>
      g.constant({ dtype: "float32", dims: [values.length], data: Float32Array.from(values) });
    const d = g.Sub(theta, vector(C));
    const first = g.ReduceSum(g.Mul(vector(A), g.Mul(d, d)), undefined, { keepdims: 0 });
    const sum = g.ReduceSum(theta, undefined, { keepdims: 0 });
    return g.Mul(g.Add(first, g.Mul(g.Mul(sum, sum), g.scalar(KAPPA))), g.scalar(0.5));
  },
};

function gradAt(theta: Vector): number[] {
  const sum = theta.reduce((a, b) => a + b, 0);
  return theta.map((t, i) => (A[i] ?? 0) * (t - (C[i] ?? 0)) + KAPPA * sum);
}
const norm = (v: Vector) => Math.hypot(...v);
const at = (v: Vector, i: number) => v[i] ?? Number.NaN;
const zeros = () => START.map(() => 0);

/** A rule by hand: from weights, gradient, number of the step (from 1) and rate to new weights; it keeps its own state. */
type Rule = (theta: Vector, grad: Vector, step: number, rate: number) => number[];

function sgdRule(of: {
  momentum: number;
  dampening?: number;
  nesterov?: boolean;
  weightDecay?: number;
}): Rule {
  const { momentum, dampening = 0, nesterov = false, weightDecay = 0 } = of;
  const v = zeros();
  return (theta, grad, _, rate) =>
    theta.map((t, i) => {
      const d = at(grad, i) + weightDecay * at(MASK, i) * t;
      v[i] = momentum * at(v, i) + (1 - dampening) * d;
      return t - rate * (nesterov ? d + momentum * at(v, i) : at(v, i));
    });
}

function adamRule(of: {
  beta1: number;
  beta2: number;
  epsilon: number;
  l2?: number;
  decoupled?: number;
  amsgrad?: boolean;
}): Rule {
  const { beta1, beta2, epsilon, l2 = 0, decoupled = 0, amsgrad = false } = of;
  const [m, v, top] = [zeros(), zeros(), zeros()];
  return (theta, grad, step, rate) =>
    theta.map((t, i) => {
      const d = at(grad, i) + l2 * at(MASK, i) * t;
      m[i] = beta1 * at(m, i) + (1 - beta1) * d;
      v[i] = beta2 * at(v, i) + (1 - beta2) * d * d;
      top[i] = Math.max(at(top, i), at(v, i));
      const vHat = (amsgrad ? at(top, i) : at(v, i)) / (1 - beta2 ** step);
      const update = at(m, i) / (1 - beta1 ** step) / (Math.sqrt(vHat) + epsilon);
      return t - rate * (update + decoupled * at(MASK, i) * t);
    });
}

function rmspropRule(of: {
  alpha: number;
  epsilon: number;
  momentum: number;
  centered: boolean;
  weightDecay: number;
  inside?: boolean;
}): Rule {
  const [square, mean, buffer] = [zeros(), zeros(), zeros()];
  return (theta, grad, _, rate) =>
    theta.map((t, i) => {
      const d = at(grad, i) + of.weightDecay * at(MASK, i) * t;
      square[i] = of.alpha * at(square, i) + (1 - of.alpha) * d * d;
      mean[i] = of.alpha * at(mean, i) + (1 - of.alpha) * d;
      const spread = of.centered ? at(square, i) - at(mean, i) ** 2 : at(square, i);
      const root = of.inside === true ? Math.sqrt(spread + of.epsilon) : Math.sqrt(spread) + of.epsilon;
      buffer[i] = of.momentum * at(buffer, i) + d / root;
      return t - rate * at(buffer, i);
    });
}

function adagradRule(epsilon: number): Rule {
  const sum = zeros();
  return (theta, grad, _, rate) =>
    theta.map((t, i) => {
      sum[i] = at(sum, i) + at(grad, i) ** 2;
      return t - (rate * at(grad, i)) / (Math.sqrt(at(sum, i)) + epsilon);
    });
}

function lionRule(beta1: number, beta2: number, weightDecay: number): Rule {
  const m = zeros();
  return (theta, grad, _, rate) =>
    theta.map((t, i) => {
      const u = Math.sign(beta1 * at(m, i) + (1 - beta1) * at(grad, i));
      m[i] = beta2 * at(m, i) + (1 - beta2) * at(grad, i);
      return t - rate * (u + weightDecay * at(MASK, i) * t);
    });
}

function lambRule(beta1: number, beta2: number, epsilon: number, weightDecay: number): Rule {
  const [m, v] = [zeros(), zeros()];
  return (theta, grad, step, rate) => {
    const r = theta.map((t, i) => {
      m[i] = beta1 * at(m, i) + (1 - beta1) * at(grad, i);
      v[i] = beta2 * at(v, i) + (1 - beta2) * at(grad, i) ** 2;
      const scaled = at(m, i) / (1 - beta1 ** step) / (Math.sqrt(at(v, i) / (1 - beta2 ** step)) + epsilon);
      return scaled + weightDecay * at(MASK, i) * t;
    });
    const next = [...theta];
    for (const tensor of TENSORS) {
      const [a, b] = [norm(tensor.map((i) => at(theta, i))), norm(tensor.map((i) => at(r, i)))];
      const trust = a > 0 && b > 0 ? a / b : 1;
      for (const i of tensor) next[i] = at(theta, i) - rate * trust * at(r, i);
    }
    return next;
  };
}

const clipRule =
  (limit: number, rule: Rule): Rule =>
  (theta, grad, ...rest) => {
    const factor = Math.min(1, limit / (norm(grad) + 1e-6));
    return rule(
      theta,
      grad.map((d) => d * factor),
      ...rest,
    );
  };
const changed =
  (change: (grad: Vector, theta: Vector) => number[], rule: Rule): Rule =>
  (theta, grad, ...rest) =>
    rule(theta, change(grad, theta), ...rest);

/** Units: the rows of the matrix, the bias as a whole. */
const UNITS = [
  [0, 1],
  [2, 3],
  [4, 5],
];
function agc(grad: Vector, theta: Vector): number[] {
  const next = [...grad];
  for (const unit of UNITS) {
    const size = Math.max(norm(unit.map((i) => at(theta, i))), 1e-3);
    const length = norm(unit.map((i) => at(grad, i)));
    if (length > 0.1 * size) for (const i of unit) next[i] = (at(grad, i) * 0.1 * size) / length;
  }
  return next;
}
function centred(grad: Vector): number[] {
  const next = [...grad];
  for (const row of UNITS.slice(0, 2)) {
    const mean = row.reduce((sum, i) => sum + at(grad, i) / row.length, 0);
    for (const i of row) next[i] = at(grad, i) - mean;
  }
  return next;
}

const samRule =
  (rho: number, rule: Rule): Rule =>
  (theta, grad, ...rest) => {
    const length = norm(grad);
    const point = theta.map((t, i) => t + (rho * at(grad, i)) / length);
    return rule(theta, gradAt(point), ...rest);
  };
const asamRule =
  (rho: number, eta: number, rule: Rule): Rule =>
  (theta, grad, ...rest) => {
    const size = theta.map((t) => Math.abs(t) + eta);
    const length = norm(grad.map((d, i) => d * at(size, i)));
    const point = theta.map((t, i) => t + (rho * at(size, i) ** 2 * at(grad, i)) / length);
    return rule(theta, gradAt(point), ...rest);
  };
function lookaheadRule(k: number, alpha: number, rule: Rule): Rule {
  let slow: Vector = START;
  return (theta, grad, step, rate) => {
    const fast = rule(theta, grad, step, rate);
    if (step % k !== 0) return fast;
    slow = slow.map((s, i) => s + alpha * (at(fast, i) - s));
    return [...slow];
  };
}

const adamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const CASES: readonly (readonly [string, Optimizer, () => Rule])[] = [
  ["sgd", sgd(), () => sgdRule({ momentum: 0.9 })],
  [
    "sgd, no momentum, decay",
    sgd({ momentum: 0, weightDecay: 0.1 }),
    () => sgdRule({ momentum: 0, weightDecay: 0.1 }),
  ],
  ["sgd, dampened", sgd({ momentum: 0.5, dampening: 0.3 }), () => sgdRule({ momentum: 0.5, dampening: 0.3 })],
  [
    "nesterov",
    nesterov({ momentum: 0.8, weightDecay: 0.05 }),
    () => sgdRule({ momentum: 0.8, nesterov: true, weightDecay: 0.05 }),
  ],
  ["adam", adam(), () => adamRule(adamOptions)],
  ["adam, decay in the gradient", adam({ weightDecay: 0.1 }), () => adamRule({ ...adamOptions, l2: 0.1 })],
  [
    "amsgrad",
    adam({ amsgrad: true, beta2: 0.5 }),
    () => adamRule({ ...adamOptions, beta2: 0.5, amsgrad: true }),
  ],
  ["adamw", adamW(), () => adamRule({ ...adamOptions, decoupled: 0.01 })],
  [
    "adamw, other numbers",
    adamW({ beta1: 0.5, beta2: 0.9, epsilon: 1e-2, weightDecay: 0.3 }),
    () => adamRule({ beta1: 0.5, beta2: 0.9, epsilon: 1e-2, decoupled: 0.3 }),
  ],
  [
    "rmsprop",
    rmsprop(),
    () => rmspropRule({ alpha: 0.99, epsilon: 1e-8, momentum: 0, centered: false, weightDecay: 0 }),
  ],
  [
    "rmsprop, centred, with momentum",
    rmsprop({ centered: true, momentum: 0.5, alpha: 0.9, epsilon: 1e-3, weightDecay: 0.1 }),
    () => rmspropRule({ centered: true, momentum: 0.5, alpha: 0.9, epsilon: 1e-3, weightDecay: 0.1 }),
  ],
  [
    "rmsprop, with ε under the root",
    rmsprop({ inside: true, momentum: 0.9, alpha: 0.9, epsilon: 1e-3 }),
    () =>
      rmspropRule({
        inside: true,
        momentum: 0.9,
        alpha: 0.9,
        epsilon: 1e-3,
        centered: false,
        weightDecay: 0,
      }),
  ],
  ["adagrad", adagrad(), () => adagradRule(1e-10)],
  ["lion", lion(), () => lionRule(0.9, 0.99, 0)],
  ["lion, decay", lion({ beta1: 0.8, beta2: 0.95, weightDecay: 0.5 }), () => lionRule(0.8, 0.95, 0.5)],
  ["lamb", lamb(), () => lambRule(0.9, 0.999, 1e-6, 0.01)],
  ["clipped", clipNorm(sgd(), { norm: 0.5 }), () => clipRule(0.5, sgdRule({ momentum: 0.9 }))],
  [
    "clipped by value",
    clipValue(sgd(), { value: 0.7 }),
    () => changed((grad) => grad.map((d) => Math.max(-0.7, Math.min(0.7, d))), sgdRule({ momentum: 0.9 })),
  ],
  ["clipped by unit", adaptiveClip(sgd(), { clipping: 0.1 }), () => changed(agc, sgdRule({ momentum: 0.9 }))],
  ["centralised", centralize(sgd()), () => changed(centred, sgdRule({ momentum: 0.9 }))],
  ["lookahead", lookahead(adam(), { k: 3, alpha: 0.4 }), () => lookaheadRule(3, 0.4, adamRule(adamOptions))],
  ["sam", sam(sgd(), { rho: 0.1 }), () => samRule(0.1, sgdRule({ momentum: 0.9 }))],
  [
    "asam",
    asam(adamW(), { rho: 0.5 }),
    () => asamRule(0.5, 0.01, adamRule({ ...adamOptions, decoupled: 0.01 })),
  ],
  [
    "clip around sam: both gradients",
    clipNorm(sam(sgd(), { rho: 0.1 }), { norm: 0.4 }),
    () => samRule(0.1, clipRule(0.4, sgdRule({ momentum: 0.9 }))),
  ],
  ["ema leaves the weights alone", ema(sgd()), () => sgdRule({ momentum: 0.9 })],
];

const RATES = [0.1, 0.1, 0.05, 0.05, 0.02, 0.02, 0.01, 0.01];

function byHand(rule: Rule): number[][] {
  let theta: Vector = START;
  return RATES.map((rate, i) => {
    theta = rule(theta, gradAt(theta), i + 1, rate);
    return [...theta];
  });
}

function distance(actual: readonly Vector[], expected: readonly Vector[]): number {
  expect(actual.map((v) => v.length)).toEqual(expected.map((v) => v.length));
  return Math.max(...expected.flatMap((v, k) => v.map((x, i) => Math.abs(x - at(actual[k] ?? [], i)))));
}

describe("trajectories against steps by hand", () => {
  it.each(CASES)("%s", async (_, optimizer, rule) => {
    const expected = byHand(rule());
    const reference = await trajectory(optimizer, problem, RATES, "reference");
    expect(distance(reference.theta, expected)).toBeLessThan(2e-6);
    const runtime = await trajectory(optimizer, problem, RATES, "onnxruntime");
    expect(distance(runtime.theta, expected)).toBeLessThan(2e-5);
  });

  it("cover every optimizer and wrapper that has a name, here or in a test of its own", () => {
    const elsewhere = ["lbfgs", "gradient-noise", "swa"];
    const covered = new Set([...CASES.flatMap(([, { name }]) => name.split(/[()]/)), ...elsewhere]);
    const all = [...OPTIMIZER_NAMES, ...OPTIMIZER_WRAPPER_NAMES].filter((name) => name !== "nesterov");
    expect(all.filter((name) => !covered.has(name))).toEqual([]);
  });
});

describe("averages", () => {
  const path = byHand(sgdRule({ momentum: 0.9 }));

  it.each(["reference", "onnxruntime"] as const)("ema follows the weights (%s)", async (runtime) => {
    let average: Vector = START;
    path.forEach((theta, i) => {
      const d = Math.min(0.6, (2 + i) / (11 + i));
      average = average.map((a, k) => d * a + (1 - d) * at(theta, k));
    });
    const optimizer = ema(sgd(), { decay: 0.6 });
    const { slots } = await trajectory(optimizer, problem, RATES, runtime);
    expect(optimizer.average).toEqual({ theta: 1, states: 2 });
    expect(distance([slots[1] ?? []], [average])).toBeLessThan(2e-5);
  });

  it.each(["reference", "onnxruntime"] as const)(
    "swa is the mean of every second from the third (%s)",
    async (runtime) => {
      const { slots } = await trajectory(swa(sgd(), { from: 3, every: 2 }), problem, RATES, runtime);
      const taken = path.filter((_, i) => i >= 2 && i % 2 === 0);
      expect(taken.length).toBe(3);
      const mean = START.map((_, k) => taken.reduce((sum, theta) => sum + at(theta, k) / taken.length, 0));
      expect(distance([slots[1] ?? []], [mean])).toBeLessThan(2e-5);
    },
  );

  it("is the weights themselves before the first that counts", async () => {
    const { slots, theta } = await trajectory(swa(sgd(), { from: 100 }), problem, RATES, "onnxruntime");
    expect(slots[1]).toEqual(theta.at(-1));
  });
});
