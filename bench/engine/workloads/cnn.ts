import { convBn, globalAveragePool, linear } from "../../../src/nn/index.js";
import type { Workload } from "../workload.js";

export const cnn: Workload = {
  name: "cnn",
  title: "3×3 CNN 32-64-128, 32×32, batch 64",
  batch: 64,
  inputs: [{ name: "image", dtype: "float32", shape: [3, 32, 32] }],
  classes: 10,
  optimizer: "sgd",
  learningRate: 0.02,
  productBound: false,
  body: (g, [image]) => {
    if (image === undefined) throw new Error("no input");
    let h = image;
    [32, 64, 128].forEach((channels, i) => {
      h = g.scope(`conv${i + 1}`, () => convBn(g, h, channels, { kernel: 3, activation: "relu" }));
      if (i < 2) h = g.MaxPool(h, { kernel_shape: [2, 2], strides: [2, 2] });
    });
    return g.scope("classifier", () => linear(g, globalAveragePool(g, h), 10));
  },
};
