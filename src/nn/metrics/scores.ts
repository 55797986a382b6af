/** Metrics of scores against truth, over plain arrays: what needs an order of all examples, or is asked for afterwards. */
import { fail } from "../../base/index.js";
import { checkPair, meanOf, ranksOf } from "./ranks.js";

type Numbers = ArrayLike<number>;

/** Share of equal labels. */
export function accuracy(predicted: Numbers, labels: Numbers): number {
  const n = checkPair(predicted, labels);
  let hits = 0;
  for (let i = 0; i < n; i++) if (predicted[i] === labels[i]) hits++;
  return hits / n;
}

/** Share of examples whose class is among the k largest of their scores; of equal ones the first classes come first. */
export function topKAccuracy(scores: readonly Numbers[], labels: Numbers, k: number): number {
  if (scores.length !== labels.length || scores.length === 0) {
    fail("metric_length", {
      expected: `${labels.length} rows of scores, at least one`,
      received: `${scores.length}`,
    });
  }
  let hits = 0;
  scores.forEach((row, i) => {
    const label = labels[i] ?? -1;
    const own = row[label] ?? Number.NEGATIVE_INFINITY;
    let before = 0;
    for (let c = 0; c < row.length; c++) {
      const other = row[c] ?? 0;
      if (other > own || (other === own && c < label)) before++;
    }
    if (label >= 0 && label < row.length && before < k) hits++;
  });
  return hits / scores.length;
}

/** Counts by class (row) and prediction (column). */
export function confusionMatrix(predicted: Numbers, labels: Numbers, classes: number): number[][] {
  const n = checkPair(predicted, labels);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < n; i++) {
    const row = counts[labels[i] ?? -1];
    const column = predicted[i] ?? -1;
    if (row?.[column] === undefined) {
      fail("metric_class", {
        expected: `classes from 0 to ${classes - 1}`,
        received: `label ${labels[i]}, prediction ${column}`,
      });
    }
    row[column] = (row[column] ?? 0) + 1;
  }
  return counts;
}

/** How single classes are put together: each alike, or each example alike. */
export type Averaging = "macro" | "micro";

export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Precision, recall and F1 of a confusion matrix. Macro: mean over the classes that occur as label or prediction; a
 * class that is never predicted has precision 0, and one without examples recall 0. Micro: from summed counts.
 */
export function classScores(confusion: readonly Numbers[], averaging: Averaging = "macro"): ClassScores {
  const counts = confusion.map((row, c) => {
    const hits = row[c] ?? 0;
    const labelled = Array.from(row).reduce((a, b) => a + b, 0);
    const predicted = confusion.reduce((sum, other) => sum + (other[c] ?? 0), 0);
    return { hits, labelled, predicted };
  });
  if (averaging === "micro") {
    const total = (key: "hits" | "labelled" | "predicted") => counts.reduce((sum, it) => sum + it[key], 0);
    return scoresOf(total("hits"), total("labelled"), total("predicted"));
  }
  const present = counts.filter(({ labelled, predicted }) => labelled + predicted > 0);
  const each = present.map(({ hits, labelled, predicted }) => scoresOf(hits, labelled, predicted));
  return {
    precision: meanOf(each.map((it) => it.precision)),
    recall: meanOf(each.map((it) => it.recall)),
    f1: meanOf(each.map((it) => it.f1)),
  };
}

function scoresOf(hits: number, labelled: number, predicted: number): ClassScores {
  return {
    precision: predicted === 0 ? 0 : hits / predicted,
    recall: labelled === 0 ? 0 : hits / labelled,
    f1: labelled + predicted === 0 ? 0 : (2 * hits) / (labelled + predicted),
  };
}

/** Mean recall of the classes that have examples: accuracy that does not reward the frequent class. */
export function balancedAccuracy(confusion: readonly Numbers[]): number {
  const recalls = confusion.flatMap((row, c) => {
    const labelled = Array.from(row).reduce((a, b) => a + b, 0);
    return labelled === 0 ? [] : [(row[c] ?? 0) / labelled];
  });
  return meanOf(recalls);
}

/** Intersection over union of each class of a confusion matrix (of pixels); NaN where a class does not occur. */
export function classOverlaps(confusion: readonly Numbers[]): number[] {
  return confusion.map((row, c) => {
    const labelled = Array.from(row).reduce((a, b) => a + b, 0);
    const predicted = confusion.reduce((sum, other) => sum + (other[c] ?? 0), 0);
    const hits = row[c] ?? 0;
    return hits / (labelled + predicted - hits);
  });
}

/**
 * Area under the ROC curve: the chance that a positive example has a larger score than a negative one, equal scores
 * counting one half (Mann-Whitney). NaN where all are of one kind. @param labels 1 for positive, 0 for negative
 */
export function rocAuc(scores: Numbers, labels: Numbers): number {
  const n = checkPair(scores, labels);
  const ranks = ranksOf(scores);
  let [positives, sum] = [0, 0];
  for (let i = 0; i < n; i++) {
    if (labels[i] !== 1) continue;
    positives++;
    sum += ranks[i] ?? 0;
  }
  const negatives = n - positives;
  return positives === 0 || negatives === 0
    ? Number.NaN
    : (sum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Average precision: Σ (recall gained) · precision over falling thresholds, equal scores taken together. NaN without a
 * positive example.
 */
export function averagePrecision(scores: Numbers, labels: Numbers): number {
  const n = checkPair(scores, labels);
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => (scores[j] ?? 0) - (scores[i] ?? 0));
  const positives = Array.from(labels).filter((label) => label === 1).length;
  let [hits, sum] = [0, 0];
  for (let from = 0; from < n; ) {
    let to = from;
    let gained = 0;
    while (to < n && scores[order[to] ?? 0] === scores[order[from] ?? 0]) {
      if (labels[order[to] ?? 0] === 1) gained++;
      to++;
    }
    hits += gained;
    sum += gained * (hits / to);
    from = to;
  }
  return positives === 0 ? Number.NaN : sum / positives;
}

/** Mean squared error, its root, mean absolute error, and R² (NaN where the targets do not vary). */
export function regressionScores(
  predicted: Numbers,
  targets: Numbers,
): { readonly mse: number; readonly rmse: number; readonly mae: number; readonly r2: number } {
  const n = checkPair(predicted, targets);
  const mean = meanOf(targets);
  let [squares, sizes, spread] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const error = (predicted[i] ?? 0) - (targets[i] ?? 0);
    squares += error * error;
    sizes += Math.abs(error);
    spread += ((targets[i] ?? 0) - mean) ** 2;
  }
  const mse = squares / n;
  return { mse, rmse: Math.sqrt(mse), mae: sizes / n, r2: spread === 0 ? Number.NaN : 1 - squares / spread };
}

/**
 * Expected calibration error (Naeini et al. 2015; Guo et al. 2017): mean distance between confidence and accuracy over
 * bins of equal width of the confidence, weighted by the examples in them.
 */
export function calibrationError(confidence: Numbers, correct: Numbers, bins = 15): number {
  const n = checkPair(confidence, correct);
  const [count, sure, right] = [0, 1, 2].map(() => new Float64Array(bins)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < n; i++) {
    const c = confidence[i] ?? 0;
    // Bins are open below and closed above: (0, 1/15], (1/15, 2/15], …
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(c * bins) - 1));
    count[bin] = (count[bin] ?? 0) + 1;
    sure[bin] = (sure[bin] ?? 0) + c;
    right[bin] = (right[bin] ?? 0) + (correct[i] ?? 0);
  }
  let sum = 0;
  for (let b = 0; b < bins; b++) sum += Math.abs((sure[b] ?? 0) - (right[b] ?? 0));
  return sum / n;
}

/** Mean squared distance of probabilities from what happened (Brier 1950). @param outcomes 0 or 1 */
export function brierScore(probabilities: Numbers, outcomes: Numbers): number {
  return regressionScores(probabilities, outcomes).mse;
}

/** e to the mean negative log-likelihood (in nats). */
export function perplexity(meanNll: number): number {
  return Math.exp(meanNll);
}
