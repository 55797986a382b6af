import { fail } from "../../base/index.js";
import { ONNX_DTYPE, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";

/** What is made of the losses of single examples. */
export interface LossOptions {
  /** "mean" (default) over what counts, "sum", or "none": a loss for each example. */
  readonly reduction?: "mean" | "sum" | "none";
  /** Boolean or float, of the shape of the single losses: what counts, and how much. */
  readonly weights?: Value;
}

/** Sum, or mean over what counts; a mean over nothing is 0. */
export function reduceLoss(g: Builder, losses: Value, options: LossOptions = {}): Value {
  const { reduction = "mean", weights } = options;
  if (weights === undefined) {
    if (reduction === "none") return losses;
    return reduction === "sum"
      ? g.ReduceSum(losses, undefined, { keepdims: 0 })
      : g.ReduceMean(losses, undefined, { keepdims: 0 });
  }
  const w = weights.dtype === "bool" ? g.Cast(weights, { to: ONNX_DTYPE.float32 }) : weights;
  const weighted = g.Mul(losses, w);
  if (reduction === "none") return weighted;
  const total = g.ReduceSum(weighted, undefined, { keepdims: 0 });
  if (reduction === "sum") return total;
  const count = g.ReduceSum(w, undefined, { keepdims: 0 });
  return g.Div(total, g.Max([count, g.scalar(1e-12, count.dtype)]));
}

/** Sum over all axes but the leading one: a number an example. */
export function perExample(g: Builder, x: Value, by: "sum" | "mean" = "sum"): Value {
  if (x.rank === 0) fail("loss_rank", { path: x.name, expected: "a batch axis", received: "a scalar" });
  if (x.rank === 1) return x;
  const axes = g.i64(x.shape.map((_, i) => i).slice(1));
  return by === "sum" ? g.ReduceSum(x, axes, { keepdims: 0 }) : g.ReduceMean(x, axes, { keepdims: 0 });
}
