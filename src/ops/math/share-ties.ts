import { ONNX_DTYPE, type Value } from "../../ir/index.js";
import type { Builder } from "../builder.js";

/** Gradient of the largest or smallest of several operands: to those that equal it, in equal parts. */
export function shareTies(
  g: Builder,
  { xs, y, dy }: { xs: readonly Value[]; y: Value; dy: Value },
): readonly Value[] {
  if (xs.length === 1) return [dy];
  const hits = xs.map((x) => g.Cast(g.Equal(x, y), { to: ONNX_DTYPE[y.dtype] }));
  const share = g.Div(dy, g.Sum(hits));
  return hits.map((hit) => g.Mul(share, hit));
}
