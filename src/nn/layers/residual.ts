import type { Value } from "../../ir/index.js";
import { type ActivationName, activation } from "../activations.js";
import { type Definition, sample } from "../define.js";
import { init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";
import { dropPath } from "./dropout.js";
import { linear } from "./linear.js";

export interface ResidualOptions {
  /** Rate of stochastic depth. */
  readonly dropPath?: number;
  /** A learned factor of the branch that begins here: 0 makes the block begin as the identity (ReZero, SkipInit). */
  readonly gate?: number;
}

/** x + branch(x), with stochastic depth and a learned factor of the branch where asked for. */
export function residual(
  g: NetworkBuilder,
  x: Value,
  branch: (x: Value) => Value,
  options: ResidualOptions = {},
): Value {
  const made = branch(x);
  const gated =
    options.gate === undefined
      ? made
      : g.Mul(made, g.param("gate", [1], { init: init.constant(options.gate), decay: false }));
  return g.Add(x, dropPath(g, gated, options.dropPath ?? 0));
}

/**
 * Highway layer (Srivastava et al. 2015): a learned gate decides how much is carried and how much transformed. The
 * gate's bias begins at −1, so that most is carried at first.
 */
export function highway(g: NetworkBuilder, x: Value, name: ActivationName = "relu"): Value {
  const width = fixedDim(x, -1);
  const made = activation(
    g,
    g.scope("transform", () => linear(g, x, width)),
    name,
  );
  const scores = g.scope("gate", () => {
    const bias = g.param("bias", [width], { init: init.constant(-1), decay: false });
    return g.Add(linear(g, x, width, { bias: false, init: init.lecunNormal }), bias);
  });
  return g.Add(x, g.Mul(g.Sigmoid(scores), g.Sub(made, x)));
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "residual",
    group: "Blocks",
    doc: "The input plus a branch of it, with stochastic depth and a learned factor where asked for.",
    formula: "y = x + γ f(x)",
    source: "He et al. 2015, arXiv:1512.03385; Bachlechner et al. 2020, arXiv:2003.04887",
    samples: [
      sample(
        { x: ["N", 4] },
        ["N", 4],
        (g, { x }) => residual(g, x, (h) => linear(g, h, 4), { dropPath: 0.5, gate: 0.5 }),
        { batch: 6 },
      ),
    ],
  },
  {
    kind: "layer",
    name: "highway",
    group: "Blocks",
    doc: "A learned gate decides how much of the input is carried and how much transformed.",
    formula: "y = t · f(x) + (1 − t) · x, t = σ(W x + b)",
    source: "Srivastava et al. 2015, arXiv:1505.00387",
    samples: [sample({ x: ["N", 4] }, ["N", 4], (g, { x }) => highway(g, x, "tanh"))],
  },
];
