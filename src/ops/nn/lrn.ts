import { dim, fail, issue } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /** x / (bias + alpha/size * (sum of squares over `size` channels around each))^beta. */
    LRN(x: Value, attrs: { size: number; alpha?: number; beta?: number; bias?: number }): Value;
  }
}

/** Local response normalization over channels (Krizhevsky et al. 2012, section 3.3). */
export const LRN = defineOp({
  type: "LRN",
  since: 1,
  doc: "Each element divided by a power of the sum of squares over the channels around it.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: { alpha: attr.float(1e-4), beta: attr.float(0.75), bias: attr.float(1), size: attr.int() },
  infer({ x }, { size }) {
    if (size === undefined) return issue("attribute_missing", { expected: "size" });
    if (x.shape.length < 2)
      return issue("lrn_rank", { expected: "x [N, C, ...]", received: dim.format(x.shape) });
    return { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: ({ x }, _, { size }) => ({ flops: dim.mul(dim.size(x.shape), 2 * (size ?? 1) + 4) }),
  evaluate({ x }, { alpha, beta, bias, size = 1 }) {
    const [n = 1, channels = 1, ...spatial] = x.dims;
    const places = spatial.reduce((product, d) => product * d, 1);
    const out = ref(x.dtype, x.dims);
    const sums = new Float64Array(places);
    for (let c = 0; c < channels; c++) {
      const near = around(c, size, channels);
      for (let image = 0; image < n; image++) {
        sums.fill(0);
        for (const other of near) {
          const from = (image * channels + other) * places;
          for (let i = 0; i < places; i++) sums[i] = (sums[i] ?? 0) + (x.data[from + i] ?? 0) ** 2;
        }
        const to = (image * channels + c) * places;
        for (let i = 0; i < places; i++) {
          out.data[to + i] = (x.data[to + i] ?? 0) / (bias + (alpha / size) * (sums[i] ?? 0)) ** beta;
        }
      }
    }
    return { y: out };
  },
  // With D the sum in the power: dx = dy D^-beta - 2 alpha beta / size * x * S'(dy x D^(-beta-1)), where S' sums
  // over the channels in whose neighbourhood a channel lies.
  grad(g, { x }, { y: dy }, { attrs }) {
    if (dy === undefined) return {};
    const { alpha, beta, bias, size = 1 } = attrs;
    const scalar = (v: number) => g.scalar(v, x.dtype);
    const sums = overNeighbours(g, g.Mul(x, x), size, false);
    const base = g.Add(g.Mul(sums, scalar(alpha / size)), scalar(bias));
    const power = g.Pow(base, scalar(-beta));
    const inner = overNeighbours(g, g.Div(g.Mul(g.Mul(dy, x), power), base), size, true);
    return { x: g.Sub(g.Mul(dy, power), g.Mul(g.Mul(x, inner), scalar((2 * alpha * beta) / size))) };
  },
  samples: [
    { inputs: { x: [2, 5, 2, 3] }, attrs: { size: 3, alpha: 0.5, beta: 0.75, bias: 1.5 } },
    {
      inputs: { x: [1, 6, 2, 2] },
      attrs: { size: 4, alpha: 0.9, beta: 0.5, bias: 2 },
      noRuntime: "ONNX Runtime wants an odd size",
    },
    { inputs: { x: [1, 4, 3, 2] }, attrs: { size: 5 } },
  ],
});

/** The channels that count for channel `c`. */
function around(c: number, size: number, channels: number): number[] {
  const first = Math.max(0, c - Math.floor((size - 1) / 2));
  const last = Math.min(channels - 1, c + Math.ceil((size - 1) / 2));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/** Sums over neighbouring channels, as a product with a band matrix [C, C] (or its transpose). */
function overNeighbours(g: Builder, x: Value, size: number, transposed: boolean): Value {
  const c = x.shape[1];
  if (typeof c !== "number") {
    return fail("lrn_symbolic", { expected: "a static number of channels", received: dim.format(x.shape) });
  }
  const band = new Float32Array(c * c);
  for (let row = 0; row < c; row++) {
    for (const column of around(row, size, c)) band[transposed ? column * c + row : row * c + column] = 1;
  }
  const matrix = g.constant(tensor(x.dtype, [c, c], band), "band");
  const last = x.shape.map((_, i) => i);
  const flip = [0, ...last.slice(2), 1];
  const back = [0, x.rank - 1, ...last.slice(1, -1)];
  // Channels last, times the matrix from the right (which takes the transpose), and back.
  const product = g.MatMul(g.Transpose(x, { perm: flip }), g.Transpose(matrix, { perm: [1, 0] }));
  return g.Transpose(product, { perm: back });
}
