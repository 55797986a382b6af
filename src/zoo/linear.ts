import { linear as dense, init } from "../nn/index.js";
import { flatFeatures } from "../train/index.js";
import { defineArchitecture } from "./define.js";

/** Softmax regression for classes, linear regression for numbers: the baseline that others must beat. */
export const linear = defineArchitecture({
  name: "linear",
  description: "One linear layer on all inputs: softmax or linear regression, the baseline",
  settings: {},
  recipe: {
    batchSize: 32,
    optimizer: "adamw",
    learningRate: 1e-2,
    weightDecay: 1e-3,
    labelSmoothing: 0,
    warmupEpochs: 0,
  },
  accepts: () => undefined,
  build: (g, features, _, outputs) =>
    g.scope("output", () => dense(g, flatFeatures(g, features, 0), outputs, { init: init.zeros })),
  example: { input: [5], outputs: 3 },
  facts: [
    { input: [1, 28, 28], outputs: 10, params: 7850, macs: 7840, source: "784 weights and a bias a class" },
  ],
});
