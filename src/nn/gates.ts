/** How a supernet weighs the branches of an open choice. */

import { ONNX_DTYPE, tensor, type Value } from "../ir/index.js";
import type { Scalar } from "../schema/index.js";
import type { NetworkBuilder } from "./network.js";

/** An open choice of a network: one architecture parameter of the graph. */
export interface Mixture {
  /** The decision, as in `edges/2` or `stages/0/kind:conv/kernel`. */
  readonly path: string;
  readonly choices: readonly Scalar[];
  /** The input of the graph that stands for it, one number a choice: what a gate makes weights of. */
  readonly alpha: Value;
  /** Weights of the branches, one number a choice. */
  readonly weights: Value;
}

/**
 * From architecture parameters [k] to mixing weights [k]. All readers of one decision share its weights; what is
 * drawn at random is drawn anew at each training step.
 */
export interface Gate {
  readonly name: string;
  weights(g: NetworkBuilder, alpha: Value): Value;
}

/** The graph's inputs are the weights themselves: one-hot for one network, anything for a mixture. */
export const givenWeights: Gate = { name: "given", weights: (_, alpha) => alpha };

/** softmax(alpha / temperature): DARTS (Liu et al. 2019, arXiv:1806.09055, equation 2). */
export function softmaxGate(temperature = 1): Gate {
  return { name: "softmax", weights: (g, alpha) => softened(g, alpha, temperature) };
}

/**
 * softmax((alpha + Gumbel noise) / temperature) while training, the noise left out otherwise (Jang et al. 2017,
 * arXiv:1611.01144). `hard`: forward one-hot, backward as the soft form (GDAS: Dong & Yang 2019, arXiv:1910.04465).
 */
export function gumbelGate(options: { readonly temperature?: number; readonly hard?: boolean } = {}): Gate {
  const { temperature = 1, hard = false } = options;
  return {
    name: hard ? "gumbel-hard" : "gumbel",
    weights(g, alpha) {
      const soft = softened(g, g.training ? g.Add(alpha, gumbel(g, alpha)) : alpha, temperature);
      return hard ? straightThrough(g, hardmax(g, soft), soft) : soft;
    },
  };
}

/** The largest parameter's branch alone; backward as softmax(alpha). */
export const oneHotGate: Gate = {
  name: "one-hot",
  weights(g, alpha) {
    const soft = softened(g, alpha, 1);
    return straightThrough(g, hardmax(g, soft), soft);
  },
};

/**
 * One branch drawn from p = softmax(alpha) while training, the likeliest otherwise; the gradient that reaches the
 * gates passes on to alpha through p (ProxylessNAS: Cai et al. 2019, arXiv:1812.00332, equation 4, all paths
 * computed). Gumbel noise added to alpha makes its largest entry such a draw.
 */
export const binaryGate: Gate = {
  name: "binary",
  weights(g, alpha) {
    const soft = softened(g, alpha, 1);
    return straightThrough(g, hardmax(g, g.training ? g.Add(alpha, gumbel(g, alpha)) : alpha), soft);
  },
};

function softened(g: NetworkBuilder, alpha: Value, temperature: number): Value {
  return g.Softmax(temperature === 1 ? alpha : g.Mul(alpha, g.scalar(1 / temperature)), { axis: -1 });
}

/** −log(−log u), u in (0, 1). */
function gumbel(g: NetworkBuilder, alpha: Value): Value {
  const u = g.Clip(g.random(alpha.dims), g.scalar(1e-7), g.scalar(1 - 1e-7));
  return g.Neg(g.Log(g.Neg(g.Log(u))));
}

/** 1 for the first of the largest, 0 elsewhere; no gradient. */
function hardmax(g: NetworkBuilder, x: Value): Value {
  const [size = 1] = x.dims;
  const best = g.ArgMax(x, { axis: -1, keepdims: 1 });
  const positions = g.constant(
    tensor(
      "int64",
      [size],
      Array.from({ length: size }, (_, i) => i),
    ),
  );
  return g.Cast(g.Equal(positions, best), { to: ONNX_DTYPE.float32 });
}

/**
 * Forward `hard`, backward `soft`. The part without gradient is soft rounded to 24 binary places: rounding has
 * none, and differs by at most 2^-25, which also holds once the graph is copied into another or written to a file.
 */
function straightThrough(g: NetworkBuilder, hard: Value, soft: Value): Value {
  const still = g.Mul(g.Round(g.Mul(soft, g.scalar(2 ** 24))), g.scalar(2 ** -24));
  return g.Add(hard, g.Sub(soft, still));
}
