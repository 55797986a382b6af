import { rngOf } from "../../base/index.js";
import { type Model, sizeOf, type Value } from "../../ir/index.js";
import { Builder } from "../../ops/index.js";
import { modelOf } from "../../train/index.js";
import { descend, type FlatLayout, flatLength, parametersOf } from "../learning/flat-model.js";

/** Units of each of the two hidden layers. */
export const HIDDEN = 64;

/** Sizes of what the update reads and writes. */
export interface UpdateShape {
  /** Columns of a state and of an action. */
  readonly width: number;
  /** Updates in one run, and examples of each. */
  readonly updates: number;
  readonly batch: number;
  readonly rate: number;
  /** Quantile that the critic estimates. */
  readonly quantile: number;
}

/** The parameters of a network of two hidden layers. */
export function mlp(inputs: number, outputs: number): FlatLayout {
  const sizes = [inputs, HIDDEN, HIDDEN, outputs];
  return sizes.slice(1).flatMap((out, i) => [
    { name: `weight${i + 1}`, shape: [sizes[i] ?? 0, out] },
    { name: `bias${i + 1}`, shape: [out] },
  ]);
}

/** First weights: evenly from ±√(1/inputs) of each layer, biases too, as is usual for linear layers. */
export function firstWeights(of: FlatLayout, seed: number, name: string): Float32Array {
  const rng = rngOf(seed, "l2nas", name);
  const theta = new Float32Array(flatLength(of));
  let at = 0;
  let bound = 1;
  for (const { shape } of of) {
    if (shape.length === 2) bound = 1 / Math.sqrt(shape[0] ?? 1);
    for (const end = at + sizeOf(shape); at < end; at++) theta[at] = bound * (2 * rng.float() - 1);
  }
  return theta;
}

/** The network over rows x [batch, inputs], weights taken from the flat vector. */
export function writeMlp(g: Builder, of: FlatLayout, theta: Value, x: Value): Value {
  const parameters = parametersOf(g, of, theta);
  let h = x;
  for (let layer = 1; layer <= of.length / 2; layer++) {
    const [weight, bias] = [parameters.get(`weight${layer}`), parameters.get(`bias${layer}`)];
    if (weight === undefined || bias === undefined) break;
    h = g.Add(g.MatMul(layer > 1 ? g.Relu(h) : h, weight), bias);
  }
  return h;
}

/** ρ_τ(u) = max(τ·u, (τ − 1)·u) with u = target − prediction, in the mean: least where predictions are τ-quantiles. */
export function checkLoss(g: Builder, prediction: Value, target: Value, tau: number): Value {
  const u = g.Sub(target, prediction);
  return g.ReduceMean(g.Max([g.Mul(u, g.scalar(tau)), g.Mul(u, g.scalar(tau - 1))]), undefined, {
    keepdims: 0,
  });
}

/** The weights that a run carries from update to update: weights and Adam's moments of each network, and the count. */
export const CARRIED = [
  "actor",
  "actor_first",
  "actor_second",
  "critic",
  "critic_first",
  "critic_second",
  "step",
] as const;

/**
 * A few updates of critic and actor as one `Scan`. Inputs: the carried values; `states`, `actions`
 * [updates, batch, width], `rewards` [updates, batch]; `state` [1, width]. Outputs: the carried values with `_out` behind
 * their names, and `action` [1, width], what the actor makes of `state` then.
 */
export function updateModel({ width, updates, batch, rate, quantile }: UpdateShape): Model {
  const [actor, critic] = [mlp(width, width), mlp(2 * width, 1)];
  const lengths = [actor, actor, actor, critic, critic, critic].map(flatLength);
  const g = new Builder("l2nas");
  const shapes = [...lengths.map((length) => [length]), []];
  const carried = CARRIED.map((name, i) => g.input(name, "float32", shapes[i] ?? []));
  const scanned = [
    g.input("states", "float32", [updates, batch, width]),
    g.input("actions", "float32", [updates, batch, width]),
    g.input("rewards", "float32", [updates, batch]),
  ];
  const state = g.input("state", "float32", [1, width]);
  const body = g.subgraph(
    "update",
    [...carried, ...scanned].map((v, i) => ({
      name: v.name,
      dtype: v.dtype,
      shape: i < carried.length ? v.shape : v.shape.slice(1),
    })),
    (b, theta, first, second, thetaQ, firstQ, secondQ, step0, states, actions, rewards) => {
      const all = [theta, first, second, thetaQ, firstQ, secondQ, step0, states, actions, rewards];
      const [t, m, v, tq, mq, vq, n, s, a, r] = all.map((it) => it ?? b.scalar(0)) as [
        Value,
        Value,
        Value,
        Value,
        Value,
        Value,
        Value,
        Value,
        Value,
        Value,
      ];
      const step = b.Add(n, b.scalar(1));
      const value = (of: Value, weights: Value) =>
        b.Reshape(writeMlp(b, critic, weights, b.Concat([s, of], { axis: 1 })), b.i64([batch]));
      // The critic first: the actor climbs what it says afterwards, and never moves it.
      const q = descend(b, critic, [tq, mq, vq], step, rate, (weights) =>
        checkLoss(b, value(a, weights), r, quantile),
      );
      const p = descend(b, actor, [t, m, v], step, rate, (weights) =>
        b.Neg(
          b.ReduceMean(value(b.Sigmoid(writeMlp(b, actor, weights, s)), q[0]), undefined, { keepdims: 0 }),
        ),
      );
      return [...p, ...q, step];
    },
  );
  const results = g.Scan([...carried, ...scanned], { body, num_scan_inputs: scanned.length });
  const out = CARRIED.map((name, i) => g.identityAs(results[i] ?? state, `${name}_out`));
  const action = g.Sigmoid(writeMlp(g, actor, out[0] ?? state, state));
  return modelOf(g.finish([...out, g.identityAs(action, "action")]));
}
