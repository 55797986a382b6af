import { normalCdf } from "./parzen.js";

/** A Gaussian process with a squared exponential kernel, exact, in float64. */
export interface KernelOptions {
  /** Squared length over which values are alike. */
  readonly length2: number;
  /** Variance of the noise, as a share of that of the values. */
  readonly noise: number;
}

/**
 * The posterior over a zero-mean function of vectors (Rasmussen & Williams 2006, Algorithm 2.1) of prior variance 1:
 * k(a, b) = exp(-|a - b|²/(2·length²)). Rows may be added one by one; the factor that comes out is the same, bit for
 * bit, as if all had been there from the beginning.
 */
export class GaussianProcess {
  private readonly rows: Float32Array[] = [];
  /** Rows of the Cholesky factor of the kernel matrix with noise. */
  private readonly factor: Float64Array[] = [];
  /** Kernel matrix times this are the targets. */
  private weights = new Float64Array(0);

  constructor(private readonly options: KernelOptions) {}

  get size(): number {
    return this.rows.length;
  }

  /** One row more; its target comes with the next {@link observe}. Takes O(n²). */
  add(row: Float32Array): void {
    const k = this.against(row);
    const own = new Float64Array(this.rows.length + 1);
    let rest = 1 + this.options.noise + JITTER;
    for (let i = 0; i < this.rows.length; i++) {
      const other = this.factor[i] ?? own;
      let sum = k[i] ?? 0;
      for (let j = 0; j < i; j++) sum -= (own[j] ?? 0) * (other[j] ?? 0);
      const value = sum / (other[i] ?? 1);
      own[i] = value;
      rest -= value * value;
    }
    own[this.rows.length] = Math.sqrt(Math.max(rest, JITTER));
    this.factor.push(own);
    this.rows.push(row);
  }

  /** Targets of all rows. Returns the logarithm of their marginal likelihood. */
  observe(targets: ArrayLike<number>): number {
    const n = this.rows.length;
    const half = this.solve(targets);
    let fit = 0;
    let volume = 0;
    for (let i = 0; i < n; i++) {
      fit += (half[i] ?? 0) ** 2;
      volume += Math.log(this.factor[i]?.[i] ?? 1);
    }
    const weights = Float64Array.from(half);
    for (let i = n - 1; i >= 0; i--) {
      const row = this.factor[i] ?? weights;
      const value = (weights[i] ?? 0) / (row[i] ?? 1);
      weights[i] = value;
      for (let j = 0; j < i; j++) weights[j] = (weights[j] ?? 0) - value * (row[j] ?? 0);
    }
    this.weights = weights;
    return -fit / 2 - volume - (n / 2) * Math.log(2 * Math.PI);
  }

  /** Mean and standard deviation of the function (without noise) at a vector. */
  at(row: Float32Array): { readonly mean: number; readonly deviation: number } {
    const k = this.against(row);
    let mean = 0;
    for (let i = 0; i < k.length; i++) mean += (k[i] ?? 0) * (this.weights[i] ?? 0);
    const half = this.solve(k);
    let variance = 1;
    for (const value of half) variance -= value * value;
    return { mean, deviation: Math.sqrt(Math.max(variance, JITTER)) };
  }

  private against(row: Float32Array): Float64Array {
    const scale = -0.5 / this.options.length2;
    return Float64Array.from(this.rows, (other) => Math.exp(scale * squaredDistance(row, other)));
  }

  /** L⁻¹ b. */
  private solve(b: ArrayLike<number>): Float64Array {
    const out = new Float64Array(this.rows.length);
    for (let i = 0; i < out.length; i++) {
      const row = this.factor[i] ?? out;
      let sum = b[i] ?? 0;
      for (let j = 0; j < i; j++) sum -= (row[j] ?? 0) * (out[j] ?? 0);
      out[i] = sum / (row[i] ?? 1);
    }
    return out;
  }
}

/** Keeps the kernel matrix positive definite where rows are equal. */
const JITTER = 1e-9;

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const d = (a[i] ?? 0) - (b[i] ?? 0);
    sum += d * d;
  }
  return sum;
}

/**
 * Logarithm of what a normal number exceeds a bound by, on average: σ (z Φ(z) + φ(z)) with z = (mean - bound)/σ. Far below
 * the bound by the continued fraction of Mills' ratio Φ(-x)/φ(x), so that hopeless values have an order, too.
 */
export function logExpectedImprovement(mean: number, deviation: number, bound: number): number {
  const z = (mean - bound) / deviation;
  const density = -(z * z) / 2 - Math.log(2 * Math.PI) / 2;
  if (z > -2) return Math.log(deviation) + Math.log(z * normalCdf(z) + Math.exp(density));
  let ratio = 0;
  for (let term = TERMS; term > 0; term--) ratio = term / (-z + ratio);
  // 1 - x/(x + ratio) = ratio/(x + ratio).
  return Math.log(deviation) + density + Math.log(ratio / (-z + ratio));
}

const TERMS = 60;
