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

/** Part of a training step that a prediction is. */
const PREDICTION = 1 / 3;
/** Share of a study's time that an epoch of what trains cheapest in a space may take, and its validation. */
const EPOCH_SHARE = 1 / 12;
const FEWEST_STEPS = 4;
const SMALLEST_BATCH = 8;
const FEWEST_VALIDATED = 100;
/** Share of a study's time that may be kept for the winner's test. */
const TEST_SHARE = 0.5;

/** How much longer than the cheapest a candidate may train, where none fits the study's time. */
export const SLACK = 1.5;

/** How a study of limited time over a space of large networks differs from one with time. */
export interface Shortened {
  /** Steps of an epoch; a whole pass through the data where left out. */
  readonly stepsPerEpoch?: number;
  /** Smaller than the recipe's where even {@link FEWEST_STEPS} of its steps are too long. */
  readonly batchSize: number;
  /** Of the validation split, evenly over it; all where left out. */
  readonly validationExamples?: number;
  /** Candidates that are measured for a trial: one where even that is dear. Left out: as wanted. */
  readonly pool?: 1;
  /**
   * Where even looking for smaller candidates is dear: a training time of one example, in milliseconds, that is
   * good enough, as it lies near the cheapest's.
   */
  readonly affordableMsPerExample?: number;
  /** Time that the winner's test takes at least: it is no time for training. */
  readonly testMs: number;
}

/**
 * An epoch so short that the cheapest of a few genotypes takes a twelfth of the time, and its validation no longer than
 * that. Nothing is shortened where there is no limit of time, or where whole passes fit.
 */
export function shortened(
  cheapestMs: number,
  dataset: Dataset,
  { batchSize }: Pick<Recipe, "batchSize">,
  { timeMs }: Pick<Budget, "timeMs">,
): Shortened {
  if (timeMs === null) return { batchSize, testMs: 0 };
  const { train, validation, test } = dataset.splits;
  const examples = (EPOCH_SHARE * timeMs) / cheapestMs;
  const batch = Math.min(batchSize, Math.max(SMALLEST_BATCH, Math.floor(examples / FEWEST_STEPS)));
  const steps = Math.max(FEWEST_STEPS, Math.floor(examples / batch));
  const validated = Math.max(FEWEST_VALIDATED, Math.floor(examples / PREDICTION));
  return {
    ...(steps < Math.floor(train.length / batch) && { stepsPerEpoch: steps }),
    batchSize: batch,
    ...(batch < batchSize && { pool: 1 as const, affordableMsPerExample: SLACK * cheapestMs }),
    ...(validated < validation.length && { validationExamples: validated }),
    testMs: Math.min(TEST_SHARE * timeMs, PREDICTION * cheapestMs * test.length),
  };
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
