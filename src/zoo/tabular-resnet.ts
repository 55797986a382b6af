import type { Value } from "../ir/index.js";
import { batchNorm, dropout, linear } from "../nn/index.js";
import { flatFeatures } from "../train/index.js";
import { defineArchitecture } from "./define.js";
import { tablesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/**
 * ResNet for tables (Gorishniy et al. 2021, arXiv:2106.11959, section 3.2): a linear stem, blocks
 * x + Dropout(Linear(Dropout(ReLU(Linear(BatchNorm(x)))))), and the head Linear(ReLU(BatchNorm(x))).
 */
export const tabularResnet = defineArchitecture({
  name: "tabular-resnet",
  description: "Residual network for tables and vectors",
  settings: {
    blocks: setting.int(2, { min: 1, max: 32 }, "residual blocks"),
    width: setting.int(64, { min: 2, max: 2048 }, "numbers that the shortcuts carry"),
    factor: setting.real(2, { min: 0.25, max: 8 }, "width inside a block, relative to the shortcut's"),
    dropout: setting.real(0.2, { min: 0, max: 0.9 }, "after the activation of a block, while training"),
    residualDropout: setting.real(0, { min: 0, max: 0.9 }, "before the sum of a block, while training"),
    embedding: setting.int(8, { min: 0, max: 256 }, "numbers a category becomes; 0 for one-hot columns"),
  },
  recipe: {
    batchSize: 32,
    optimizer: "adamw",
    learningRate: 2e-3,
    weightDecay: 0.01,
    labelSmoothing: 0,
    warmupEpochs: 1,
  },
  accepts: tablesOnly("tabular-resnet"),
  build(g, features, settings, outputs) {
    const { blocks, width, factor } = settings;
    const inner = Math.max(1, Math.round(width * factor));
    const normed = (x: Value) => g.scope("norm", () => batchNorm(g, x));
    const flat = g.scope("inputs", () => flatFeatures(g, features, settings.embedding));
    let h = g.scope("stem", () => linear(g, flat, width));
    for (let i = 0; i < blocks; i++) {
      h = g.scope(`block${i + 1}`, () => {
        const wide = g.Relu(g.scope("first", () => linear(g, normed(h), inner)));
        const back = g.scope("second", () => linear(g, dropout(g, wide, settings.dropout), width));
        return g.Add(h, dropout(g, back, settings.residualDropout));
      });
    }
    return g.scope("output", () => linear(g, g.Relu(normed(h)), outputs));
  },
  example: { settings: { width: 12 }, input: [7], outputs: 3 },
  facts: [
    {
      input: [8],
      outputs: 1,
      params: 34_177,
      macs: 33_344,
      source: "stem 8·64 + 64, two blocks of 2·64 + 2·64·128 + 128 + 64, head 2·64 + 64 + 1",
    },
  ],
});
