import type { Value } from "../ir/index.js";
import {
  convBn,
  dropPath,
  dropPathRates,
  fixedDim,
  globalAveragePool,
  linear,
  maxPool2d,
  type NetworkBuilder,
} from "../nn/index.js";
import { defineArchitecture } from "./define.js";
import { imageOf, imagesOnly } from "./inputs.js";
import { setting } from "./settings.js";

/** Table 1 of the paper: blocks of the four stages. */
const BLOCKS = {
  "18": [2, 2, 2, 2],
  "34": [3, 4, 6, 3],
  "50": [3, 4, 6, 3],
  "101": [3, 4, 23, 3],
  "152": [3, 8, 36, 3],
} as const;

/** Images below this many pixels keep their size in the stem. */
const SMALL_SIDE = 96;

const torchvision = "torchvision's published num_params, and its multiply-adds to 0.001 G";

/**
 * ResNet for photographs (He et al. 2015, arXiv:1512.03385, table 1): basic blocks for 18 and 34 layers, bottlenecks
 * for more, projections where shapes change (option B). The stride of a bottleneck is on its 3×3 convolution, as in
 * all later renderings ("version 1.5"). Wide ResNet-50-2 (Zagoruyko & Komodakis 2016) is `inner` 128 at depth 50.
 * Departure: for images with sides below 96 pixels the stem keeps their size and does not pool.
 */
export const resnet = defineArchitecture({
  name: "resnet",
  description: "ResNet-18 to ResNet-152 for photographs: residual blocks in four stages",
  settings: {
    depth: setting.oneOf(["18", "34", "50", "101", "152"], "18", "layers with weights"),
    width: setting.int(
      64,
      { min: 4, max: 512 },
      "channels of the stem and of the first stage, before expansion",
    ),
    inner: setting.int(
      0,
      { min: 0, max: 1024 },
      "channels of a bottleneck in the first stage; 0 for those of `width`",
    ),
    dropPath: setting.real(0, { min: 0, max: 0.9 }, "stochastic depth of the last block; the first has none"),
  },
  recipe: {
    batchSize: 64,
    optimizer: "sgd",
    learningRate: 0.05,
    weightDecay: 1e-4,
    labelSmoothing: 0.1,
    warmupEpochs: 1,
  },
  accepts: imagesOnly("resnet", 16),
  build(g, features, { depth, width, inner, dropPath: last }, outputs) {
    const image = imageOf("resnet", features);
    const small = Math.min(fixedDim(image, 2), fixedDim(image, 3)) < SMALL_SIDE;
    const blocks = BLOCKS[depth];
    const rates = dropPathRates(
      last,
      blocks.reduce((a, b) => a + b, 0),
    );
    const block = depth === "18" || depth === "34" ? basicBlock : bottleneck;
    let h = g.scope("stem", () =>
      convBn(g, image, width, { kernel: 7, stride: small ? 1 : 2, activation: "relu" }),
    );
    if (!small) h = maxPool2d(g, h, { kernel: 3, stride: 2, padding: 1 });
    let at = 0;
    blocks.forEach((count, stage) => {
      for (let n = 0; n < count; n++) {
        const o = {
          channels: width << stage,
          inner: (inner === 0 ? width : inner) << stage,
          stride: stage > 0 && n === 0 ? 2 : 1,
          dropPath: rates[at++] ?? 0,
        };
        h = g.scope(`stage${stage + 1}/block${n + 1}`, () => block(g, h, o));
      }
    });
    return g.scope("classifier", () => linear(g, globalAveragePool(g, h), outputs));
  },
  example: { settings: { width: 4 }, input: [3, 16, 16], outputs: 3 },
  facts: [
    {
      input: [3, 224, 224],
      outputs: 1000,
      params: 11_689_512,
      macs: 1_814_073_344,
      published: { macs: 1.814e9 },
      source: torchvision,
    },
    {
      settings: { depth: "34" },
      input: [3, 224, 224],
      outputs: 1000,
      params: 21_797_672,
      published: { macs: 3.664e9 },
      source: torchvision,
    },
    {
      settings: { depth: "50" },
      input: [3, 224, 224],
      outputs: 1000,
      params: 25_557_032,
      macs: 4_089_184_256,
      published: { macs: 4.089e9 },
      source: torchvision,
    },
    {
      settings: { depth: "101" },
      input: [3, 224, 224],
      outputs: 1000,
      params: 44_549_160,
      published: { macs: 7.801e9 },
      source: torchvision,
    },
    {
      settings: { depth: "152" },
      input: [3, 224, 224],
      outputs: 1000,
      params: 60_192_808,
      published: { macs: 11.514e9 },
      source: torchvision,
    },
    {
      settings: { depth: "50", inner: 128 },
      input: [3, 224, 224],
      outputs: 1000,
      params: 68_883_240,
      published: { macs: 11.398e9 },
      source: `Wide ResNet-50-2: ${torchvision}`,
    },
  ],
});

interface BlockShape {
  /** Of the stage, before a bottleneck's expansion. */
  readonly channels: number;
  readonly inner: number;
  readonly stride: number;
  readonly dropPath: number;
}

function basicBlock(g: NetworkBuilder, x: Value, o: BlockShape): Value {
  const { channels, stride } = o;
  const inner = g.scope("first", () => convBn(g, x, channels, { kernel: 3, stride, activation: "relu" }));
  const outer = g.scope("second", () => convBn(g, inner, channels, { kernel: 3 }));
  return g.Relu(g.Add(dropPath(g, outer, o.dropPath), shortcut(g, x, channels, stride)));
}

function bottleneck(g: NetworkBuilder, x: Value, o: BlockShape): Value {
  const { inner, stride } = o;
  const out = 4 * o.channels;
  let h = g.scope("reduce", () => convBn(g, x, inner, { kernel: 1, activation: "relu" }));
  h = g.scope("spatial", () => convBn(g, h, inner, { kernel: 3, stride, activation: "relu" }));
  h = g.scope("expand", () => convBn(g, h, out, { kernel: 1 }));
  return g.Relu(g.Add(dropPath(g, h, o.dropPath), shortcut(g, x, out, stride)));
}

function shortcut(g: NetworkBuilder, x: Value, out: number, stride: number): Value {
  if (stride === 1 && fixedDim(x, 1) === out) return x;
  return g.scope("shortcut", () => convBn(g, x, out, { kernel: 1, stride }));
}
