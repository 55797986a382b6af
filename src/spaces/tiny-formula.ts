import { fail } from "../base/index.js";

/** Multipliers of a base network; its cost changes as resolution² · depth · width². */
export interface Scaling {
  readonly resolution: number;
  readonly width: number;
  readonly depth: number;
}

/** A good network that was found: its cost relative to the base network, and its multipliers. */
export interface ScaledTrial extends Pick<Scaling, "resolution" | "depth"> {
  readonly cost: number;
}

export interface FormulaOptions {
  /** Distance in log cost over which trials inform each other. */
  readonly lengthScale?: number;
  /** Standard deviation of a trial's multipliers about the curve. */
  readonly noise?: number;
}

/**
 * The tiny formula (Han et al. 2020, section 3.2): resolution and depth as functions of the cost, each by Gaussian-process
 * regression (RBF kernel, unit prior variance about the trials' mean) over the Pareto front of trained networks; the
 * width is what remains, √(cost / (resolution² · depth)). Departure: the regression runs over the logarithm of the cost.
 * Errors: `formula_trials` where there is no trial.
 */
export function tinyFormula(
  front: readonly ScaledTrial[],
  options: FormulaOptions = {},
): (cost: number) => Scaling {
  if (front.length === 0)
    return fail("formula_trials", { expected: "at least one trained network", received: "none" });
  const { lengthScale = 1, noise = 0.05 } = options;
  const at = front.map(({ cost }) => Math.log(cost));
  const resolutionOf = regression(
    at,
    front.map(({ resolution }) => resolution),
    lengthScale,
    noise,
  );
  const depthOf = regression(
    at,
    front.map(({ depth }) => depth),
    lengthScale,
    noise,
  );
  return (cost) => {
    const [resolution, depth] = [resolutionOf(Math.log(cost)), depthOf(Math.log(cost))];
    return { resolution, depth, width: widthFor(cost, resolution, depth) };
  };
}

/** The width at which a network of given resolution and depth costs what is asked for. */
export function widthFor(cost: number, resolution: number, depth: number): number {
  return Math.sqrt(cost / (resolution ** 2 * depth));
}

/**
 * What the paper compares with: EfficientNet's compound scaling the other way round, with its constants 1.2, 1.1 and 1.15
 * for depth, width and resolution. Each step of `steps` about halves the cost.
 */
export function giantFormula(steps: number): Scaling {
  return { depth: 1.2 ** -steps, width: 1.1 ** -steps, resolution: 1.15 ** -steps };
}

/** Mean of a Gaussian process: mean(y) + K(x*, X) (K(X, X) + noise² I)⁻¹ (y − mean(y)). */
function regression(
  xs: readonly number[],
  ys: readonly number[],
  lengthScale: number,
  noise: number,
): (x: number) => number {
  const kernel = (a: number, b: number) => Math.exp(-((a - b) ** 2) / (2 * lengthScale ** 2));
  const mean = ys.reduce((sum, y) => sum + y, 0) / ys.length;
  const matrix = xs.map((a, i) => xs.map((b, j) => kernel(a, b) + (i === j ? noise ** 2 + 1e-10 : 0)));
  const weights = solve(
    matrix,
    ys.map((y) => y - mean),
  );
  return (x) => mean + xs.reduce((sum, it, i) => sum + kernel(x, it) * (weights[i] ?? 0), 0);
}

/** Solution of a x = b for symmetric positive definite a, by Cholesky's factors. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const n = b.length;
  const low = a.map(() => new Array<number>(n).fill(0));
  const at = (m: readonly (readonly number[])[], i: number, j: number) => m[i]?.[j] ?? 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(a, i, j);
      for (let k = 0; k < j; k++) sum -= at(low, i, k) * at(low, j, k);
      const row = low[i];
      if (row !== undefined) row[j] = i === j ? Math.sqrt(sum) : sum / at(low, j, j);
    }
  }
  const y: number[] = [];
  for (let i = 0; i < n; i++) {
    let sum = b[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= at(low, i, k) * (y[k] ?? 0);
    y.push(sum / at(low, i, i));
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let sum = y[i] ?? 0;
    for (let k = i + 1; k < n; k++) sum -= at(low, k, i) * (x[k] ?? 0);
    x[i] = sum / at(low, i, i);
  }
  return x;
}
