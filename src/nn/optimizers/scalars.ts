import type { Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";

/**
 * 1 − βᵗ for t = 1, 2, …, to float32's full relative precision. With x = −t·ln β it is 1 − e⁻ˣ, which is
 * 2h/(1 + h) of h = tanh(x/2): the plain formula would lose four digits at t = 1 and β = 0.999.
 */
export function biasCorrection(g: Builder, beta: number, step: Value): Value {
  if (beta === 0) return g.scalar(1);
  const h = g.Tanh(g.Mul(step, g.scalar(-Math.log(beta) / 2)));
  return g.Div(g.Add(h, h), g.Add(h, g.scalar(1)));
}

/** Euclidean norm of a vector, scalar. */
export function normOf(g: Builder, x: Value): Value {
  return g.ReduceL2(x, undefined, { keepdims: 0 });
}

/** Sum of the products of two vectors, scalar. */
export function dot(g: Builder, a: Value, b: Value): Value {
  return g.MatMul(a, b);
}
