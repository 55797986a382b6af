import { fail } from "../base/index.js";
import type { Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";
import { type GradientOptions, gradients, pullback } from "./backward.js";
import { stopGradient } from "./custom.js";
import { widen } from "./unbroadcast.js";

/** What the products take of the options of gradients. */
export type ProductOptions = Omit<GradientOptions, "seed">;

/**
 * Jacobian-vector product (forward mode): how `ys` change as each of `xs` moves along its direction of `vs`;
 * undefined where a y does not depend on any x. By two reverse passes (the gradient of uᵀJ v with respect to u), of
 * which what only u needed falls away when the graph is pruned.
 */
export function jvp(
  g: Builder,
  ys: readonly Value[],
  xs: readonly Value[],
  vs: readonly Value[],
  options: ProductOptions = {},
): (Value | undefined)[] {
  sameCount("vs", xs, vs);
  // The u must be values that nothing else is; their numbers do not matter, as the product is linear in them.
  const us = ys.map((y) => stopGradient(g, widen(g, g.scalar(0, y.dtype), y)));
  const back = pullback(
    g,
    ys.map((y, i) => [y, us[i] ?? y] as const),
    xs,
    options,
  );
  const seeds = back.flatMap((d, i) => {
    const v = vs[i];
    return d === undefined || v === undefined ? [] : [[d, v] as const];
  });
  return pullback(g, seeds, us, options);
}

/**
 * Hessian-vector product: the derivative of the gradient of a scalar `y` by `xs` along the directions `vs` (Pearlmutter
 * 1994), one of each x's shape; undefined where the gradient does not depend on an x.
 */
export function hessianVectorProduct(
  g: Builder,
  y: Value,
  xs: readonly Value[],
  vs: readonly Value[],
  options: ProductOptions = {},
): (Value | undefined)[] {
  sameCount("vs", xs, vs);
  // The Hessian is symmetric: Hᵀ v by another reverse pass.
  const seeds = gradients(g, y, xs, options).flatMap((d, i) => {
    const v = vs[i];
    return d === undefined || v === undefined ? [] : [[d, v] as const];
  });
  return pullback(g, seeds, xs, options);
}

/**
 * The penalty on the length of a function's gradient at its inputs, mean of (‖∂yₙ/∂xₙ‖ − target)² over the samples
 * (Gulrajani et al. 2017, arXiv:1704.00028, equation 3). Gradients of it go on through the gradient.
 *
 * @param y [N] or any shape, one sample of `x` having influence on its own results only
 * @param x [N, …]
 */
export function gradientPenalty(
  g: Builder,
  y: Value,
  x: Value,
  options: ProductOptions & { readonly target?: number } = {},
): Value {
  const { target = 1, ...rest } = options;
  const [d] = gradients(g, y, [x], rest);
  if (d === undefined) {
    return fail("gradient_penalty", {
      path: y.name,
      expected: `a value that depends on ${x.name}`,
      hint: "give the network's output and the input that it was computed from",
    });
  }
  const axes = x.shape.map((_, i) => i).slice(1);
  const squares = g.op1("Mul", [d, d]);
  const sums = axes.length === 0 ? squares : g.op1("ReduceSum", [squares, g.i64(axes)], { keepdims: 0 });
  // The root has no derivative at 0; a gradient of length 0 is left with a finite one.
  const norm = g.op1("Sqrt", [g.op1("Add", [sums, g.scalar(1e-12, x.dtype)])]);
  const off = g.op1("Sub", [norm, g.scalar(target, x.dtype)]);
  return g.op1("ReduceMean", [g.op1("Mul", [off, off])], { keepdims: 0 });
}

function sameCount(what: string, xs: readonly Value[], vs: readonly Value[]): void {
  if (xs.length !== vs.length) {
    fail("gradient_directions", {
      path: what,
      expected: `${xs.length} values, one for each x`,
      received: `${vs.length}`,
    });
  }
  xs.forEach((x, i) => {
    const v = vs[i];
    if (v === undefined || v.shape.join() === x.shape.join()) return;
    fail("gradient_directions", {
      path: `${what}[${i}]`,
      expected: `shape [${x.shape.join(", ")}] of ${x.name}`,
      received: `[${v.shape.join(", ")}]`,
    });
  });
}
