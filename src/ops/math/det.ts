import { dim, fail, issue } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { shapeOf } from "../tensor/rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** x: [..., n, n]. */
    Det(x: Value): Value;
  }
}

/**
 * Determinant of square matrices. The gradient is the matrix of cofactors, made of the determinants of all
 * minors: exact for singular matrices too, and meant for small n (its work grows with n⁵).
 */
export const Det = defineOp({
  type: "Det",
  since: 11,
  doc: "Determinant of the square matrices in the last two axes.",
  inputs: ["x"],
  outputs: ["y"],
  infer({ x }) {
    const [rows, columns] = x.shape.slice(-2);
    if (rows === undefined || columns === undefined || dim.conflict(rows, columns)) {
      return issue("det_square", { expected: "square matrices", received: dim.format(x.shape) });
    }
    return { y: { dtype: x.dtype, shape: x.shape.slice(0, -2) } };
  },
  // Gaussian elimination: Σ_k (k² multiplications and subtractions) with k from 1 to n − 1.
  cost({ x }) {
    const n = x.shape.at(-1) ?? 1;
    const steps = typeof n === "number" ? ((n - 1) * n * (2 * n - 1)) / 3 : dim.mul(n, n, n);
    return { flops: dim.mul(steps, ...x.shape.slice(0, -2)) };
  },
  evaluate({ x }) {
    const n = x.dims.at(-1) ?? 1;
    const out = ref(x.dtype, x.dims.slice(0, -2));
    return {
      y: ref(
        x.dtype,
        out.dims,
        out.data.map((_, i) => determinant(x.data.slice(i * n * n, (i + 1) * n * n), n)),
      ),
    };
  },
  grad(g, { x }, { y: dy }) {
    if (dy === undefined) return {};
    const n = x.shape.at(-1);
    if (typeof n !== "number") {
      return fail("gradient_none", {
        path: "Det",
        expected: "matrices of a size that is known",
        received: `${n}`,
      });
    }
    if (n < 2) return { x: g.Reshape(dy, shapeOf(g, x)) };
    const minors: number[] = [];
    const signs: number[] = [];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        signs.push((i + j) % 2 === 0 ? 1 : -1);
        for (let r = 0; r < n; r++) {
          for (let c = 0; c < n; c++) if (r !== i && c !== j) minors.push(r * n + c);
        }
      }
    }
    const flat = g.Reshape(x, g.i64([-1, n * n]));
    const index = g.constant(tensor("int64", [n * n, n - 1, n - 1], minors));
    const cofactors = g.Mul(
      g.Det(g.Gather(flat, index, { axis: 1 })),
      g.constant(tensor(x.dtype, [n * n], signs)),
    );
    return { x: g.Reshape(g.Mul(cofactors, g.Reshape(dy, g.i64([-1, 1]))), shapeOf(g, x)) };
  },
  samples: [
    { inputs: { x: [3, 3] } },
    { inputs: { x: [2, 4, 4] } },
    { inputs: { x: [2, 3, 2, 2] } },
    { inputs: { x: [2, 1, 1] } },
    { inputs: { x: { dims: [3, 3], values: [1, 2, 3, 2, 4, 6, 1, 0, 1], feed: true } }, grad: ["x"] },
  ],
});

/** By elimination with row exchanges; overwrites its argument. */
function determinant(a: Float64Array, n: number): number {
  let product = 1;
  const at = (r: number, c: number) => a[r * n + c] ?? 0;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let r = k + 1; r < n; r++) if (Math.abs(at(r, k)) > Math.abs(at(pivot, k))) pivot = r;
    const value = at(pivot, k);
    if (value === 0) return 0;
    if (pivot !== k) {
      product = -product;
      for (let c = 0; c < n; c++) [a[k * n + c], a[pivot * n + c]] = [at(pivot, c), at(k, c)];
    }
    product *= value;
    for (let r = k + 1; r < n; r++) {
      const factor = at(r, k) / value;
      for (let c = k; c < n; c++) a[r * n + c] = at(r, c) - factor * at(k, c);
    }
  }
  return product;
}
