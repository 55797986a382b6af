import { fail } from "../../../base/index.js";
import type { Value } from "../../../ir/index.js";
import type { Builder } from "../../../ops/index.js";
import { type Definition, sample } from "../../define.js";
import { init } from "../../initializers.js";
import { fixedDim, type NetworkBuilder } from "../../network.js";
import { linear } from "../linear.js";

export interface LinearAttentionOptions {
  readonly heads: number;
  readonly causal?: boolean;
  /** Boolean [N, L]: true where there is a token. */
  readonly keyMask?: Value;
  readonly epsilon?: number;
}

/**
 * Linear attention (Katharopoulos et al. 2020): weights φ(q)·φ(k) with φ = elu + 1, so that the work grows with the
 * length and not with its square. The causal form sums states along the sequence; it holds a D×E state a place.
 */
export function linearAttention(g: NetworkBuilder, x: Value, options: LinearAttentionOptions): Value {
  const { heads, causal = false, keyMask, epsilon = 1e-6 } = options;
  const features = fixedDim(x, -1);
  if (features % heads !== 0) {
    fail("attention_heads", {
      path: g.path,
      expected: `a width that ${heads} heads divide`,
      received: `${features}`,
    });
  }
  const all = g.scope("qkv", () => linear(g, x, 3 * features, { init: init.lecunNormal }));
  const split = g.Transpose(g.Reshape(all, g.i64([0, 0, 3 * heads, features / heads])), {
    perm: [0, 2, 1, 3],
  });
  const [q, k, v] = g.Split(split, g.i64([heads, heads, heads]), { axis: 1 }, 3);
  if (q === undefined || k === undefined || v === undefined) return fail("output_missing", { path: "Split" });
  const present = keyMask && g.Cast(g.Unsqueeze(keyMask, g.i64([1, 3])), { to: 1 });
  const query = feature(g, q);
  const key = present === undefined ? feature(g, k) : g.Mul(feature(g, k), present);
  const y = causal ? causalSums(g, query, key, v, epsilon) : wholeSums(g, query, key, v, epsilon);
  const joined = g.Reshape(g.Transpose(y, { perm: [0, 2, 1, 3] }), g.i64([0, 0, features]));
  return g.scope("out", () => linear(g, joined, features, { init: init.lecunNormal }));
}

/** elu(x) + 1, which is positive. */
function feature(g: Builder, x: Value): Value {
  return g.Add(g.Elu(x), g.scalar(1));
}

function wholeSums(g: Builder, q: Value, k: Value, v: Value, epsilon: number): Value {
  const state = g.MatMul(g.Transpose(k, { perm: [0, 1, 3, 2] }), v);
  const total = g.ReduceSum(k, g.i64([2]), { keepdims: 1 });
  const norm = g.ReduceSum(g.Mul(q, total), g.i64([3]), { keepdims: 1 });
  return g.Div(g.MatMul(q, state), g.Add(norm, g.scalar(epsilon)));
}

function causalSums(g: Builder, q: Value, k: Value, v: Value, epsilon: number): Value {
  const products = g.Mul(g.Unsqueeze(k, g.i64([4])), g.Unsqueeze(v, g.i64([3])));
  const states = g.CumSum(products, g.i64(2));
  const y = g.Squeeze(g.MatMul(g.Unsqueeze(q, g.i64([3])), states), g.i64([3]));
  const norm = g.ReduceSum(g.Mul(q, g.CumSum(k, g.i64(2))), g.i64([3]), { keepdims: 1 });
  return g.Div(y, g.Add(norm, g.scalar(epsilon)));
}

const x = ["N", 3, 4] as const;

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "linearAttention",
    group: "Attention",
    doc: "Attention without a softmax, whose work grows with the length and not with its square; also causal.",
    formula: "y_i = φ(q_i) Σ_j φ(k_j) v_jᵀ / φ(q_i)·Σ_j φ(k_j), φ(x) = elu(x) + 1",
    source: "Katharopoulos et al. 2020, arXiv:2006.16236",
    samples: [
      sample({ x }, x, (g, { x }) => linearAttention(g, x, { heads: 2 })),
      sample({ x }, x, (g, { x }) => linearAttention(g, x, { heads: 2, causal: true })),
      sample(
        { x, keys: { shape: ["N", 3], dtype: "bool", values: [1, 1, 0, 1, 1, 1] } },
        x,
        (g, { x, keys }) => linearAttention(g, x, { heads: 1, keyMask: keys }),
      ),
    ],
  },
];
