import { broadcastShapes, dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { multiplyInto } from "../product.js";
import { expandRef, type RefTensor, ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** a [..., M, K] times b [..., K, N]. */
    MatMul(a: Value, b: Value): Value;
  }
}

/** Matrix product over the last two axes; leading axes broadcast. Vectors are lifted and dropped as in NumPy. */
export const MatMul = defineOp({
  type: "MatMul",
  since: 13,
  doc: "Matrix product over the last two axes; leading axes broadcast.",
  inputs: ["a", "b"],
  outputs: ["y"],
  infer({ a, b }) {
    const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
    const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
    const m = left.at(-2);
    const k = left.at(-1);
    const rows = right.at(-2);
    const n = right.at(-1);
    if (m === undefined || k === undefined || rows === undefined || n === undefined) {
      return issue("matmul_rank", { expected: "operands of rank 1 or more", received: "a scalar" });
    }
    if (dim.conflict(k, rows)) {
      return issue("matmul_inner", {
        expected: `b with ${k} rows`,
        received: `${rows} rows`,
        hint: "transpose b, or inspect the node that produced it",
      });
    }
    const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
    if (batch === undefined) {
      return issue("matmul_batch", {
        expected: "leading axes that broadcast",
        received: `${dim.format(a.shape)} and ${dim.format(b.shape)}`,
      });
    }
    const tail = [...(a.shape.length === 1 ? [] : [m]), ...(b.shape.length === 1 ? [] : [n])];
    return { y: { dtype: a.dtype, shape: [...batch, ...tail] } };
  },
  cost: ({ a }, { y }) => ({ macs: dim.mul(...y.shape, a.shape.at(-1) ?? 1) }),
  evaluate({ a, b }) {
    const left = a.dims.length === 1 ? ref(a.dtype, [1, ...a.dims], a.data) : a;
    const right = b.dims.length === 1 ? ref(b.dtype, [...b.dims, 1], b.data) : b;
    const product = batchedProduct(left, right);
    const dims = [...product.dims];
    if (b.dims.length === 1) dims.pop();
    if (a.dims.length === 1) dims.splice(b.dims.length === 1 ? -1 : -2, 1);
    return { y: ref(a.dtype, dims, product.data) };
  },
  // dA = dY Bᵀ and dB = Aᵀ dY. The walker sums broadcast axes; rules never do.
  grad(g, { a, b }, { y: dy }, { needs }) {
    if (dy === undefined) return {};
    const swap = (v: Value) => {
      const perm = v.shape.map((_, i) => i);
      return g.Transpose(v, { perm: [...perm.slice(0, -2), v.rank - 1, v.rank - 2] });
    };
    const left = a.rank === 1 ? g.Unsqueeze(a, g.i64([0])) : a;
    const right = b.rank === 1 ? g.Unsqueeze(b, g.i64([1])) : b;
    let d = dy;
    if (b.rank === 1) d = g.Unsqueeze(d, g.i64([-1]));
    if (a.rank === 1) d = g.Unsqueeze(d, g.i64([-2]));
    const da = needs("a") ? g.MatMul(d, swap(right)) : undefined;
    // One matrix for all of a's: one product over all rows, not a product each and their sum.
    const [k, n] = [left.shape.at(-1), d.shape.at(-1)];
    const shared = right.rank === 2 && left.rank > 2 && typeof k === "number" && typeof n === "number";
    const [rows, errors] = shared
      ? [g.Reshape(left, g.i64([-1, k])), g.Reshape(d, g.i64([-1, n]))]
      : [left, d];
    const db = needs("b") ? g.MatMul(swap(rows), errors) : undefined;
    return {
      a: da && a.rank === 1 ? g.Squeeze(da, g.i64([-2])) : da,
      b: db && b.rank === 1 ? g.Squeeze(db, g.i64([-1])) : db,
    };
  },
  samples: [
    { inputs: { a: [4, 5], b: [5, 3] } },
    { inputs: { a: [2, 3, 4], b: [4, 5] } },
    { inputs: { a: [2, 1, 3, 4], b: [5, 4, 2] } },
    { inputs: { a: [1, 1], b: [1, 1] } },
    { inputs: { a: [4], b: [4, 3] } },
    { inputs: { a: [2, 3, 4], b: [4] } },
  ],
});

/** [..., M, K] times [..., K, N]. */
export function batchedProduct(a: RefTensor, b: RefTensor): RefTensor {
  const [m, k] = a.dims.slice(-2) as [number, number];
  const n = b.dims.at(-1) ?? 1;
  const batch = (broadcastShapes(a.dims.slice(0, -2), b.dims.slice(0, -2)) ?? []) as number[];
  const left = expandRef(a, [...batch, m, k]).data;
  const right = expandRef(b, [...batch, k, n]).data;
  const out = ref(a.dtype, [...batch, m, n]);
  const count = out.data.length / (m * n || 1);
  for (let z = 0; z < count; z++) {
    multiplyInto(
      { data: out.data, at: z * m * n, step: n },
      { data: left, at: z * m * k, step: k },
      { data: right, at: z * k * n, step: n },
      m,
      k,
      n,
    );
  }
  return out;
}
