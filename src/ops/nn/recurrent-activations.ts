import { fail, type Issue, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";
import type { RecurrentAttributes } from "./recurrent.js";

interface Activation {
  /** Defaults of the parameters that it takes; undefined where it takes none. */
  readonly alpha?: number;
  readonly beta?: number;
  readonly f: (x: number, alpha: number, beta: number) => number;
  readonly build: (g: Builder, x: Value, alpha: number, beta: number) => Value;
}

/** Activations that recurrent operators may name (in any case of letters). */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  relu: { f: (x) => Math.max(0, x), build: (g, x) => g.Relu(x) },
  tanh: { f: Math.tanh, build: (g, x) => g.Tanh(x) },
  sigmoid: { f: (x) => 1 / (1 + Math.exp(-x)), build: (g, x) => g.Sigmoid(x) },
  affine: {
    alpha: 1,
    beta: 0,
    f: (x, a, b) => a * x + b,
    build: (g, x, a, b) => g.Add(g.Mul(x, g.scalar(a, x.dtype)), g.scalar(b, x.dtype)),
  },
  leakyrelu: {
    alpha: 0.01,
    f: (x, a) => (x < 0 ? a * x : x),
    build: (g, x, alpha) => g.LeakyRelu(x, { alpha }),
  },
  thresholdedrelu: {
    alpha: 1,
    f: (x, a) => (x > a ? x : 0),
    build: (g, x, alpha) => g.ThresholdedRelu(x, { alpha }),
  },
  scaledtanh: {
    alpha: 1,
    beta: 1,
    f: (x, a, b) => a * Math.tanh(b * x),
    build: (g, x, a, b) => g.Mul(g.Tanh(g.Mul(x, g.scalar(b, x.dtype))), g.scalar(a, x.dtype)),
  },
  hardsigmoid: {
    alpha: 0.2,
    beta: 0.5,
    f: (x, a, b) => Math.min(1, Math.max(0, a * x + b)),
    build: (g, x, alpha, beta) => g.HardSigmoid(x, { alpha, beta }),
  },
  elu: {
    alpha: 1,
    f: (x, a) => (x < 0 ? a * Math.expm1(x) : x),
    build: (g, x, alpha) => g.Elu(x, { alpha }),
  },
  softsign: { f: (x) => x / (1 + Math.abs(x)), build: (g, x) => g.Softsign(x) },
  softplus: { f: (x) => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))), build: (g, x) => g.Softplus(x) },
};

export function activationIssue(
  names: readonly string[],
  count: number,
  { activations }: RecurrentAttributes,
): Issue | undefined {
  if (activations !== undefined && activations.length !== count) {
    return issue("recurrent_activations", {
      expected: `${count} activations, those of each direction one after another`,
      received: `${activations.length}`,
    });
  }
  const unknown = names.find((name) => !Object.hasOwn(ACTIVATIONS, name.toLowerCase()));
  if (unknown === undefined) return undefined;
  return issue("recurrent_activations", { expected: Object.keys(ACTIVATIONS).join(", "), received: unknown });
}

export interface ChosenActivation {
  readonly f: (x: number) => number;
  readonly build: (g: Builder, x: Value) => Value;
}

/** The activations of every direction, with their parameters: each takes the next number of the lists. */
export function activationsOf(
  defaults: readonly string[],
  directions: number,
  attrs: RecurrentAttributes,
): ChosenActivation[][] {
  const [alphas, betas] = [[...(attrs.activation_alpha ?? [])], [...(attrs.activation_beta ?? [])]];
  return Array.from({ length: directions }, (_, k) =>
    defaults.map((usual, i) => {
      const name = attrs.activations?.[k * defaults.length + i] ?? usual;
      const it = ACTIVATIONS[name.toLowerCase()] ?? fail("recurrent_activations", { received: name });
      const alpha = it.alpha === undefined ? 0 : (alphas.shift() ?? it.alpha);
      const beta = it.beta === undefined ? 0 : (betas.shift() ?? it.beta);
      return { f: (x) => it.f(x, alpha, beta), build: (g, x) => it.build(g, x, alpha, beta) };
    }),
  );
}
