import { ExitCode, fail } from "../base/index.js";
import { ONNX_DTYPE, tensor, type Value } from "../ir/index.js";
import { fixedDim, type NetworkBuilder } from "../nn/index.js";
import type { Builder } from "../ops/index.js";
import type { Features } from "./preprocess.js";

/** Features of which each example is mixed with another one, and how much of each is its own. */
export interface Mixed {
  readonly features: Features;
  /** [N], between 0 and 1: the share of the example itself, and so of its target in the loss. */
  readonly share: Value;
}

/** Equally likely values that stand for the continuous law of the shares. */
const QUANTILES = 1024;

/**
 * Mixup (Zhang et al. 2018, arXiv:1710.09412): each example of a mini-batch is λ of itself and 1 − λ of the next one (of
 * the first for the last), λ drawn from Beta(α, α) for each example anew; the loss is mixed alike. Mini-batches
 * are in random order, so the next one is any other. λ is drawn by its inverse distribution function, tabulated at
 * 1,024 places.
 * Errors: `mixup_strength` where α is not above 0; `mixup_input` for tables, whose categories cannot be mixed.
 */
export function mixup(g: NetworkBuilder, features: Features, alpha: number): Mixed {
  if (features.kind === "table") {
    return fail(
      "mixup_input",
      {
        expected: "images or vectors",
        received: "a table",
        hint: "leave mixup out: categories cannot be mixed",
      },
      { exitCode: ExitCode.usage },
    );
  }
  const x = features.kind === "image" ? features.image : features.x;
  const batch = fixedDim(x, 0);
  return g.scope("mixup", () => {
    const table = g.constant(tensor("float32", [QUANTILES], betaQuantiles(alpha, QUANTILES)), "shares");
    const draw = g.Floor(g.Mul(g.random([batch]), g.scalar(QUANTILES)));
    const share = g.Gather(table, g.Cast(draw, { to: ONNX_DTYPE.int64 }), { axis: 0 });
    const own = g.Reshape(share, g.i64([batch, ...x.shape.slice(1).map(() => 1)]));
    const other = partner(g, x);
    const mixed = g.Add(other, g.Mul(g.Sub(x, other), own));
    return {
      features: features.kind === "image" ? { ...features, image: mixed } : { ...features, x: mixed },
      share,
    };
  });
}

/** For each row the one that {@link mixup} mixes it with. */
export function partner(g: Builder, x: Value): Value {
  const batch = fixedDim(x, 0);
  return g.Gather(x, g.i64(Array.from({ length: batch }, (_, i) => (i + 1) % batch)), { axis: 0 });
}

/**
 * Quantiles (i + ½)/count of Beta(α, α), ascending.
 * Errors: `mixup_strength`.
 */
export function betaQuantiles(alpha: number, count: number): Float32Array {
  if (!(alpha > 0 && Number.isFinite(alpha))) {
    fail(
      "mixup_strength",
      { path: "mixup", expected: "a number above 0", received: `${alpha}` },
      { exitCode: ExitCode.usage },
    );
  }
  const half = partial(alpha, 0.5);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const u = (i + 0.5) / count;
    const tail = Math.min(u, 1 - u);
    // Bisection in the logarithm: for small α most of the law lies within 1e-30 of 0 and 1.
    let [low, high] = [-745, Math.log(0.5)];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (partial(alpha, Math.exp(middle)) / (2 * half) < tail) low = middle;
      else high = middle;
    }
    const x = Math.exp(high);
    out[i] = u <= 0.5 ? x : 1 - x;
  }
  return out;
}

/** ∫₀ˣ (t(1 − t))^(α−1) dt for x ≤ ½: x^α Σₖ (1 − α)ₖ xᵏ / (k! (α + k)), which converges like 2⁻ᵏ. */
function partial(alpha: number, x: number): number {
  let sum = 0;
  let term = 1;
  for (let k = 0; k < 400; k++) {
    const add = term / (alpha + k);
    sum += add;
    term *= ((1 - alpha + k) / (k + 1)) * x;
    if (Math.abs(term) < 1e-17 * sum) break;
  }
  return x ** alpha * sum;
}
