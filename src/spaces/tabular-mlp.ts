import { issue } from "../base/index.js";
import type { Value } from "../ir/index.js";
import { activation, batchNorm, dropout, embedding, layerNorm, linear, type NetworkBuilder } from "../nn/index.js";
import { s } from "../schema/index.js";
import type { Features } from "../train/index.js";
import { defineSpace } from "./define.js";

/**
 * Multi-layer perceptrons for tables and plain vectors: depth, widths, residual connections, normalisation,
 * activation, dropout, and how wide categories are embedded.
 */
export const tabularMlp = defineSpace({
  name: "tabular-mlp",
  version: 1,
  description: "Perceptrons for tables: layers, residuals, normalisation, embeddings of categories",
  schema: s.object({
    width: s.int({ min: 8, max: 256, step: 8, log: true }).describe("of every hidden layer"),
    layers: s.int({ min: 1, max: 5 }).describe("hidden layers"),
    taper: s.oneOf([1, 0.75, 0.5], { weights: [2, 1, 1] }).describe("width of a layer relative to the one before"),
    residual: s.oneOf([false, true]).describe("shortcuts around layers that keep their width"),
    normalization: s.oneOf(["none", "batch", "layer"]),
    activation: s.oneOf(["relu", "silu", "gelu", "elu"]),
    dropout: s.oneOf([0, 0.1, 0.2, 0.4], { weights: [3, 1, 1, 1] }),
    embedding: s.oneOf([0, 2, 4, 8, 16]).describe("numbers a category becomes; 0 for one-hot columns"),
  }),
  recipe: {
    batchSize: 32,
    optimizer: "adamw",
    learningRate: 3e-3,
    weightDecay: 0.01,
    labelSmoothing: 0,
    warmupEpochs: 1,
  },
  accepts: ({ preprocessing }) =>
    preprocessing.kind !== "image"
      ? undefined
      : issue("space_input", {
          path: "tabular-mlp",
          expected: "a table or plain vectors",
          received: "images",
          hint: "use --space mobile-cnn",
        }),
  build(g, features, genotype, outputs) {
    let h = g.scope("inputs", () => flatFeatures(g, features, genotype.embedding));
    let width: number = genotype.width;
    for (let i = 0; i < genotype.layers; i++) {
      h = g.scope(`layer${i + 1}`, () => {
        let y = linear(g, h, width);
        if (genotype.normalization === "batch") y = batchNorm(g, y);
        if (genotype.normalization === "layer") y = layerNorm(g, y);
        y = dropout(g, activation(g, y, genotype.activation), genotype.dropout);
        return genotype.residual && h.shape.at(-1) === width ? g.Add(h, y) : y;
      });
      width = Math.max(4, Math.round(width * genotype.taper));
    }
    return g.scope("output", () => linear(g, h, outputs));
  },
});

/** All features side by side, [N, F]. */
function flatFeatures(g: NetworkBuilder, features: Features, embeddingWidth: number): Value {
  if (features.kind === "image") return g.Flatten(features.image, { axis: 1 });
  if (features.kind === "plain") return features.x.rank === 2 ? features.x : g.Flatten(features.x, { axis: 1 });
  const parts: Value[] = features.numeric === undefined ? [] : [features.numeric];
  features.categorical.forEach(({ codes, count }, i) => {
    parts.push(
      g.scope(`category${i + 1}`, () => {
        if (embeddingWidth > 0) return embedding(g, codes, count, Math.min(embeddingWidth, count));
        const onOff = g.constant({ dtype: "float32", dims: [2], data: Float32Array.of(0, 1) });
        return g.OneHot(codes, g.i64([count]), onOff, { axis: -1 });
      }),
    );
  });
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : g.Concat(parts, { axis: 1 });
}
