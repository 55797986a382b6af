import type { Dataset } from "../data/index.js";
import type { Recipe } from "../train/index.js";
import type { Budget } from "./config.js";
import type { Costs } from "./types.js";

/**
 * Milliseconds that training takes for one example, by the network's counted costs: its products run at about
 * 60 GFLOP/s in all three passes, and every other number that the exported graph makes (activations, biases, gates)
 * costs some 5.5 ns for the passes over memory that it entails, batch norm's gradients above all. Fitted on one core
 * of an AVX-512 machine to a plain convolutional network (0.26 ms) and one of inverted residuals (1.1 ms).
 */
export function trainingMsPerExample({ macs, flops }: Pick<Costs, "macs" | "flops">): number {
  return 1e-7 * macs + 5.5e-6 * Math.max(0, flops - 2 * macs);
}

/** Share of a study's time that an epoch of what trains cheapest in a space may take. */
const EPOCH_SHARE = 1 / 12;
const FEWEST_STEPS = 4;

/**
 * Steps of an epoch in a study of limited time over a space of large networks: so many that the cheapest of a few
 * genotypes takes a twelfth of the time. Undefined where whole passes through the data are no longer than that.
 */
export function shortEpoch(
  cheapestMs: number,
  dataset: Dataset,
  { batchSize }: Pick<Recipe, "batchSize">,
  { timeMs }: Pick<Budget, "timeMs">,
): number | undefined {
  if (timeMs === null) return undefined;
  const steps = Math.floor((EPOCH_SHARE * timeMs) / (cheapestMs * batchSize));
  const whole = Math.floor(dataset.splits.train.length / batchSize);
  return steps >= whole ? undefined : Math.max(FEWEST_STEPS, steps);
}

/** Epochs that a winner should at least get, and the share of the time that is kept for it. */
const WINNER_EPOCHS = 20;
const WINNER_SHARE = 0.4;

/**
 * The longest training time of one example with which {@link WINNER_EPOCHS} epochs fit into the time kept for the
 * winner; null where a study has no limit of time.
 */
export function affordableMsPerExample(dataset: Dataset, { timeMs }: Pick<Budget, "timeMs">): number | null {
  return timeMs === null ? null : (WINNER_SHARE * timeMs) / WINNER_EPOCHS / dataset.splits.train.length;
}
