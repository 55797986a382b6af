import type { Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";
import { type Definition, sample } from "./define.js";

/** Activations without weights, by the names that spaces use. Those with weights are layers (`prelu`, `maxout`, …). */
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
  /** GELU by its tanh formula (Hendrycks & Gimpel 2016). */
  "gelu-tanh": (g: Builder, x: Value) => g.Gelu(x, { approximate: "tanh" }),
  /** x · sigmoid(1.702 x) (Hendrycks & Gimpel 2016). */
  "quick-gelu": (g: Builder, x: Value) => g.Mul(x, g.Sigmoid(g.Mul(x, g.scalar(1.702, x.dtype)))),
  sigmoid: (g: Builder, x: Value) => g.Sigmoid(x),
  /** clip(x/6 + 1/2, 0, 1), of which hard-swish is made. */
  "hard-sigmoid": (g: Builder, x: Value) => g.HardSigmoid(x, { alpha: 1 / 6, beta: 0.5 }),
  "hard-tanh": (g: Builder, x: Value) => g.Clip(x, g.scalar(-1, x.dtype), g.scalar(1, x.dtype)),
  selu: (g: Builder, x: Value) => g.Selu(x),
  celu: (g: Builder, x: Value) => g.Celu(x),
  /** x · tanh(softplus(x)) (Misra 2019). */
  mish: (g: Builder, x: Value) => g.Mish(x),
  softplus: (g: Builder, x: Value) => g.Softplus(x),
  softsign: (g: Builder, x: Value) => g.Softsign(x),
  /** relu(x)² (So et al. 2021, Primer). */
  "squared-relu": (g: Builder, x: Value) => {
    const positive = g.Relu(x);
    return g.Mul(positive, positive);
  },
  sine: (g: Builder, x: Value) => g.Sin(x),
  identity: (_: Builder, x: Value) => x,
} as const;

export type ActivationName = keyof typeof ACTIVATIONS;
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly ActivationName[];

export function activation(g: Builder, x: Value, name: ActivationName): Value {
  return ACTIVATIONS[name](g, x);
}

const FORMULAS: Readonly<Record<ActivationName, readonly [formula: string, source?: string]>> = {
  relu: ["max(0, x)"],
  relu6: ["min(max(0, x), 6)", "Howard et al. 2017, arXiv:1704.04861"],
  "leaky-relu": ["max(0, x) + 0.01 · min(0, x)", "Maas et al. 2013"],
  elu: ["x where x > 0, eˣ − 1 elsewhere", "Clevert et al. 2015, arXiv:1511.07289"],
  silu: ["x · σ(x)", "Elfwing et al. 2017, arXiv:1702.03118"],
  "hard-swish": ["x · clip(x/6 + 1/2, 0, 1)", "Howard et al. 2019, arXiv:1905.02244"],
  gelu: ["x · Φ(x)", "Hendrycks & Gimpel 2016, arXiv:1606.08415"],
  tanh: ["tanh x"],
  "gelu-tanh": ["x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))", "Hendrycks & Gimpel 2016, arXiv:1606.08415"],
  "quick-gelu": ["x · σ(1.702 x)", "Hendrycks & Gimpel 2016, arXiv:1606.08415"],
  sigmoid: ["1/(1 + e⁻ˣ)"],
  "hard-sigmoid": ["clip(x/6 + 1/2, 0, 1)", "Howard et al. 2019, arXiv:1905.02244"],
  "hard-tanh": ["clip(x, −1, 1)"],
  selu: ["1.0507 · (x where x > 0, 1.67326 (eˣ − 1) elsewhere)", "Klambauer et al. 2017, arXiv:1706.02515"],
  celu: ["max(0, x) + min(0, eˣ − 1)", "Barron 2017, arXiv:1704.07483"],
  mish: ["x · tanh(ln(1 + eˣ))", "Misra 2019, arXiv:1908.08681"],
  softplus: ["ln(1 + eˣ)"],
  softsign: ["x/(1 + |x|)"],
  "squared-relu": ["max(0, x)²", "So et al. 2021, arXiv:2109.08668"],
  sine: ["sin x", "Sitzmann et al. 2020, arXiv:2006.09661"],
  identity: ["x"],
};

export const definitions: readonly Definition[] = ACTIVATION_NAMES.map((name) => {
  const [formula, source] = FORMULAS[name];
  return {
    kind: "activation",
    name: name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    group: "Activations",
    doc: `The activation \`${name}\`.`,
    formula,
    source,
    samples: [sample({ x: ["N", 7] }, ["N", 7], (g, { x }) => activation(g, x, name))],
  };
});
