import { fail } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import type { Builder } from "../../ops/index.js";
import { type Definition, sample } from "../define.js";
import { init } from "../initializers.js";
import { fixedDim, type NetworkBuilder } from "../network.js";

export interface SplineGrid {
  /** Intervals between `low` and `high`. Default 5. */
  readonly intervals?: number;
  /** Degree of the pieces, 1 or more. Default 3. */
  readonly order?: number;
  readonly low?: number;
  readonly high?: number;
}

export interface KanOptions extends SplineGrid {
  /** Whether the SiLU branch is there. Default true. */
  readonly base?: boolean;
}

/**
 * Layer of a Kolmogorov-Arnold network (Liu et al. 2024, arXiv:2404.19756, section 2): every edge carries a function
 * a·silu(x) + Σ c_j B_j(x), B_j the B-splines of a uniform grid; an output sums its edges. x [..., I] to [..., out].
 * Two products do all edges at once: silu(x) Aᵀ and B(x) Cᵀ with B(x) [..., I·(intervals + order)].
 *
 * Inputs outside the grid see the SiLU branch alone: normalise before. Departures: the grid is fixed, not refitted to
 * the data, and an edge has no scale of its own apart from its coefficients.
 */
export function kanLinear(g: NetworkBuilder, x: Value, out: number, options: KanOptions = {}): Value {
  const inputs = fixedDim(x, -1);
  const { base = true, intervals = 5, order = 3 } = options;
  const bases = intervals + order;
  const flat = x.rank === 2 ? x : g.Reshape(x, g.i64([-1, inputs]));
  const coefficients = g.param("spline", [out, inputs, bases], { init: init.normal(0.1 / intervals) });
  const splines = g.Reshape(splineBasis(g, flat, options), g.i64([-1, inputs * bases]));
  const matrix = g.Reshape(coefficients, g.i64([out, inputs * bases]));
  let y: Value;
  if (base) {
    const weight = g.param("base", [out, inputs], { init: init.heNormalIn });
    const smooth = g.Gemm(g.Mul(flat, g.Sigmoid(flat)), weight, undefined, { transB: 1 });
    y = g.Gemm(splines, matrix, smooth, { transB: 1 });
  } else y = g.Gemm(splines, matrix, undefined, { transB: 1 });
  if (x.rank === 2) return y;
  return g.Reshape(y, g.Concat([g.Shape(x, { start: 0, end: -1 }), g.i64([out])], { axis: 0 }));
}

/**
 * The B-splines of a uniform grid at every element: x [...] to [..., intervals + order]. They sum to 1 between the
 * grid's ends, and each is a translate of one function of v = (x − centre)/width. For cubics that is
 * ((2 − |v|)₊³ − 4 (1 − |v|)₊³)/6, which needs no recursion and loses no digits; other orders follow Cox and de Boor.
 */
export function splineBasis(g: Builder, x: Value, grid: SplineGrid = {}): Value {
  const { intervals = 5, order = 3, low = -1, high = 1 } = grid;
  if (
    !(intervals >= 1 && Number.isInteger(intervals) && order >= 1 && Number.isInteger(order) && low < high)
  ) {
    return fail("spline_grid", {
      expected: "one interval or more, an order of 1 or more, and low < high",
      received: `${intervals} intervals, order ${order}, ${low} to ${high}`,
    });
  }
  const width = (high - low) / intervals;
  return order === 3
    ? cubic(g, x, intervals, low, width)
    : coxDeBoor(g, g.Unsqueeze(x, g.i64([-1])), { intervals, order, low, width });
}

function cubic(g: Builder, x: Value, intervals: number, low: number, width: number): Value {
  const centres = Array.from({ length: intervals + 3 }, (_, j) => (low + (j - 1) * width) / width);
  const one = (value: number) => g.scalar(value, x.dtype);
  // Scaled before the axis of length 1 is there: with it, ONNX Runtime takes 12 ns a number for the factor.
  const scaled = g.Unsqueeze(g.Mul(x, one(1 / width)), g.i64([-1]));
  const distance = g.Abs(g.Sub(scaled, g.constant(tensor(x.dtype, [centres.length], centres))));
  const outer = g.Relu(g.Sub(one(2), distance));
  const inner = g.Relu(g.Sub(one(1), distance));
  const cube = (v: Value, by: number) => g.Mul(g.Mul(v, v), g.Mul(v, one(by)));
  return g.Sub(cube(outer, 1 / 6), cube(inner, 4 / 6));
}

/** B⁰_j = 1 on its interval; Bᵖ_j = ((u − j) Bᵖ⁻¹_j + (j + p + 1 − u) Bᵖ⁻¹_{j+1})/p with u in widths from the first knot. */
function coxDeBoor(
  g: Builder,
  x: Value,
  { intervals, order, low, width }: { intervals: number; order: number; low: number; width: number },
): Value {
  const one = (value: number) => g.scalar(value, x.dtype);
  const u = g.Sub(g.Mul(x, one(1 / width)), one(low / width - order));
  const row = (from: number, count: number) =>
    g.constant(
      tensor(
        x.dtype,
        [count],
        Array.from({ length: count }, (_, j) => from + j),
      ),
    );
  let count = intervals + 2 * order;
  const above = g.GreaterOrEqual(u, row(0, count));
  const below = g.Less(u, row(1, count));
  let basis = g.Where(g.And(above, below), one(1), one(0));
  for (let p = 1; p <= order; p++) {
    count--;
    const left = g.Slice(basis, g.i64([0]), g.i64([count]), g.i64([-1]));
    const right = g.Slice(basis, g.i64([1]), g.i64([count + 1]), g.i64([-1]));
    const rising = g.Mul(g.Sub(u, row(0, count)), left);
    const falling = g.Mul(g.Sub(row(p + 1, count), u), right);
    basis = g.Mul(g.Add(rising, falling), one(1 / p));
  }
  return basis;
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "kanLinear",
    group: "Linear",
    doc: "Layer of a Kolmogorov-Arnold network: every edge has a function of its own, a spline beside a SiLU.",
    formula: "y[o] = Σᵢ a[o,i] silu(x[i]) + Σⱼ c[o,i,j] Bⱼ(x[i])",
    source: "Liu et al. 2024, arXiv:2404.19756",
    samples: [
      sample({ x: ["N", 3] }, ["N", 2], (g, { x }) => kanLinear(g, x, 2)),
      sample({ x: ["N", 2, 3] }, ["N", 2, 2], (g, { x }) =>
        kanLinear(g, x, 2, { intervals: 3, order: 2, low: -2, high: 2, base: false }),
      ),
    ],
  },
];
