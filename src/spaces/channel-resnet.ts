import { type Issue, issue } from "../base/index.js";
import type { Value } from "../ir/index.js";
import {
  batchNorm,
  conv2d,
  type Extent,
  fixedDim,
  globalAveragePool,
  linear,
  type NetworkBuilder,
} from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { averagePool, masked } from "./operators.js";

/** What the seven digits widen, in their order. */
export const CHANNEL_LAYERS = ["stage1", "block1", "block2", "block3", "stage2", "block4", "block5"] as const;
const MEANING = {
  stage1: "channels of the stem and of the first stage's residual stream",
  block1: "inner channels of the first stage's first block",
  block2: "inner channels of its second block",
  block3: "inner channels of the block that begins the second stage",
  stage2: "channels of the second stage's residual stream",
  block4: "inner channels of the second stage's second block",
  block5: "inner channels of its third block",
} as const;

const digit = s.oneOf([1, 2, 3, 4]);
const schema = s.object({
  stage1: digit.describe(MEANING.stage1),
  block1: digit.describe(MEANING.block1),
  block2: digit.describe(MEANING.block2),
  block3: digit.describe(MEANING.block3),
  stage2: digit.describe(MEANING.stage2),
  block4: digit.describe(MEANING.block4),
  block5: digit.describe(MEANING.block5),
});
export type ChannelResnetGenotype = Infer<typeof schema>;

/** The benchmark's seven digits, such as `3241211`. */
export function channelResnetToString(genotype: ChannelResnetGenotype): string {
  return CHANNEL_LAYERS.map((layer) => genotype[layer]).join("");
}

/** The widths that seven digits stand for, or what is wrong with the text. */
export function channelResnetFromString(text: string): ChannelResnetGenotype | Issue {
  if (!/^[1-4]{7}$/.test(text)) {
    return issue("channel_resnet_text", { expected: "seven digits of 1 to 4", received: text });
  }
  return Object.fromEntries(
    CHANNEL_LAYERS.map((layer, i) => [layer, Number(text[i])]),
  ) as ChannelResnetGenotype;
}

export interface ChannelResnetSettings {
  /** Channels that a digit of 1 stands for in the first stage; twice as many in the second. */
  readonly width: number;
}

/**
 * The channel benchmark: a small ResNet of two stages whose seven widths are each one to four times a unit, 4⁷ = 16,384
 * networks, all trained by the benchmark's authors (the table of mingkai-zheng/GENIUS). The form was recovered from
 * the table, whose parameters and multiply-accumulates it reproduces in every row: a 3×3 stem of stride 2, two
 * basic blocks, three more of which the first halves the plane. What the table cannot tell is our reading: the
 * shortcut of the halving block has no parameters (average pooling; missing channels are zeros, surplus ones
 * are left out). In the supernet the digits are masks over shared channels.
 */
export function channelResnetSpace(settings: Partial<ChannelResnetSettings> = {}) {
  const { width = 64 } = settings;
  return defineSpace({
    name: "channel-resnet",
    version: 1,
    description: "Seven widths of a small ResNet, each one to four times a unit",
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "sgd",
      learningRate: 0.05,
      weightDecay: 5e-4,
      labelSmoothing: 0,
      warmupEpochs: 0.5,
    },
    supernet: { stage1: 4, block1: 4, block2: 4, block3: 4, stage2: 4, block4: 4, block5: 4 },
    accepts: imagesOnly("channel-resnet"),
    build(g, features, genotype, outputs) {
      const image = imageOf("channel-resnet", features);
      const open = (key: keyof ChannelResnetGenotype, unit: number) =>
        g.width(genotype, key, (times) => times * unit);
      const stage1 = open("stage1", width);
      const stage2 = open("stage2", 2 * width);
      let h = g.scope("stem", () =>
        masked(g, g.Relu(batchNorm(g, conv2d(g, image, stage1.size, { kernel: 3, stride: 2 }))), stage1),
      );
      for (const key of ["block1", "block2"] as const) {
        h = g.scope(key, () => basic(g, h, open(key, width), stage1, 1));
      }
      for (const key of ["block3", "block4", "block5"] as const) {
        h = g.scope(key, () => basic(g, h, open(key, 2 * width), stage2, key === "block3" ? 2 : 1));
      }
      return g.scope("classifier", () => linear(g, globalAveragePool(g, h), outputs));
    },
  });
}

export const channelResnet = { ...channelResnetSpace(), tiny: channelResnetSpace({ width: 2 }) };

function basic(g: NetworkBuilder, x: Value, inner: Extent, out: Extent, stride: 1 | 2): Value {
  const first = g.scope("first", () =>
    masked(g, g.Relu(batchNorm(g, conv2d(g, x, inner.size, { kernel: 3, stride }))), inner),
  );
  const second = g.scope("second", () => batchNorm(g, conv2d(g, first, out.size, { kernel: 3 })));
  const shortcut = stride === 1 ? x : resized(g, x, out.size);
  return masked(g, g.Relu(g.Add(second, shortcut)), out);
}

/** Half the plane and another number of channels, without parameters. */
function resized(g: NetworkBuilder, x: Value, channels: number): Value {
  const half = averagePool(g, x, { kernel: 2, stride: 2, padding: "cover" });
  const more = channels - fixedDim(x, 1);
  if (more < 0) return g.Slice(half, g.i64([0]), g.i64([channels]), g.i64([1]));
  return more === 0 ? half : g.Pad(half, g.i64([0, 0, 0, 0, 0, more, 0, 0]));
}
