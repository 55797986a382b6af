import type { Value } from "../../ir/index.js";
import { tensor } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";

export interface ObliviousTreesOptions {
  readonly trees: number;
  /** Questions of a tree: all of its nodes of one level ask the same. */
  readonly depth: number;
  /** Numbers that a leaf holds. */
  readonly out: number;
}

/**
 * Soft oblivious decision trees (Popov et al. 2020, arXiv:1909.06312): x [N, F] to [N, trees, out]. Question d of a tree
 * compares a mixture of features, chosen by 1.5-entmax, with a threshold; a leaf counts as the product of the answers
 * on its way, 2^depth leaves a tree. Standardised features are expected, from whose law thresholds are drawn.
 *
 * Departure: answers are sigmoids, not two-class entmax, which has no gradient far from the threshold.
 */
export function obliviousTrees(g: NetworkBuilder, x: Value, options: ObliviousTreesOptions): Value {
  const { trees, depth, out } = options;
  const features = fixedDim(x, 1);
  const questions = trees * depth;
  const choice = g.param("choice", [questions, features], { init: init.uniform(1) });
  const threshold = g.param("threshold", [questions], { init: init.normal(1), decay: false });
  const sharpness = g.param("sharpness", [questions], { init: init.zeros, decay: false });
  const leaves = 2 ** depth;
  const response = g.param("response", [trees, leaves, out], { init: init.normal(1) });

  const asked = g.Gemm(x, entmax15(g, choice), undefined, { transB: 1 });
  const yes = g.Sigmoid(g.Mul(g.Sub(asked, threshold), g.Exp(sharpness)));
  const answers = g.Reshape(yes, g.i64([-1, trees, depth]));
  const ones = g.i64(Array.from({ length: depth }, () => 1));
  let reached: Value | undefined;
  for (const answer of g.op("Split", [answers, ones], { axis: 2 }, depth)) {
    const both = g.Concat([answer, g.Sub(g.scalar(1), answer)], { axis: 2 });
    if (reached === undefined) reached = both;
    else {
      const pairs = g.Mul(g.Unsqueeze(reached, g.i64([3])), g.Unsqueeze(both, g.i64([2])));
      reached = g.Reshape(pairs, g.i64([0, trees, -1]));
    }
  }
  const byTree = g.Transpose(reached ?? answers, { perm: [1, 0, 2] });
  return g.Transpose(g.MatMul(byTree, response), { perm: [1, 0, 2] });
}

/**
 * 1.5-entmax over the last axis of x [rows, K] (Peters et al. 2019, arXiv:1905.05702): as a softmax, but with exact zeros.
 * p = max(x/2 − τ, 0)² with τ such that p sums to 1, found by sorting.
 */
export function entmax15(g: Builder, x: Value): Value {
  const size = fixedDim(x, 1);
  const half = g.Mul(g.Sub(x, g.ReduceMax(x, g.i64([1]), { keepdims: 1 })), g.scalar(0.5, x.dtype));
  const [sorted] = g.TopK(half, g.i64([size]), { axis: 1 });
  const counts = g.constant(
    tensor(
      x.dtype,
      [size],
      Array.from({ length: size }, (_, i) => i + 1),
    ),
    "counts",
  );
  const axis = g.i64(1);
  const mean = g.Div(g.CumSum(sorted, axis), counts);
  const square = g.Div(g.CumSum(g.Mul(sorted, sorted), axis), counts);
  const spread = g.Mul(counts, g.Sub(square, g.Mul(mean, mean)));
  // Where the root is none, the threshold is not used; a small number keeps its slope finite.
  const rest = g.Max([g.Div(g.Sub(g.scalar(1, x.dtype), spread), counts), g.scalar(1e-12, x.dtype)]);
  const thresholds = g.Sub(mean, g.Sqrt(rest));
  const support = g.ReduceSum(g.Cast(g.LessOrEqual(thresholds, sorted), { to: 7 }), g.i64([1]), {
    keepdims: 1,
  });
  const threshold = g.GatherElements(thresholds, g.Sub(support, g.i64(1)), { axis: 1 });
  const kept = g.Relu(g.Sub(half, threshold));
  return g.Mul(kept, kept);
}

const group = "Linear";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "obliviousTrees",
    group,
    doc: "Soft decision trees whose nodes of one level ask the same question.",
    formula: "y[t] = Σ leaves Π_d σ(±s(w_d·x − b_d)) r[leaf], w_d = entmax₁.₅",
    source: "Popov et al. 2020, arXiv:1909.06312",
    samples: [
      sample({ x: ["N", 4] }, ["N", 3, 2], (g, { x }) =>
        obliviousTrees(g, x, { trees: 3, depth: 2, out: 2 }),
      ),
    ],
  },
  {
    kind: "layer",
    name: "entmax15",
    group,
    doc: "As a softmax, but with exact zeros for what is far behind.",
    formula: "p = max(x/2 − τ, 0)², Σ p = 1",
    source: "Peters et al. 2019, arXiv:1905.05702",
    samples: [sample({ x: [3, 5] }, [3, 5], (g, { x }) => entmax15(g, x))],
  },
];
