import { fail } from "../../base/index.js";
import { ONNX_DTYPE, tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { type Initializer, init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";

/** Rows of a learned table: codes [...] (int64) to [..., width]. */
export function embedding(g: NetworkBuilder, codes: Value, count: number, width: number): Value {
  return tokenEmbedding(g, codes, { count, width }).x;
}

export interface TokenEmbeddingOptions {
  readonly count: number;
  readonly width: number;
  /** A code that stands for no token: its row counts as zeros and is never trained. */
  readonly padding?: number;
  /** Factor of the rows; √width in the transformer of Vaswani et al. */
  readonly scale?: number;
  readonly init?: Initializer;
}

/** {@link embedding}, together with its table, which a tied output layer uses again ({@link tiedLogits}). */
export function tokenEmbedding(
  g: NetworkBuilder,
  codes: Value,
  options: TokenEmbeddingOptions,
): { readonly x: Value; readonly table: Value } {
  const { count, width, padding, scale } = options;
  const table = g.param("table", [count, width], { init: options.init ?? init.embedding(width) });
  let x = g.Gather(table, codes, { axis: 0 });
  if (padding !== undefined) {
    const present = g.Not(g.Equal(codes, g.scalar(padding, codes.dtype)));
    x = g.Mul(x, g.Cast(g.Unsqueeze(present, g.i64([-1])), { to: ONNX_DTYPE.float32 }));
  }
  return { x: scale === undefined ? x : g.Mul(x, g.scalar(scale)), table };
}

/** Scores of all tokens from x [..., width] by the table of the embedding itself (Press & Wolf 2017). */
export function tiedLogits(g: Builder, x: Value, table: Value): Value {
  return g.MatMul(x, g.Transpose(table, { perm: [1, 0] }));
}

/**
 * Rows for several columns of categories at once: codes [N, F] (int64), column f counting from 0 to
 * `cardinalities[f] − 1`, to [N, F, width]. One table holds the columns one below the other.
 */
export function categoricalEmbedding(
  g: NetworkBuilder,
  codes: Value,
  cardinalities: readonly number[],
  width: number,
): Value {
  const columns = fixedDim(codes, 1);
  if (columns !== cardinalities.length) {
    fail("embedding_columns", {
      path: codes.name,
      expected: `${cardinalities.length} columns`,
      received: `${columns}`,
    });
  }
  let total = 0;
  const offsets = cardinalities.map((count) => {
    total += count;
    return total - count;
  });
  const table = g.param("table", [total, width], { init: init.embedding(width) });
  const rows = g.Add(codes, g.constant(tensor("int64", [columns], offsets)));
  return g.Gather(table, rows, { axis: 0 });
}

/**
 * Numbers as vectors: x [N, F] to [N, F, width] by a learned direction and offset for each feature (Gorishniy et al.
 * 2021, the tokenizer of FT-Transformer).
 */
export function numericEmbedding(g: NetworkBuilder, x: Value, width: number): Value {
  const features = fixedDim(x, 1);
  const spread = init.uniform(1 / Math.sqrt(width));
  const weight = g.param("weight", [features, width], { init: spread });
  const bias = g.param("bias", [features, width], { init: spread, decay: false });
  return g.Add(g.Mul(g.Unsqueeze(x, g.i64([2])), weight), bias);
}

const group = "Embeddings";
const tokens = { shape: ["N", 3], dtype: "int64", low: 0, high: 5 } as const;

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "embedding",
    group,
    doc: "Rows of a learned table.",
    formula: "y = E[code]",
    samples: [sample({ x: tokens }, ["N", 3, 4], (g, { x }) => embedding(g, x, 5, 4))],
  },
  {
    kind: "layer",
    name: "tokenEmbedding",
    group,
    doc: "Rows of a learned table with a padding code, and the table for a tied output layer.",
    samples: [
      sample(
        { x: tokens },
        ["N", 3, 4],
        (g, { x }) => tokenEmbedding(g, x, { count: 5, width: 4, padding: 0 }).x,
      ),
    ],
  },
  {
    kind: "layer",
    name: "tiedLogits",
    group,
    doc: "Scores of all tokens by the table of the embedding itself.",
    formula: "logits = x Eᵀ",
    source: "Press & Wolf 2017, arXiv:1608.05859",
    samples: [
      sample({ x: tokens }, ["N", 3, 5], (g, { x }) => {
        const { x: h, table } = tokenEmbedding(g, x, { count: 5, width: 4, scale: 2 });
        return tiedLogits(g, h, table);
      }),
    ],
  },
  {
    kind: "layer",
    name: "categoricalEmbedding",
    group,
    doc: "Rows for several columns of categories, from one table.",
    samples: [
      sample({ x: { shape: ["N", 2], dtype: "int64", low: 0, high: 3 } }, ["N", 2, 4], (g, { x }) =>
        categoricalEmbedding(g, x, [3, 4], 4),
      ),
    ],
  },
  {
    kind: "layer",
    name: "numericEmbedding",
    group,
    doc: "Numbers as vectors, by a learned direction and offset for each feature.",
    formula: "y[f] = x[f] · w[f] + b[f]",
    source: "Gorishniy et al. 2021, arXiv:2106.11959",
    samples: [sample({ x: ["N", 3] }, ["N", 3, 4], (g, { x }) => numericEmbedding(g, x, 4))],
  },
];
