import type { Value } from "../ir/index.js";
import {
  averagePool2d,
  batchNorm,
  conv2d,
  convBn,
  fixedDim,
  globalAveragePool,
  linear,
  maxPool2d,
  type NetworkBuilder,
} from "../nn/index.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/** Table 1 of the paper: layers of the four blocks. */
const LAYERS = {
  "121": [6, 12, 24, 16],
  "169": [6, 12, 32, 32],
  "201": [6, 12, 48, 32],
  "22": [2, 2, 2, 2],
} as const;

/** Images below this many pixels keep their size in the stem. */
const SMALL_SIDE = 96;

/**
 * DenseNet-BC (Huang et al. 2017, arXiv:1608.06993, table 1): each layer reads all earlier ones of its block, through a
 * 1×1 bottleneck of four times the growth; between blocks channels and sides are halved. Departures: depth 22 is for
 * small data and not in the paper; for images with sides below 96 pixels the stem keeps their size and does not pool.
 */
export const densenet = defineArchitecture({
  name: "densenet",
  description: "Densely connected layers: each reads the outputs of all earlier ones of its block",
  settings: {
    depth: setting.oneOf(["22", "121", "169", "201"], "121", "layers with weights"),
    growth: setting.int(32, { min: 2, max: 96 }, "channels that a layer adds"),
  },
  recipe: {
    batchSize: 64,
    optimizer: "sgd",
    learningRate: 0.05,
    weightDecay: 1e-4,
    labelSmoothing: 0.1,
    warmupEpochs: 1,
  },
  accepts: imagesOnly("densenet", 16),
  build(g, features, { depth, growth }, outputs) {
    const image = imageOf("densenet", features);
    const small = Math.min(fixedDim(image, 2), fixedDim(image, 3)) < SMALL_SIDE;
    let h = g.scope("stem", () =>
      convBn(g, image, 2 * growth, { kernel: 7, stride: small ? 1 : 2, activation: "relu" }),
    );
    if (!small) h = maxPool2d(g, h, { kernel: 3, stride: 2, padding: 1 });
    LAYERS[depth].forEach((count, block) => {
      for (let n = 0; n < count; n++) {
        const more = g.scope(`block${block + 1}/layer${n + 1}`, () => denseLayer(g, h, growth));
        h = g.Concat([h, more], { axis: 1 });
      }
      if (block < 3) h = g.scope(`transition${block + 1}`, () => transition(g, h));
    });
    const normed = g.scope("norm", () => g.Relu(batchNorm(g, h)));
    return g.scope("classifier", () => linear(g, globalAveragePool(g, normed), outputs));
  },
  example: { settings: { depth: "22", growth: 2 }, input: [3, 16, 16], outputs: 3 },
  facts: [
    {
      input: [3, 224, 224],
      outputs: 1000,
      params: 7_978_856,
      macs: 2_834_161_664,
      published: { macs: 2.834e9 },
      source: "torchvision's published num_params and multiply-adds",
    },
    {
      settings: { depth: "169" },
      input: [3, 224, 224],
      outputs: 1000,
      params: 14_149_480,
      published: { macs: 3.36e9 },
      source: "torchvision's published num_params and multiply-adds",
    },
    {
      settings: { depth: "201" },
      input: [3, 224, 224],
      outputs: 1000,
      params: 20_013_928,
      published: { macs: 4.291e9 },
      source: "torchvision's published num_params and multiply-adds",
    },
  ],
});

function denseLayer(g: NetworkBuilder, x: Value, growth: number): Value {
  const inner = g.scope("bottleneck", () => conv2d(g, g.Relu(batchNorm(g, x)), 4 * growth, { kernel: 1 }));
  return g.scope("spatial", () => conv2d(g, g.Relu(batchNorm(g, inner)), growth, { kernel: 3 }));
}

function transition(g: NetworkBuilder, x: Value): Value {
  const half = conv2d(g, g.Relu(batchNorm(g, x)), fixedDim(x, 1) >> 1, { kernel: 1 });
  return averagePool2d(g, half, { kernel: 2 });
}
