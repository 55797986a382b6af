import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { defineWrapper, number } from "./define.js";
import { bySegment } from "./layout.js";
import { withGradient } from "./optimizer.js";
import { normOf } from "./scalars.js";

/** The gradient scaled down to a Euclidean norm of at most `norm` (Pascanu et al. 2013). */
export function clipByNorm(g: Builder, grad: Value, norm: number): Value {
  const length = normOf(g, grad);
  return g.Mul(grad, g.Min([g.scalar(1), g.Div(g.scalar(norm), g.Add(length, g.scalar(1e-6)))]));
}

/** Clips the norm of the whole gradient before `base` sees it. */
export const clipNorm = defineWrapper({
  name: "clip-norm",
  doc: "the whole gradient scaled down to a largest norm",
  options: { norm: number(1, "largest Euclidean norm of the gradient", { above: 0 }) },
  make: (base, { norm }) => withGradient(base, "clip-norm", (g, grad) => clipByNorm(g, grad, norm)),
});

/** Cuts every number of the gradient before `base` sees it. */
export const clipValue = defineWrapper({
  name: "clip-value",
  doc: "each number of the gradient cut at a largest size",
  options: { value: number(1, "largest size of a number of the gradient", { above: 0 }) },
  make: (base, { value }) =>
    withGradient(base, "clip-value", (g, grad) => g.Clip(grad, g.scalar(-value), g.scalar(value))),
});

/**
 * Adaptive gradient clipping (Brock et al. 2021, NFNets, section 4): the gradient of each output unit (each row of a
 * tensor; a vector as a whole) is scaled down to λ·max(‖W‖, ε) of that unit's weights W.
 */
export const adaptiveClip = defineWrapper({
  name: "adaptive-clip",
  doc: "the gradient of each unit scaled down to a share of the unit's weights",
  options: {
    clipping: number(0.01, "λ: largest ratio of a unit's gradient to its weights", { above: 0 }),
    epsilon: number(1e-3, "ε: smallest norm that a unit's weights count as", { above: 0 }),
  },
  make: (base, { clipping, epsilon }) =>
    withGradient(base, "adaptive-clip", (g, whole, theta, { layout }) =>
      bySegment(g, layout, [whole, theta], ([grad, weights], { shape, size }) => {
        if (grad === undefined || weights === undefined) throw new Error("unreachable: two vectors were cut");
        const units = shape.length > 1 ? (shape[0] ?? 1) : 1;
        const rows = (v: Value) => g.Reshape(v, g.i64([units, size / units]));
        const norms = (v: Value) => g.ReduceL2(rows(v), g.i64([1]), { keepdims: 1 });
        const largest = g.Mul(g.Max([norms(weights), g.scalar(epsilon)]), g.scalar(clipping));
        const factor = g.Min([g.scalar(1), g.Div(largest, g.Max([norms(grad), g.scalar(1e-6)]))]);
        return g.Reshape(g.Mul(rows(grad), factor), g.i64([size]));
      }),
    ),
});
