/** Rank correlations and what they need, over plain arrays. */
import { fail } from "../../base/index.js";

type Numbers = ArrayLike<number>;

/** Two lists of one length, at least `least` long and free of NaN; an error otherwise. */
export function checkPair(a: Numbers, b: Numbers, least = 1): number {
  if (a.length !== b.length) {
    fail("metric_length", { expected: `${a.length} numbers in both lists`, received: `${b.length}` });
  }
  if (a.length < least)
    fail("metric_empty", { expected: `at least ${least} numbers`, received: `${a.length}` });
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) {
      fail("metric_nan", { expected: "numbers", received: `NaN at place ${i}` });
    }
  }
  return a.length;
}

/** Ranks from 1; equal values share the mean of theirs. */
export function ranksOf(values: Numbers): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort(
    (i, j) => at(values, i) - at(values, j),
  );
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && at(values, order[to] ?? 0) === at(values, order[from] ?? 0)) to++;
    for (let k = from; k < to; k++) ranks[order[k] ?? 0] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/** Pearson's correlation; NaN where a list does not vary. */
export function pearson(a: Numbers, b: Numbers): number {
  const n = checkPair(a, b, 2);
  const [ma, mb] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [at(a, i) - ma, at(b, i) - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? Number.NaN : clamp(ab / Math.sqrt(aa * bb));
}

/** Spearman's rank correlation, ties by mean ranks: Pearson's of the ranks. */
export function spearman(a: Numbers, b: Numbers): number {
  checkPair(a, b, 2);
  return pearson(ranksOf(a), ranksOf(b));
}

/**
 * Kendall's τ-b: (concordant − discordant)/√((n₀ − n₁)(n₀ − n₂)), n₀ all pairs, n₁ and n₂ those tied in each list. By
 * Knight's algorithm (1966): sort by the first list, count the exchanges of a merge sort by the second. NaN where a
 * list does not vary.
 */
export function kendallTau(a: Numbers, b: Numbers): number {
  const n = checkPair(a, b, 2);
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => at(a, i) - at(a, j) || at(b, i) - at(b, j),
  );
  const pairs = (count: number) => (count * (count - 1)) / 2;
  const tied = (same: (k: number) => boolean, list: number) => {
    let [sum, run] = [0, 1];
    for (let k = 1; k <= list; k++) {
      if (k < list && same(k)) run++;
      else {
        sum += pairs(run);
        run = 1;
      }
    }
    return sum;
  };
  const [x, y] = [order.map((i) => at(a, i)), order.map((i) => at(b, i))];
  const tiedA = tied((k) => x[k] === x[k - 1], n);
  const tiedBoth = tied((k) => x[k] === x[k - 1] && y[k] === y[k - 1], n);
  const sorted = [...y];
  const exchanges = sortCounting(sorted);
  const tiedB = tied((k) => sorted[k] === sorted[k - 1], n);
  const all = pairs(n);
  const scale = Math.sqrt((all - tiedA) * (all - tiedB));
  return scale === 0 ? Number.NaN : clamp((all - tiedA - tiedB + tiedBoth - 2 * exchanges) / scale);
}

/** Sort in place; the number of pairs that stood in the wrong order. */
function sortCounting(values: number[]): number {
  if (values.length < 2) return 0;
  const middle = values.length >> 1;
  const [left, right] = [values.slice(0, middle), values.slice(middle)];
  let count = sortCounting(left) + sortCounting(right);
  let [i, j] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    const takeLeft = j >= right.length || (i < left.length && (left[i] ?? 0) <= (right[j] ?? 0));
    if (takeLeft) values[k] = left[i++] ?? 0;
    else {
      values[k] = right[j++] ?? 0;
      count += left.length - i;
    }
  }
  return count;
}

export function meanOf(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += at(values, i);
  return sum / values.length;
}

function at(values: Numbers, i: number): number {
  return values[i] ?? Number.NaN;
}

function clamp(x: number): number {
  return Math.max(-1, Math.min(1, x));
}
