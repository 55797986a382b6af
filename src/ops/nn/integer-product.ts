import { broadcastShapes, type Dim, dim, type Issue, issue } from "../../base/index.js";
import type { Arg, Cost } from "../define.js";
import { eachIndex, type RefTensor, ref } from "../reference.js";

/** Shape of a product of two tensors of matrices. */
export function productShape(a: Arg, b: Arg): Dim[] | Issue {
  const [m, k] = a.shape.slice(-2);
  const [rows, n] = b.shape.slice(-2);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (m === undefined || k === undefined || rows === undefined || n === undefined || batch === undefined) {
    return issue("matmul_rank", {
      expected: "matrices, with leading axes that broadcast",
      received: `${dim.format(a.shape)} and ${dim.format(b.shape)}`,
    });
  }
  if (!dim.conflict(k, rows)) return [...batch, m, n];
  return issue("matmul_inner", { expected: `b with ${k} rows`, received: `${rows} rows` });
}

/** Work of a product of integers: MACs are multiplications of integers here. */
export const INTEGER_PRODUCT = (a: Arg, y: Arg): Cost => ({ macs: dim.mul(...y.shape, a.shape.at(-1) ?? 1) });

/** Whether a zero point is of its tensor's type. */
export function zeroPointIssue(x: Arg, zero: Arg | undefined): Issue | undefined {
  const fits = x.dtype === "int8" || x.dtype === "uint8";
  if (!fits) return issue("quantize_dtype", { expected: "int8 or uint8", received: x.dtype });
  if (zero === undefined || zero.dtype === x.dtype) return undefined;
  return issue("quantize_zero_point", { expected: `a zero point of type ${x.dtype}`, received: zero.dtype });
}

/** x less its zero point: one number, one for each place along `axis`, or a tensor that broadcasts. */
export function withoutZero(x: RefTensor, zero: RefTensor | undefined, axis: number): RefTensor {
  return scaled(x, undefined, zero, axis);
}

/** (x − zero) scale, where scale and zero hold one number, or one for each place along `axis`. */
export function scaled(
  x: RefTensor,
  scale: RefTensor | undefined,
  zero: RefTensor | undefined,
  axis: number,
): RefTensor {
  const at = axis < 0 ? axis + x.dims.length : axis;
  const out = ref(x.dtype, x.dims);
  const pick = (t: RefTensor | undefined, place: number, otherwise: number) =>
    t === undefined ? otherwise : (t.data[t.data.length === 1 ? 0 : place] ?? otherwise);
  eachIndex(x.dims, (index, flat) => {
    const place = index[at] ?? 0;
    out.data[flat] = ((x.data[flat] ?? 0) - pick(zero, place, 0)) * pick(scale, place, 1);
  });
  return out;
}
