import { ACTIVATION_NAMES, activation, dropout, linear } from "../nn/index.js";
import { flatFeatures } from "../train/index.js";
import { defineArchitecture } from "./define.js";
import { setting } from "./settings.js";

/** Multi-layer perceptron: hidden layers of one width, an activation and dropout after each. */
export const mlp = defineArchitecture({
  name: "mlp",
  description: "Multi-layer perceptron for tables, vectors and small images",
  settings: {
    layers: setting.int(2, { min: 1, max: 16 }, "hidden layers"),
    width: setting.int(128, { min: 1, max: 8192 }, "numbers in each hidden layer"),
    activation: setting.oneOf(ACTIVATION_NAMES, "relu", "after each hidden layer"),
    dropout: setting.real(0.1, { min: 0, max: 0.9 }, "share of numbers dropped while training"),
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
  accepts: () => undefined,
  build(g, features, settings, outputs) {
    let h = g.scope("inputs", () => flatFeatures(g, features, settings.embedding));
    for (let i = 0; i < settings.layers; i++) {
      h = g.scope(`layer${i + 1}`, () =>
        dropout(g, activation(g, linear(g, h, settings.width), settings.activation), settings.dropout),
      );
    }
    return g.scope("output", () => linear(g, h, outputs));
  },
  example: { settings: { width: 16 }, input: [6], outputs: 3 },
  facts: [
    {
      settings: { layers: 2, width: 300 },
      input: [784],
      outputs: 10,
      params: 328_810,
      macs: 328_200,
      source: "784·300 + 300·300 + 300·10 weights and 610 biases",
    },
  ],
});
