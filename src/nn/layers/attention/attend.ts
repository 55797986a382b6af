import { fail } from "../../../base/index.js";
import type { Value } from "../../../ir/index.js";
import { type Definition, sample } from "../../define.js";
import { fixedDim, type NetworkBuilder } from "../../network.js";
import { dropout } from "../dropout.js";
import { type MaskOptions, maskingOf, overScores } from "./masks.js";

export interface AttendOptions extends MaskOptions {
  /** Added to the scores: [L, S], [heads, L, S] (given with a batch axis of 1), [N, L, S] or [N, heads, L, S]. */
  readonly bias?: Value;
  /** Factor of the scores. Default 1/√D. */
  readonly scale?: number;
  /** Of the weights, while training. */
  readonly dropout?: number;
  /** What is done to the scores before, and to the weights after the softmax: [N, heads, L, S] each. */
  readonly mixScores?: (scores: Value) => Value;
  readonly mixWeights?: (weights: Value) => Value;
}

/**
 * Scaled dot-product attention of q [N, H, L, D], k [N, K, S, D] and v [N, K, S, E]; gives [N, H, L, E]. K divides H:
 * each key and value head serves H/K query heads (grouped queries; K = 1 is multi-query). A query whose masks leave
 * it no key gets zeros.
 */
export function attend(g: NetworkBuilder, q: Value, k: Value, v: Value, options: AttendOptions = {}): Value {
  const [heads, kvHeads, width] = [fixedDim(q, 1), fixedDim(k, 1), fixedDim(q, 3)];
  if (heads % kvHeads !== 0) {
    fail("attention_heads", {
      path: g.path,
      expected: `a number of query heads that ${kvHeads} key heads divide`,
      received: `${heads}`,
    });
  }
  // Query heads that share a key head are rows of one product. 0 keeps a length that may be a symbol.
  const [group, ungroup] =
    heads === kvHeads
      ? [(x: Value) => x, (x: Value) => x]
      : [
          (x: Value) => g.Reshape(x, g.i64([0, kvHeads, -1, 0])),
          (x: Value) => g.Reshape(x, g.i64([0, heads, -1, 0])),
        ];
  const scaled = g.Mul(q, g.scalar(options.scale ?? 1 / Math.sqrt(width)));
  let scores = ungroup(g.MatMul(group(scaled), g.Transpose(k, { perm: [0, 1, 3, 2] })));
  if (options.bias !== undefined) scores = g.Add(scores, overScores(g, options.bias, "bias"));
  if (options.mixScores !== undefined) scores = options.mixScores(scores);
  const { bias, alive } = maskingOf(g, q, k, options);
  if (bias !== undefined) scores = g.Add(scores, bias);
  let weights = dropout(g, g.Softmax(scores, { axis: -1 }), options.dropout ?? 0);
  if (options.mixWeights !== undefined) weights = options.mixWeights(weights);
  const y = ungroup(g.MatMul(group(weights), v));
  return alive === undefined ? y : g.Mul(y, alive);
}

const qkv = { q: ["N", 2, 3, 4], k: ["N", 2, 5, 4], v: ["N", 2, 5, 3] } as const;
const boolean = (shape: readonly (number | string)[], values?: readonly number[]) =>
  ({ shape, dtype: "bool", values }) as const;

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "attend",
    group: "Attention",
    doc:
      "Scaled dot-product attention of given queries, keys and values, with boolean, padding, causal and window masks " +
      "and additive biases. Fewer key heads than query heads make it grouped or multi-query.",
    formula: "y = softmax(q kᵀ/√D + bias) v",
    source:
      "Vaswani et al. 2017, arXiv:1706.03762; Shazeer 2019, arXiv:1911.02150; Ainslie et al. 2023, arXiv:2305.13245",
    samples: [
      sample(qkv, ["N", 2, 3, 3], (g, { q, k, v }) => attend(g, q, k, v)),
      sample({ q: ["N", 4, 3, 2], k: ["N", 2, 3, 2], v: ["N", 2, 3, 3] }, ["N", 4, 3, 3], (g, { q, k, v }) =>
        attend(g, q, k, v, { causal: true }),
      ),
      sample(
        { ...qkv, keys: boolean(["N", 5], [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]), seen: boolean(["N", 3, 5]) },
        ["N", 2, 3, 3],
        (g, { q, k, v, keys, seen }) => attend(g, q, k, v, { keyMask: keys, mask: seen, dropout: 0.2 }),
      ),
      sample({ ...qkv, bias: [3, 5] }, ["N", 2, 3, 3], (g, { q, k, v, bias }) =>
        attend(g, q, k, v, { bias, window: 2 }),
      ),
    ],
  },
];
