import { adamW, type Optimizer, type Schedule, sgd, warmupCosine } from "../nn/index.js";

/** How networks of one kind are trained unless a study or a user says otherwise. */
export interface Recipe {
  readonly batchSize: number;
  readonly optimizer: "sgd" | "adamw";
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  /** Epochs over which the learning rate rises at the start of training. */
  readonly warmupEpochs: number;
}

/** The optimizer of a recipe; momentum is 0.9, Nesterov's form. */
export function optimizerOf(recipe: Pick<Recipe, "optimizer" | "weightDecay">): Optimizer {
  const { optimizer, weightDecay } = recipe;
  return optimizer === "adamw" ? adamW({ weightDecay }) : sgd({ momentum: 0.9, nesterov: true, weightDecay });
}

/** The schedule of a recipe, for `Cycle.schedule`: linear warm-up, then half a cosine to zero. */
export function scheduleOf(
  recipe: Pick<Recipe, "learningRate" | "warmupEpochs">,
): (stepsPerEpoch: number) => Schedule {
  return (stepsPerEpoch) =>
    warmupCosine(recipe.learningRate, Math.round(recipe.warmupEpochs * stepsPerEpoch));
}
