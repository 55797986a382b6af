/** Rules as data, and the verdict that follows from measurements: computed, never typed. */

export type Verdict = "holds" | "fails" | "inconclusive";

/** One thing that must be so for a claim to hold. */
export type Condition =
  /** The mean of `more` lies at least `by` above that of `less`, seed by seed, and the interval of the difference above 0. */
  | { readonly kind: "above"; readonly more: string; readonly less: string; readonly by: number }
  /** The mean of `more` is not below that of `less` by more than `slack`. */
  | { readonly kind: "not-below"; readonly more: string; readonly less: string; readonly slack: number }
  /** `more` exceeds `less` in at least this share of the seeds. */
  | { readonly kind: "wins"; readonly more: string; readonly less: string; readonly share: number }
  /** Every seed measures this number, up to `tolerance`. */
  | { readonly kind: "equals"; readonly name: string; readonly value: number; readonly tolerance: number }
  /** Every seed measures at most this. */
  | { readonly kind: "at-most"; readonly name: string; readonly value: number };

/** Values of the seeds by name, all lists of one length. */
export type Measurements = Readonly<Record<string, readonly number[]>>;

export interface Judgement {
  readonly condition: Condition;
  readonly verdict: Verdict;
  /** What was found, in words with numbers. */
  readonly found: string;
}

/** A condition as a sentence. */
export function describeCondition(it: Condition): string {
  switch (it.kind) {
    case "above":
      return `${it.more} is above ${it.less} by ${it.by} or more on the mean over seeds, and the 95 % interval of the difference lies above 0`;
    case "not-below":
      return `${it.more} is not below ${it.less} by more than ${it.slack}, 95 % interval of the difference included`;
    case "wins":
      return `${it.more} is above ${it.less} in at least ${Math.round(100 * it.share)} % of the seeds`;
    case "equals":
      return `${it.name} is ${it.value}${it.tolerance > 0 ? ` ± ${it.tolerance}` : ""} in every seed`;
    case "at-most":
      return `${it.name} is at most ${it.value} in every seed`;
  }
}

/** All conditions of a rule, and what follows: one that fails decides, then one that is open. */
export function judge(
  rule: readonly Condition[],
  measured: Measurements,
): { readonly verdict: Verdict; readonly judgements: readonly Judgement[] } {
  const judgements = rule.map((condition) => ({ condition, ...judgeOne(condition, measured) }));
  const verdicts = judgements.map((it) => it.verdict);
  const verdict = verdicts.includes("fails")
    ? "fails"
    : verdicts.includes("inconclusive")
      ? "inconclusive"
      : "holds";
  return { verdict, judgements };
}

function judgeOne(it: Condition, measured: Measurements): { verdict: Verdict; found: string } {
  const of = (name: string) => measured[name] ?? [];
  switch (it.kind) {
    case "above":
    case "not-below": {
      const gap = differences(of(it.more), of(it.less));
      const { mean, low, high } = spread(gap);
      const found = `difference ${show(mean)}, 95 % interval ${show(low)} to ${show(high)}, ${gap.length} seeds`;
      if (!Number.isFinite(mean)) return { verdict: "inconclusive", found: "a measurement is missing" };
      if (it.kind === "above") {
        if (mean >= it.by && low > 0) return { verdict: "holds", found };
        return { verdict: high < it.by ? "fails" : "inconclusive", found };
      }
      if (low >= -it.slack) return { verdict: "holds", found };
      return { verdict: high < -it.slack ? "fails" : "inconclusive", found };
    }
    case "wins": {
      const gap = differences(of(it.more), of(it.less));
      const wins = gap.filter((value) => value > 0).length;
      const found = `${wins} of ${gap.length} seeds`;
      if (gap.length === 0 || gap.some(Number.isNaN)) return { verdict: "inconclusive", found };
      // One or two seeds are no share of anything.
      if (gap.length < 3) return { verdict: "inconclusive", found };
      if (wins >= it.share * gap.length) return { verdict: "holds", found };
      return { verdict: wilsonHigh(wins, gap.length) < it.share ? "fails" : "inconclusive", found };
    }
    case "equals":
    case "at-most": {
      const values = of(it.name);
      const found =
        values.length === 0
          ? "nothing measured"
          : `${show(Math.min(...values))} to ${show(Math.max(...values))}`;
      if (values.length === 0) return { verdict: "inconclusive", found };
      const right = (value: number) =>
        it.kind === "equals" ? Math.abs(value - it.value) <= it.tolerance : value <= it.value;
      return { verdict: values.every(right) ? "holds" : "fails", found };
    }
  }
}

function differences(a: readonly number[], b: readonly number[]): number[] {
  return a.length === b.length ? a.map((value, i) => value - (b[i] ?? Number.NaN)) : [];
}

/** Mean, standard deviation of the sample, and Student's 95 % interval of the mean; one value has no interval. */
export function spread(values: readonly number[]): {
  readonly mean: number;
  readonly std: number;
  readonly low: number;
  readonly high: number;
} {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const std = n < 2 ? Number.NaN : Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1));
  if (n < 2) return { mean, std: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const half = (studentQuantile(n - 1) * std) / Math.sqrt(n);
  return { mean, std, low: mean - half, high: mean + half };
}

/** 97.5 % quantiles of Student's distribution for 1 to 30 degrees of freedom; beyond, Cornish and Fisher's series. */
const STUDENT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
] as const;

export function studentQuantile(freedom: number): number {
  const z = 1.959964;
  return (
    STUDENT[freedom - 1] ??
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
  );
}

/** Upper end of Wilson's 95 % interval of a share. */
function wilsonHigh(wins: number, n: number): number {
  const z = 1.959964;
  const p = wins / n;
  const centre = p + (z * z) / (2 * n);
  return (centre + z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
}

function show(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : value > 0 ? "∞" : "−∞";
}
