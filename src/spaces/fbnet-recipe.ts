/** The training recipe of the FBNetV3 spaces: decisions of the same genotype as the network's. */
import { type Infer, s } from "../schema/index.js";
import type { Recipe } from "../train/index.js";

export const fbnetRecipe = s.object({
  optimizer: s.oneOf(["rmsprop", "sgd"]),
  rate: s.int({ min: 20, max: 30 }).describe("learning rate, in thousandths; four times as much for sgd"),
  weightDecay: s.int({ min: 7, max: 21 }).describe("in millionths"),
  mixup: s.int({ min: 0, max: 41 }).describe("α of mixup, in hundredths; 0 for none"),
  dropout: s.int({ min: 10, max: 31 }).describe("before the classifier, in hundredths"),
  dropPath: s.int({ min: 1, max: 31 }).describe("stochastic depth of the last block, in hundredths"),
  ema: s.boolean().describe("evaluate and export a moving average of the weights"),
});
export type FbnetRecipe = Infer<typeof fbnetRecipe>;

/** Share of the average that a step keeps, once there have been enough of them. */
const EMA_DECAY = 0.999;

/**
 * What the decisions mean to the trainer; dropout and stochastic depth are the builder's. RMSProp is TensorFlow's, with
 * the constants of EfficientNet, from whose recipes these rates come.
 */
export function trainedBy(it: FbnetRecipe): Partial<Recipe> {
  const rmsprop = it.optimizer === "rmsprop";
  return {
    optimizer: rmsprop ? "rmsprop:alpha=0.9,momentum=0.9,epsilon=0.001,inside=true" : "sgd",
    learningRate: (it.rate * (rmsprop ? 1 : 4)) / 1000,
    weightDecay: it.weightDecay / 1e6,
    mixup: it.mixup / 100,
    ema: it.ema ? EMA_DECAY : 0,
  };
}

/** What all networks of these spaces are trained by. */
export const FBNET_BASE: Recipe = {
  batchSize: 64,
  optimizer: "sgd",
  learningRate: 0.1,
  weightDecay: 1e-5,
  labelSmoothing: 0.1,
  warmupEpochs: 1,
};
