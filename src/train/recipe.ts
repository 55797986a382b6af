import {
  ema,
  type Optimizer,
  optimizerFromText,
  type Schedule,
  type ScheduleName,
  scheduleByName,
} from "../nn/index.js";

/** How networks of one kind are trained unless a study or a user says otherwise. */
export interface Recipe {
  readonly batchSize: number;
  /**
   * A name, or a text for `optimizerFromText`: `adamw`, `ema:decay=0.99+sam+adamw:beta2=0.95`. Plain `sgd` is with
   * momentum 0.9 in Nesterov's form.
   */
  readonly optimizer: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  /** Epochs over which the learning rate rises at the start of training. */
  readonly warmupEpochs: number;
  /** Default: `cosine`. */
  readonly schedule?: ScheduleName;
  /** α of mixup (Zhang et al. 2018). Default: 0, none. */
  readonly mixup?: number;
  /** Share that a step keeps of a moving average of the weights, which is evaluated and exported. Default: 0, none. */
  readonly ema?: number;
}

/** The optimizer of a recipe. */
export function optimizerOf({
  optimizer,
  weightDecay,
  ema: decay,
}: Pick<Recipe, "optimizer" | "weightDecay" | "ema">): Optimizer {
  const inner = optimizerFromText(optimizer === "sgd" ? "nesterov" : optimizer, { weightDecay });
  return decay === undefined || decay === 0 ? inner : ema(inner, { decay });
}

/** The schedule of a recipe, for `Cycle.schedule`: linear warm-up, then (by default) half a cosine to zero. */
export function scheduleOf(
  recipe: Pick<Recipe, "learningRate" | "warmupEpochs" | "schedule">,
): (stepsPerEpoch: number) => Schedule {
  const { learningRate: rate, warmupEpochs, schedule = "cosine" } = recipe;
  return (stepsPerEpoch) => {
    const warmupSteps = Math.round(warmupEpochs * stepsPerEpoch);
    return (step, totalSteps) =>
      scheduleByName(schedule, { rate, warmupSteps, stepsPerEpoch, totalSteps })(step, totalSteps);
  };
}
