import type { Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";

/** Activations by the names that spaces use. */
export const ACTIVATIONS = {
  relu: (g: Builder, x: Value) => g.Relu(x),
  relu6: (g: Builder, x: Value) => g.Clip(x, g.scalar(0, x.dtype), g.scalar(6, x.dtype)),
  "leaky-relu": (g: Builder, x: Value) => g.LeakyRelu(x, { alpha: 0.01 }),
  elu: (g: Builder, x: Value) => g.Elu(x),
  /** x · sigmoid(x) (Elfwing et al. 2017; swish). */
  silu: (g: Builder, x: Value) => g.Mul(x, g.Sigmoid(x)),
  /** x · clip(x/6 + 1/2, 0, 1) (Howard et al. 2019). */
  "hard-swish": (g: Builder, x: Value) => g.Mul(x, g.HardSigmoid(x, { alpha: 1 / 6, beta: 0.5 })),
  gelu: (g: Builder, x: Value) => g.Gelu(x),
  tanh: (g: Builder, x: Value) => g.Tanh(x),
} as const;

export type ActivationName = keyof typeof ACTIVATIONS;
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly ActivationName[];

export function activation(g: Builder, x: Value, name: ActivationName): Value {
  return ACTIVATIONS[name](g, x);
}
