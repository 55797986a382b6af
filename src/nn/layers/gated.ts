/** Activations that have weights, or that take their input apart: they are layers. */
import { fail } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type ActivationName, activation } from "../activations.js";
import { type Definition, sample } from "../define.js";
import { init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";
import { linear } from "./linear.js";

/** max(0, x) + a·min(0, x) with a learned slope for each channel (axis 1), beginning at 1/4 (He et al. 2015). */
export function prelu(g: NetworkBuilder, x: Value, initial = 0.25): Value {
  const channels = fixedDim(x, 1);
  const slope = g.param("slope", [channels, ...new Array<number>(x.rank - 2).fill(1)], {
    init: init.constant(initial),
    decay: false,
  });
  return g.PRelu(x, slope);
}

/** Swish with a learned slope: x·σ(βx), β beginning at 1 (Ramachandran et al. 2017). */
export function learnedSwish(g: NetworkBuilder, x: Value): Value {
  const beta = g.param("beta", [1], { init: init.ones, decay: false });
  return g.Mul(x, g.Sigmoid(g.Mul(x, beta)));
}

/** Maximum of `pieces` linear layers (Goodfellow et al. 2013): x [..., C] to [..., out]. */
export function maxout(g: NetworkBuilder, x: Value, out: number, pieces = 2): Value {
  const all = linear(g, x, out * pieces);
  const shape = [...new Array<number>(x.rank - 1).fill(0), out, pieces];
  return g.ReduceMax(g.Reshape(all, g.i64(shape)), g.i64([-1]), { keepdims: 0 });
}

/**
 * Gated linear unit over an axis cut in two halves: a · act(b) (Dauphin et al. 2017; Shazeer 2020 for other
 * activations than sigmoid).
 */
export function gatedLinearUnit(
  g: Builder,
  x: Value,
  options: { readonly axis?: number; readonly activation?: ActivationName } = {},
): Value {
  const { axis = -1, activation: name = "sigmoid" } = options;
  if (fixedDim(x, axis) % 2 !== 0) {
    fail("layer_halves", { path: x.name, expected: "an even axis", received: `${fixedDim(x, axis)}` });
  }
  const [a, b] = g.Split(x, undefined, { axis, num_outputs: 2 });
  return a === undefined || b === undefined
    ? fail("output_missing", { path: "Split" })
    : g.Mul(a, activation(g, b, name));
}

const group = "Activations";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "prelu",
    group,
    doc: "Rectifier with a learned slope for each channel.",
    formula: "max(0, x) + a_c · min(0, x)",
    source: "He et al. 2015, arXiv:1502.01852",
    samples: [
      sample({ x: ["N", 3, 2, 2] }, ["N", 3, 2, 2], (g, { x }) => prelu(g, x)),
      sample({ x: ["N", 4] }, ["N", 4], (g, { x }) => prelu(g, x)),
    ],
  },
  {
    kind: "layer",
    name: "learnedSwish",
    group,
    doc: "Swish with a learned slope.",
    formula: "x · σ(β x)",
    source: "Ramachandran et al. 2017, arXiv:1710.05941",
    samples: [sample({ x: ["N", 4] }, ["N", 4], (g, { x }) => learnedSwish(g, x))],
  },
  {
    kind: "layer",
    name: "maxout",
    group,
    doc: "Maximum of several linear layers.",
    formula: "y = max_k (W_k x + b_k)",
    source: "Goodfellow et al. 2013, arXiv:1302.4389",
    samples: [sample({ x: ["N", 4] }, ["N", 3], (g, { x }) => maxout(g, x, 3))],
  },
  {
    kind: "layer",
    name: "gatedLinearUnit",
    group,
    doc: "One half of the numbers, gated by the other half.",
    formula: "y = a · act(b), x = [a, b]",
    source: "Dauphin et al. 2017, arXiv:1612.08083",
    samples: [
      sample({ x: ["N", 6] }, ["N", 3], (g, { x }) => gatedLinearUnit(g, x)),
      sample({ x: ["N", 4, 3] }, ["N", 2, 3], (g, { x }) =>
        gatedLinearUnit(g, x, { axis: 1, activation: "gelu" }),
      ),
    ],
  },
];
