import { type Dim, dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import type { Builder } from "../builder.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { filledLike } from "../tensor/rules.js";

interface RotaryOptions {
  interleaved?: 0 | 1;
  /** Needed where x is [batch, length, hidden]. */
  num_heads?: number;
  /** How many elements of each head are rotated; 0 for all. */
  rotary_embedding_dim?: number;
}

declare module "../builder.js" {
  interface OpCalls {
    /**
     * x [batch, heads, length, size] or [batch, length, heads * size] rotated by angles: tables
     * [positions, size / 2] with `positions` [batch, length], or without them [batch, length, size / 2].
     */
    RotaryEmbedding(x: Value, cos: Value, sin: Value, positions?: Value, attrs?: RotaryOptions): Value;
  }
}

/** Rotary position embedding (Su et al. 2021, arXiv:2104.09864). */
export const RotaryEmbedding = defineOp({
  type: "RotaryEmbedding",
  since: 23,
  doc: "Pairs of elements of each head rotated by an angle that grows with the position.",
  inputs: ["x", "cos", "sin", "positions?"],
  outputs: ["y"],
  attributes: { interleaved: attr.int(0), num_heads: attr.int(0), rotary_embedding_dim: attr.int(0) },
  infer({ x, cos, sin, positions }, attrs) {
    const rank = x.shape.length;
    const hidden = x.shape.at(-1) ?? 1;
    if (rank !== 4 && !(rank === 3 && attrs.num_heads > 0)) {
      return issue("rotary_input", {
        expected: "x [batch, heads, length, size], or [batch, length, hidden] with num_heads",
        received: `${dim.format(x.shape)} with num_heads ${attrs.num_heads}`,
      });
    }
    const size =
      rank === 4
        ? hidden
        : (dim.divide(hidden, attrs.num_heads) ?? (typeof hidden === "string" ? dim.unknown() : undefined));
    if (size === undefined || (typeof size === "number" && !Number.isInteger(size))) {
      return issue("rotary_heads", {
        expected: `${attrs.num_heads} equal heads`,
        received: `${hidden} elements`,
      });
    }
    const turned = attrs.rotary_embedding_dim || size;
    if (typeof turned === "number" && (turned % 2 !== 0 || (typeof size === "number" && turned > size))) {
      return issue("rotary_size", { expected: `an even number up to ${size}`, received: String(turned) });
    }
    for (const table of [cos, sin]) {
      const half: Dim = typeof turned === "number" ? turned / 2 : (table.shape.at(-1) ?? 1);
      const wanted = positions === undefined ? 3 : 2;
      if (table.shape.length !== wanted || dim.conflict(table.shape.at(-1) ?? 1, half)) {
        return issue("rotary_table", {
          expected: `tables of rank ${wanted} with ${half} columns`,
          received: dim.format(table.shape),
          hint: "give positions with tables [positions, size / 2], none with [batch, length, size / 2]",
        });
      }
    }
    return { y: { dtype: x.dtype, shape: x.shape } };
  },
  cost: ({ x }) => ({ flops: dim.mul(3, dim.size(x.shape)) }),
  evaluate({ x, cos, sin, positions }, attrs) {
    const [batch = 1, second = 1, third = 1, last = 1] = x.dims;
    const flat = x.dims.length === 3;
    const [heads, length] = flat ? [attrs.num_heads, second] : [second, third];
    const size = flat ? third / heads : last;
    const half = (attrs.rotary_embedding_dim || size) / 2;
    const y = ref(x.dtype, x.dims, x.data.slice());
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < length; t++) {
        const row = positions === undefined ? b * length + t : (positions.data[b * length + t] ?? 0);
        for (let h = 0; h < heads; h++) {
          const base = (flat ? (b * length + t) * heads + h : (b * heads + h) * length + t) * size;
          for (let i = 0; i < half; i++) {
            const [p, q] = attrs.interleaved === 1 ? [2 * i, 2 * i + 1] : [i, half + i];
            const [u, v] = [x.data[base + p] ?? 0, x.data[base + q] ?? 0];
            const [c, s] = [cos.data[row * half + i] ?? 0, sin.data[row * half + i] ?? 0];
            y.data[base + p] = c * u - s * v;
            y.data[base + q] = s * u + c * v;
          }
        }
      }
    }
    return { y };
  },
  // The rotation is undone by the opposite angle; the tables get the products of the pairs that they turned.
  grad(g, { x, cos, sin, positions }, { y: dy }, { attrs, needs }) {
    if (dy === undefined) return {};
    const dx = needs("x")
      ? g.RotaryEmbedding(dy, cos, g.Neg(sin), positions, attrs as RotaryOptions)
      : undefined;
    if (!needs("cos") && !needs("sin")) return { x: dx };
    const half = cos.shape.at(-1) ?? 1;
    const [u, v] = pairs(g, x, half, attrs);
    const [du, dv] = pairs(g, dy, half, attrs);
    const table = (products: Value, like: Value) => {
      const sum = g.ReduceSum(products, g.i64([2]), { keepdims: 0 });
      if (positions === undefined) return sum;
      return g.ScatterND(filledLike(g, like), g.Unsqueeze(positions, g.i64([-1])), sum, { reduction: "add" });
    };
    return {
      x: dx,
      cos: needs("cos") ? table(g.Add(g.Mul(du, u), g.Mul(dv, v)), cos) : undefined,
      sin: needs("sin") ? table(g.Sub(g.Mul(dv, u), g.Mul(du, v)), sin) : undefined,
    };
  },
  samples: [
    {
      inputs: {
        x: [2, 3, 4, 6],
        cos: [5, 3],
        sin: [5, 3],
        positions: { dims: [2, 4], dtype: "int64", values: [0, 1, 2, 3, 4, 3, 1, 1] },
      },
    },
    { inputs: { x: [2, 4, 12], cos: [2, 4, 2], sin: [2, 4, 2] }, attrs: { num_heads: 3 } },
    { inputs: { x: [2, 3, 4, 4], cos: [2, 4, 2], sin: [2, 4, 2] }, attrs: { interleaved: 1 } },
    { inputs: { x: [1, 2, 3, 6], cos: [1, 3, 2], sin: [1, 3, 2] }, attrs: { rotary_embedding_dim: 4 } },
    {
      inputs: { x: [1, 2, 3, 6], cos: [1, 3, 2], sin: [1, 3, 2] },
      attrs: { rotary_embedding_dim: 4, interleaved: 1 },
    },
  ],
});

/** First and second elements of the pairs that are rotated, each [batch, length, heads, half]. */
function pairs(
  g: Builder,
  x: Value,
  half: Dim,
  attrs: { readonly interleaved: number; readonly num_heads: number },
): [Value, Value] {
  const heads =
    x.rank === 4 ? g.Transpose(x, { perm: [0, 2, 1, 3] }) : g.Reshape(x, g.i64([0, 0, attrs.num_heads, -1]));
  const count = Number(half);
  const part = (start: number, end: number, step: number) =>
    g.Slice(heads, g.i64([start]), g.i64([end]), g.i64([-1]), g.i64([step]));
  return attrs.interleaved === 1
    ? [part(0, 2 * count, 2), part(1, 2 * count, 2)]
    : [part(0, count, 1), part(count, 2 * count, 1)];
}
