import { type Infer, s } from "../schema/index.js";
import { fbnetNetwork } from "../zoo/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { FBNET_BASE, fbnetRecipe, trainedBy } from "./fbnet-recipe.js";
import { sideOf } from "./operators.js";

const stage = s.object({
  kernel: s.oneOf([3, 5]).describe("side of the depthwise kernel"),
  width: s.int({ min: 8, max: 24, step: 4 }).describe("output channels"),
  blocks: s.int({ min: 1, max: 3 }).describe("blocks in a row"),
  expansion: s.oneOf([1, 2, 3, 4]).describe("inner channels relative to the input's"),
  squeezeExcite: s.boolean().describe("channel gates"),
});
const schema = s.object({
  stage1: stage,
  stage2: stage,
  stage3: stage,
  recipe: fbnetRecipe.describe("how the network is trained"),
});
export type FbnetV3TinyGenotype = Infer<typeof schema>;

/** Images below this many pixels keep their size in the stem. */
const SMALL_SIDE = 24;

/**
 * FBNetV3's joint space of networks and recipes at the size of small images: three stages in place of seven, 8 to 24
 * channels, the same decisions on training. What joint search gains over a search of networks alone is measured here.
 */
export const fbnetV3Tiny = defineSpace({
  name: "fbnetv3-tiny",
  version: 1,
  description: "FBNetV3's networks and recipes for small images: three stages of 8 to 24 channels",
  schema,
  recipe: FBNET_BASE,
  recipeOf: ({ recipe }) => trainedBy(recipe),
  accepts: imagesOnly("fbnetv3-tiny"),
  build(g, features, { stage1, stage2, stage3, recipe }, outputs) {
    const image = imageOf("fbnetv3-tiny", features);
    const rows = [stage1, stage2, stage3].map(({ width, blocks, ...row }, i) => ({
      ...row,
      channels: width,
      count: blocks,
      stride: i === 0 ? 1 : 2,
    }));
    const form = {
      stem: 8,
      rows,
      pool: { channels: 96, expansion: 3 },
      dropout: recipe.dropout / 100,
      dropPath: recipe.dropPath / 100,
      kept: sideOf(image) < SMALL_SIDE ? 1 : 0,
    };
    return fbnetNetwork(g, image, form, outputs);
  },
});
