import { fail, type Rng } from "../base/index.js";
import { sizeOf } from "../ir/index.js";
import { identity, orthogonal, sparse } from "./initializers/matrices.js";

/**
 * How a parameter begins. Fans of a shape [out, in, kernel...]: `in` is the product of `shape[1..]`, `out` that of
 * `shape[0]` with the kernel, divided by the groups of a convolution; `average` is the mean of both.
 */
export type Initializer =
  | { readonly kind: "constant"; readonly value: number }
  /** N(0, std²). */
  | { readonly kind: "normal"; readonly std: number }
  /** N(0, std²) drawn anew outside of ±2·std, as it is (not widened again). */
  | { readonly kind: "truncated-normal"; readonly std: number }
  /** U(−a, a). */
  | { readonly kind: "uniform"; readonly limit: number }
  /**
   * Mean 0 and standard deviation gain/√fan of the mode. Normal; normal cut at two standard deviations and widened so
   * that the standard deviation is as said; or uniform in ±gain·√(3/fan).
   */
  | {
      readonly kind: "variance-scaling";
      readonly gain: number;
      readonly mode: "in" | "out" | "average";
      readonly distribution: "normal" | "truncated-normal" | "uniform";
    }
  /** gain times a matrix [out, the rest] with orthonormal rows or columns, whichever are fewer (Saxe et al. 2014). */
  | { readonly kind: "orthogonal"; readonly gain: number }
  /**
   * gain on the diagonal; for kernels, at their middle, so that a convolution begins as the identity (Dirac). With
   * `orthogonal` the middle is a random orthogonal matrix (delta-orthogonal, Xiao et al. 2018).
   */
  | { readonly kind: "identity"; readonly gain: number; readonly orthogonal: boolean }
  /** `count` weights of N(0, std²) in each row, zeros elsewhere (Martens 2010, section 5). */
  | { readonly kind: "sparse"; readonly count: number; readonly std: number }
  /** Contents that are known: weights of a file. */
  | { readonly kind: "given"; readonly data: Float32Array };

const scaled = (
  gain: number,
  mode: "in" | "out" | "average",
  distribution: "normal" | "truncated-normal" | "uniform",
) => ({ kind: "variance-scaling", gain, mode, distribution }) as const;

/** Initialisers by the field's names. He: gain √2 (rectifiers); Glorot: mean of the fans; LeCun: gain 1, fan in. */
export const init = {
  zeros: { kind: "constant", value: 0 },
  ones: { kind: "constant", value: 1 },
  constant: (value: number): Initializer => ({ kind: "constant", value }),
  normal: (std: number): Initializer => ({ kind: "normal", std }),
  truncatedNormal: (std: number): Initializer => ({ kind: "truncated-normal", std }),
  uniform: (limit: number): Initializer => ({ kind: "uniform", limit }),
  varianceScaling: scaled,
  /** He et al. 2015, by outputs, which keeps the variance of gradients. */
  heNormal: scaled(Math.SQRT2, "out", "normal"),
  heNormalIn: scaled(Math.SQRT2, "in", "normal"),
  heUniform: scaled(Math.SQRT2, "in", "uniform"),
  lecunNormal: scaled(1, "in", "normal"),
  lecunUniform: scaled(1, "in", "uniform"),
  glorotNormal: scaled(1, "average", "normal"),
  /** ±√(6/(fan in + fan out)); Glorot & Bengio 2010. */
  glorotUniform: scaled(1, "average", "uniform"),
  /** ±1/√(fan in). */
  fanUniform: scaled(1 / Math.sqrt(3), "in", "uniform"),
  orthogonal: (gain = 1): Initializer => ({ kind: "orthogonal", gain }),
  identity: (gain = 1): Initializer => ({ kind: "identity", gain, orthogonal: false }),
  deltaOrthogonal: (gain = 1): Initializer => ({ kind: "identity", gain, orthogonal: true }),
  sparse: (count: number, std = 1): Initializer => ({ kind: "sparse", count, std }),
  /** Rows of a table of embeddings: N(0, 1/width), so that a row has length 1 on average. */
  embedding: (width: number): Initializer => ({ kind: "normal", std: 1 / Math.sqrt(width) }),
  given: (data: Float32Array): Initializer => ({ kind: "given", data }),
} as const;

/** Standard deviation of a standard normal number that is drawn anew outside of ±2. */
const TRUNCATED_STD = 0.879_625_661_034_239_8;

/**
 * Initial contents of a parameter.
 * @param groups of a convolution: its fan out counts the outputs of one group
 */
export function initialize(spec: Initializer, shape: readonly number[], rng: Rng, groups = 1): Float32Array {
  const out = new Float32Array(sizeOf(shape));
  const fill = (next: () => number) => {
    for (let i = 0; i < out.length; i++) out[i] = next();
  };
  const uniform = (limit: number) => fill(() => (2 * rng.float() - 1) * limit);
  switch (spec.kind) {
    case "constant":
      out.fill(spec.value);
      break;
    case "normal":
      fill(() => rng.normal() * spec.std);
      break;
    case "truncated-normal":
      fill(() => truncated(rng) * spec.std);
      break;
    case "uniform":
      uniform(spec.limit);
      break;
    case "variance-scaling": {
      const fan = fanOf(spec.mode, shape, groups);
      if (spec.distribution === "uniform") {
        uniform(spec.gain * Math.sqrt(3 / fan));
        break;
      }
      const std = spec.gain / Math.sqrt(fan);
      if (spec.distribution === "normal") fill(() => rng.normal() * std);
      else fill(() => (truncated(rng) * std) / TRUNCATED_STD);
      break;
    }
    case "orthogonal":
      out.set(orthogonal(shape, spec.gain, rng));
      break;
    case "identity":
      out.set(identity(shape, spec.gain, spec.orthogonal ? rng : undefined, groups));
      break;
    case "sparse":
      out.set(sparse(shape, spec.count, spec.std, rng));
      break;
    case "given":
      if (spec.data.length !== out.length) {
        fail("weights_size", { expected: `${out.length} numbers`, received: `${spec.data.length}` });
      }
      out.set(spec.data);
      break;
  }
  return out;
}

function fanOf(mode: "in" | "out" | "average", shape: readonly number[], groups: number): number {
  const kernel = sizeOf(shape.slice(2));
  const fanIn = Math.max(1, sizeOf(shape.slice(1)));
  const fanOut = Math.max(1, ((shape[0] ?? 1) * kernel) / groups);
  return mode === "in" ? fanIn : mode === "out" ? fanOut : (fanIn + fanOut) / 2;
}

/** A standard normal number, drawn anew while it lies outside of ±2. */
function truncated(rng: Rng): number {
  for (;;) {
    const x = rng.normal();
    if (Math.abs(x) <= 2) return x;
  }
}
