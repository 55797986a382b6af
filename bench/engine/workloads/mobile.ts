import { convBn, globalAveragePool, invertedResidual, linear } from "../../../src/nn/index.js";
import type { Workload } from "../workload.js";

/** Channels, expansion and stride of each inverted residual. */
const BLOCKS = [
  [24, 4, 2],
  [24, 4, 1],
  [40, 4, 2],
  [40, 4, 1],
  [80, 4, 2],
  [80, 4, 1],
] as const;

export const mobile: Workload = {
  name: "mobile",
  title: "mobile CNN (6 inverted residuals), 32×32, batch 64",
  batch: 64,
  inputs: [{ name: "image", dtype: "float32", shape: [3, 32, 32] }],
  classes: 10,
  optimizer: "sgd",
  learningRate: 0.02,
  productBound: false,
  body: (g, [image]) => {
    if (image === undefined) throw new Error("no input");
    let h = g.scope("stem", () => convBn(g, image, 16, { kernel: 3, activation: "relu" }));
    BLOCKS.forEach(([channels, expansion, stride], i) => {
      h = g.scope(`block${i + 1}`, () =>
        invertedResidual(g, h, channels, {
          kernel: 3,
          stride,
          expansion,
          squeezeExcite: false,
          activation: "relu",
        }),
      );
    });
    h = g.scope("head", () => convBn(g, h, 160, { kernel: 1, activation: "relu" }));
    return g.scope("classifier", () => linear(g, globalAveragePool(g, h), 10));
  },
};
