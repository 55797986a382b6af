import { dim, type Shape } from "../base/index.js";
import type { Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";

/**
 * Sum a gradient over the axes along which its value was broadcast. Where two lengths are different symbols only
 * the run can tell whether the value's is 1, so there the axes are found by comparing the two shapes at run time.
 */
export function unbroadcast(g: Builder, grad: Value, value: Value): Value {
  const to = value.shape;
  if (sameShape(grad.shape, to)) return grad;
  // A rule may give less than the value's shape (one number for all): first as wide as both are.
  if (grad.rank < to.length) return unbroadcast(g, widen(g, grad, value), value);
  const lead = grad.rank - to.length;
  const leading = Array.from({ length: lead }, (_, i) => i);
  let out = lead === 0 ? grad : g.op1("ReduceSum", [grad, g.i64(leading)], { keepdims: 0 });
  const summed = to.flatMap((d, i) => (d === 1 && out.shape[i] !== 1 ? [i] : []));
  if (summed.length > 0) out = g.op1("ReduceSum", [out, g.i64(summed)], { keepdims: 1 });
  if (to.some((d, i) => typeof d === "string" && d !== out.shape[i] && out.shape[i] !== 1)) {
    out = g.op1("ReduceSum", [out, broadcastAxes(g, out, value)], { keepdims: 1, noop_with_empty_axes: 1 });
  }
  if (sameShape(out.shape, to)) return out;
  const wide = widen(g, out, value);
  // Now it has the value's shape; where inference cannot see that, it is told.
  return sameShape(wide.shape, to) ? wide : g.op1("Reshape", [wide, g.op1("Shape", [value])]);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

export function widen(g: Builder, grad: Value, value: Value): Value {
  const shape = dim.isStatic(value.shape) ? g.i64(value.shape) : g.op1("Shape", [value]);
  return g.op1("Expand", [grad, shape]);
}

/** The axes along which `value` has length 1 and `grad`, of the same rank, has not: known to the run alone. */
function broadcastAxes(g: Builder, grad: Value, value: Value): Value {
  const [wide, narrow] = [g.op1("Shape", [grad]), g.op1("Shape", [value])];
  const differ = g.op1("Not", [g.op1("Equal", [narrow, wide])]);
  const found = g.op1("And", [differ, g.op1("Equal", [narrow, g.i64(1)])]);
  return g.op1("Squeeze", [g.op1("NonZero", [found]), g.i64([0])]);
}
