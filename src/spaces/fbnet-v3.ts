import type { Value } from "../ir/index.js";
import { fixedDim, type NetworkBuilder } from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import { type FbnetRow, fbnetNetwork, roundChannels } from "../zoo/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { FBNET_BASE, type FbnetRecipe, fbnetRecipe, trainedBy } from "./fbnet-recipe.js";
import { resampled, sideOf } from "./operators.js";

const kernel = s.oneOf([3, 5]).describe("side of the depthwise kernel");
const range = (min: number, max: number, step = 1) => s.int({ min, max, step });
const channels = (min: number, max: number, step: number) =>
  range(min, max, step).describe("output channels");

/** A stage whose first block differs from the others. */
const stage = (width: [number, number], blocks: [number, number], rest: [number, number]) =>
  s.object({
    width: channels(...width, 4),
    blocks: range(...blocks).describe("blocks in a row"),
    first: s.object({ kernel, expansion: range(4, 7).describe("inner channels relative to the input's") }),
    rest: s.object({ kernel, expansion: range(...rest).describe("inner channels relative to the input's") }),
  });

/** Side of the largest images, to which smaller ones are in proportion. */
const LARGEST = 272;
const schema = s.object({
  resolution: range(224, LARGEST, 8).describe("side of the image that the network sees"),
  stem: channels(16, 24, 2),
  stage2: s.object({
    kernel,
    width: channels(16, 24, 2),
    blocks: range(1, 4).describe("blocks in a row, without expansion"),
  }),
  stage3: stage([20, 32], [4, 7], [2, 5]),
  stage4: stage([24, 48], [4, 7], [2, 5]),
  stage5: stage([56, 84], [4, 8], [2, 5]),
  stage6: stage([96, 144], [6, 10], [2, 5]),
  stage7: stage([180, 224], [5, 9], [4, 7]),
  stage8: s.object({ kernel, width: channels(180, 224, 4) }),
  recipe: fbnetRecipe.describe("how the network is trained"),
});
export type FbnetV3Genotype = Infer<typeof schema>;
type Stage = FbnetV3Genotype["stage3"];

/** Strides and squeeze-and-excitation of the stages with two kinds of blocks. */
const STAGES = [
  { key: "stage3", stride: 2, squeezeExcite: false },
  { key: "stage4", stride: 2, squeezeExcite: true },
  { key: "stage5", stride: 2, squeezeExcite: false },
  { key: "stage6", stride: 1, squeezeExcite: true },
  { key: "stage7", stride: 2, squeezeExcite: true },
] as const;

export interface FbnetV3Settings {
  /** Multiplier of all channels. */
  readonly width: number;
  /** Multiplier of the blocks of a stage, of which one remains. */
  readonly depth: number;
}

/**
 * The joint space of FBNetV3 (Dai et al. 2020, arXiv:2006.02049, table 1): kernels, expansions, widths and depths of seven
 * stages of inverted residuals, the resolution, and the training recipe (optimizer, rate, decay, mixup, dropout,
 * stochastic depth, moving average), which a trial of this space is trained by. Activation (hard-swish) and the stages with
 * squeeze-and-excitation are fixed, as published. Kernels are chosen apart for the first block of a stage and the
 * others, since the published networks differ there. Our readings: images of 224 pixels and more are made smaller to the
 * side that `resolution` names, never larger; smaller ones are taken in its proportion to 272. For sides below 96 pixels
 * the first two strides are 1. All paddings are "same".
 */
export function fbnetV3Space(settings: Partial<FbnetV3Settings> = {}) {
  const { width = 1, depth = 1 } = settings;
  const scaled = (it: number) => (width === 1 ? it : roundChannels(it * width));
  const deep = (it: number) => Math.max(1, Math.round(it * depth));
  return defineSpace({
    name: "fbnetv3",
    version: 1,
    description: "FBNetV3: mobile networks and, as decisions beside theirs, how they are trained",
    schema,
    recipe: FBNET_BASE,
    recipeOf: ({ recipe }) => trainedBy(recipe),
    seeds: { a: A },
    accepts: imagesOnly("fbnetv3", 16),
    build(g, features, genotype, outputs) {
      const { stage2, stage8, recipe } = genotype;
      const rows: FbnetRow[] = [
        {
          kernel: stage2.kernel,
          channels: scaled(stage2.width),
          stride: 1,
          count: deep(stage2.blocks),
          expansion: 1,
          squeezeExcite: false,
        },
        ...STAGES.flatMap(({ key, ...form }) => twoRows(genotype[key], scaled, deep, form)),
        {
          kernel: stage8.kernel,
          channels: scaled(stage8.width),
          stride: 1,
          count: 1,
          expansion: 6,
          squeezeExcite: true,
        },
      ];
      const form = {
        stem: scaled(genotype.stem),
        rows,
        pool: { channels: scaled(1984), expansion: 6 },
        dropout: recipe.dropout / 100,
        dropPath: recipe.dropPath / 100,
      };
      const image = seen(g, imageOf("fbnetv3", features), genotype.resolution);
      return fbnetNetwork(g, image, form, outputs);
    },
  });
}

function twoRows(
  it: Stage,
  scaled: (channels: number) => number,
  deep: (blocks: number) => number,
  form: { readonly stride: number; readonly squeezeExcite: boolean },
): FbnetRow[] {
  const row = { channels: scaled(it.width), squeezeExcite: form.squeezeExcite };
  const others = deep(it.blocks) - 1;
  return [
    { ...row, ...it.first, stride: form.stride, count: 1 },
    ...(others > 0 ? [{ ...row, ...it.rest, stride: 1, count: others }] : []),
  ];
}

/** The image in the resolution that a genotype asks for. */
function seen(g: NetworkBuilder, image: Value, resolution: number): Value {
  const side = sideOf(image);
  const factor = side >= 224 ? Math.min(1, resolution / side) : resolution / LARGEST;
  return resampled(
    g,
    image,
    [2, 3].map((axis) => Math.round(fixedDim(image, axis) * factor)),
  );
}

/** The authors do not publish which recipe belongs to which network: the middle of all ranges. */
const MIDDLE: FbnetRecipe = {
  optimizer: "rmsprop",
  rate: 25,
  weightDecay: 14,
  mixup: 20,
  dropout: 20,
  dropPath: 16,
  ema: true,
};
const block = (side: 3 | 5, expansion: number) => ({ kernel: side, expansion });

/** FBNetV3-A; B is the same at 248 pixels. C to G have more channels than the ranges allow. */
const A: FbnetV3Genotype = {
  resolution: 224,
  stem: 16,
  stage2: { kernel: 3, width: 16, blocks: 2 },
  stage3: { width: 24, blocks: 4, first: block(5, 4), rest: block(5, 2) },
  stage4: { width: 40, blocks: 5, first: block(5, 5), rest: block(5, 3) },
  stage5: { width: 72, blocks: 5, first: block(5, 5), rest: block(3, 3) },
  stage6: { width: 120, blocks: 6, first: block(3, 5), rest: block(5, 3) },
  stage7: { width: 184, blocks: 6, first: block(3, 6), rest: block(5, 4) },
  stage8: { kernel: 5, width: 224 },
  recipe: MIDDLE,
};

export const fbnetV3Search = { ...fbnetV3Space(), tiny: fbnetV3Space({ width: 0.1, depth: 0.25 }) };
