import { broadcastShapes, dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { mixedTypes } from "../elementwise.js";
import { multiplyRowsInto } from "../product.js";
import { mapPair, mapRef, type RefTensor, ref } from "../reference.js";
import { batchedProduct } from "./mat-mul.js";

declare module "../builder.js" {
  interface OpCalls {
    /** alpha A B + beta C, with A and B transposed where asked; `c` broadcasts to the result. */
    Gemm(
      a: Value,
      b: Value,
      c?: Value | undefined,
      attrs?: { alpha?: number; beta?: number; transA?: 0 | 1; transB?: 0 | 1 },
    ): Value;
  }
}

/** Y = alpha A' B' + beta C, where A' and B' are A and B or their transposes. */
export const Gemm = defineOp({
  type: "Gemm",
  since: 13,
  doc: "Product of two matrices, either of them transposed on request, scaled, plus a scaled bias.",
  inputs: ["a", "b", "c?"],
  outputs: ["y"],
  attributes: { alpha: attr.float(1), beta: attr.float(1), transA: attr.int(0), transB: attr.int(0) },
  infer({ a, b, c }, { transA, transB }) {
    const [m, k] = transA === 0 ? a.shape : [...a.shape].reverse();
    const [rows, n] = transB === 0 ? b.shape : [...b.shape].reverse();
    if (
      a.shape.length !== 2 ||
      b.shape.length !== 2 ||
      m === undefined ||
      k === undefined ||
      n === undefined
    ) {
      return issue("gemm_rank", {
        expected: "two matrices",
        received: `${dim.format(a.shape)} and ${dim.format(b.shape)}`,
        hint: "use MatMul for other ranks",
      });
    }
    if (rows === undefined || dim.conflict(k, rows)) {
      return issue("gemm_inner", {
        expected: `b with ${k} ${transB === 0 ? "rows" : "columns"}`,
        received: String(rows),
        hint: "set transB, or inspect the node that produced it",
      });
    }
    const shape = broadcastShapes([m, n], c?.shape ?? []);
    if (
      shape === undefined ||
      shape.length !== 2 ||
      dim.conflict(shape[0] ?? m, m) ||
      dim.conflict(shape[1] ?? n, n)
    ) {
      return issue("gemm_bias", {
        expected: `c that broadcasts to ${dim.format([m, n])}`,
        received: dim.format(c?.shape ?? []),
      });
    }
    return mixedTypes([a, b, c ?? a]) ?? { y: { dtype: a.dtype, shape: [m, n] } };
  },
  cost: ({ a }, { y }, { transA }) => ({ macs: dim.mul(...y.shape, a.shape[transA === 0 ? 1 : 0] ?? 1) }),
  evaluate({ a, b, c }, { alpha, beta, transA, transB }) {
    const left = transA === 0 ? a : transposed(a);
    const product = transB === 0 ? batchedProduct(left, b) : rowProducts(left, b);
    const scaled = mapRef(product, (v) => alpha * v);
    return { y: c === undefined ? scaled : mapPair(scaled, c, (v, w) => v + beta * w) };
  },
  // d(A') = alpha dY B'ᵀ and d(B') = alpha A'ᵀ dY; the transposes move into the attributes.
  grad(g, { a, b, c }, { y: dy }, { attrs: { alpha, beta, transA, transB }, needs }) {
    if (dy === undefined) return {};
    const product = (p: Value, q: Value, ta: boolean, tb: boolean) =>
      g.Gemm(p, q, undefined, { alpha, transA: ta ? 1 : 0, transB: tb ? 1 : 0 });
    const ta = transA !== 0;
    const tb = transB !== 0;
    return {
      a: needs("a") ? (ta ? product(b, dy, tb, true) : product(dy, b, false, !tb)) : undefined,
      b: needs("b") ? (tb ? product(dy, a, true, ta) : product(a, dy, !ta, false)) : undefined,
      c: c && needs("c") ? (beta === 1 ? dy : g.Mul(dy, g.scalar(beta, dy.dtype))) : undefined,
    };
  },
  samples: [
    { inputs: { a: [3, 4], b: [4, 2] } },
    { inputs: { a: [3, 4], b: [4, 2], c: [2] } },
    { inputs: { a: [4, 3], b: [4, 2], c: [3, 1] }, attrs: { transA: 1 } },
    { inputs: { a: [3, 4], b: [2, 4], c: [3, 2] }, attrs: { transB: 1, alpha: 0.5 } },
    { inputs: { a: [4, 3], b: [2, 4], c: [] }, attrs: { transA: 1, transB: 1, beta: -2 } },
    { inputs: { a: [1, 1], b: [1, 1], c: [1] } },
  ],
});

/** a [m, k] times the transpose of b [n, k]. */
function rowProducts(a: RefTensor, b: RefTensor): RefTensor {
  const [m = 1, k = 1] = a.dims;
  const [n = 1] = b.dims;
  const out = ref(a.dtype, [m, n]);
  const block = (data: Float64Array, step: number) => ({ data, at: 0, step });
  multiplyRowsInto(block(out.data, n), block(a.data, k), block(b.data, k), m, k, n);
  return out;
}

function transposed(x: RefTensor): RefTensor {
  const [rows = 1, columns = 1] = x.dims;
  const out = ref(x.dtype, [columns, rows]);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out.data[j * rows + i] = x.data[i * columns + j] ?? 0;
  }
  return out;
}
