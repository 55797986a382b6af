import { activation, batchNorm, dropout, layerNorm, linear } from "../nn/index.js";
import { s } from "../schema/index.js";
import { flatFeatures } from "../train/index.js";
import { defineSpace } from "./define.js";
import { tablesOnly } from "./tables.js";

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
    taper: s
      .oneOf([1, 0.75, 0.5], { weights: [2, 1, 1] })
      .describe("width of a layer relative to the one before"),
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
  accepts: tablesOnly("tabular-mlp"),
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
