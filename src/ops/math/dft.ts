import { type Dim, dim, fail, type Issue, isIssue, issue, unwrap } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { type Arg, defineOp } from "../define.js";
import { ref, stridesOf } from "../reference.js";
import { axisOf, integersOf, padAxis } from "../tensor/rules.js";
import { fourierMatrices } from "./fourier.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * x [..., 1] (real) or [..., 2] (real and imaginary parts), transformed along `axis` (a scalar, default −2);
     * `length` (a scalar) pads with zeros or cuts. Gives [..., 2], or [..., 1] where `inverse` and `onesided`.
     */
    DFT(x: Value, length?: Value, axis?: Value, attrs?: { inverse?: 0 | 1; onesided?: 0 | 1 }): Value;
  }
}

/** Discrete Fourier transform. */
export const DFT = defineOp({
  type: "DFT",
  since: 20,
  doc: "Discrete Fourier transform along an axis, or its inverse; parts of complex numbers lie in the last axis.",
  inputs: ["x", "length?", "axis?"],
  outputs: ["y"],
  attributes: { inverse: attr.int(0), onesided: attr.int(0) },
  infer(inputs, attrs) {
    const plan = planOf(inputs, attrs);
    return isIssue(plan) ? plan : { y: { dtype: inputs.x.dtype, shape: plan.shape } };
  },
  // As a fast transform of n points counts: 5 n log2 n.
  cost({ x }, { y }, { inverse, onesided }) {
    const points = inverse === 1 || onesided === 0 ? y.shape : x.shape;
    const rows = dim.size(points.slice(0, -1));
    const longest = Math.max(2, ...points.slice(0, -1).map((d) => (typeof d === "number" ? d : 2)));
    return { flops: dim.mul(rows, Math.ceil(5 * Math.log2(longest))) };
  },
  evaluate({ x, length, axis }, attrs) {
    const plan = unwrap(
      planOf({ x: argOf(x), length: length && argOf(length), axis: axis && argOf(axis) }, attrs),
      "DFT",
    );
    const at = plan.axis ?? 0;
    const parts = x.dims.at(-1) ?? 1;
    const m = fourierMatrices(Number(plan.length), x.dims[at] ?? 1, flags(attrs));
    const y = ref(x.dtype, plan.shape.map(Number));
    const outParts = y.dims.at(-1) ?? 1;
    const [from, to] = [stridesOf(x.dims)[at] ?? 1, stridesOf(y.dims)[at] ?? 1];
    const outer = x.dims.slice(0, at).reduce((a, b) => a * b, 1);
    const inner = from / parts;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const [source, target] = [
          o * from * (x.dims[at] ?? 1) + i * parts,
          o * to * m.outputs + i * outParts,
        ];
        for (let k = 0; k < m.outputs; k++) {
          let [real, imaginary] = [0, 0];
          for (let n = 0; n < m.inputs; n++) {
            const [c, s] = [m.cos[k * m.inputs + n] ?? 0, m.sin[k * m.inputs + n] ?? 0];
            const a = x.data[source + n * from] ?? 0;
            const b = parts === 2 ? (x.data[source + n * from + 1] ?? 0) : 0;
            real += c * a - s * b;
            imaginary += s * a + c * b;
          }
          y.data[target + k * to] = real;
          if (outParts === 2) y.data[target + k * to + 1] = imaginary;
        }
      }
    }
    return { y };
  },
  // The transform is linear: the gradient goes through the transposed matrices.
  grad(g, { x, length, axis }, { y: dy }, { attrs }) {
    if (dy === undefined) return {};
    const plan = unwrap(planOf({ x, length: known(length), axis: known(axis) }, attrs), "DFT");
    const at = plan.axis;
    const given = at === undefined ? undefined : x.shape[at];
    if (at === undefined || typeof plan.length !== "number" || typeof given !== "number") {
      return fail("dft_symbolic", {
        expected: "a static length along a constant axis to differentiate DFT",
        received: dim.format(x.shape),
        hint: "build the network for one length of signals",
      });
    }
    const m = fourierMatrices(plan.length, given, flags(attrs));
    const matrix = (data: Float64Array) =>
      g.constant(tensor(x.dtype, [m.outputs, m.inputs], data), "fourier");
    const perm = x.shape.map((_, i) => i);
    [perm[at], perm[x.rank - 2]] = [x.rank - 2, at];
    // [..., parts, outputs], so that a product with [outputs, inputs] runs over the last axis.
    const moved = g.Transpose(at === x.rank - 2 ? dy : g.Transpose(dy, { perm }), { perm: swapLast(x.rank) });
    const part = (i: number) => g.Slice(moved, g.i64([i]), g.i64([i + 1]), g.i64([-2]));
    const [real, imaginary] = [part(0), plan.shape.at(-1) === 2 ? part(1) : undefined];
    const apply = (v: Value, data: Float64Array) => g.MatMul(v, matrix(data));
    const sum = (a: Value, b: Value | undefined) => (b === undefined ? a : g.Add(a, b));
    const rows = [sum(apply(real, m.cos), imaginary && apply(imaginary, m.sin))];
    if (x.shape.at(-1) === 2)
      rows.push(
        sum(
          apply(
            real,
            m.sin.map((v) => -v),
          ),
          imaginary && apply(imaginary, m.cos),
        ),
      );
    const [only] = rows;
    const joined = rows.length === 1 && only !== undefined ? only : g.Concat(rows, { axis: -2 });
    const upright = g.Transpose(joined, { perm: swapLast(x.rank) });
    const back = at === x.rank - 2 ? upright : g.Transpose(upright, { perm });
    return { x: padAxis(g, back, at, 0, given - m.inputs) };
  },
  samples: [
    { inputs: { x: [2, 6, 1] } },
    { inputs: { x: [2, 5, 2] } },
    { inputs: { x: [2, 6, 1] }, attrs: { onesided: 1 } },
    { inputs: { x: [2, 5, 1] }, attrs: { onesided: 1 } },
    { inputs: { x: [2, 4, 2] }, attrs: { inverse: 1 } },
    { inputs: { x: [1, 4, 3, 2], axis: { dims: [], dtype: "int64", values: [1] } } },
    {
      inputs: {
        x: [2, 5, 1],
        length: { dims: [], dtype: "int64", values: [8] },
        axis: { dims: [], dtype: "int64", values: [-2] },
      },
    },
    { inputs: { x: [2, 6, 2], length: { dims: [], dtype: "int64", values: [4] } } },
    { inputs: { x: [2, 4, 2] }, attrs: { inverse: 1, onesided: 1 } },
  ],
});

function flags({ inverse, onesided }: { readonly inverse: number; readonly onesided: number }) {
  return { inverse: inverse === 1, onesided: onesided === 1 };
}

function swapLast(rank: number): number[] {
  return Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
}

function known(v: Value | undefined): Arg | undefined {
  return v && { dtype: v.dtype, shape: v.shape, constant: v.data };
}

function argOf(x: { dtype: Arg["dtype"]; dims: readonly number[]; data: Float64Array }): Arg {
  const small = x.dims.length === 0 || x.data.length === 1;
  return { dtype: x.dtype, shape: x.dims, ...(small ? { contents: Array.from(x.data) } : {}) };
}

interface Plan {
  /** Undefined where only the run knows it. */
  readonly axis: number | undefined;
  /** Points of the transform. */
  readonly length: Dim;
  readonly shape: Dim[];
}

function planOf(
  { x, length, axis }: { x: Pick<Arg, "shape">; length?: Arg | undefined; axis?: Arg | undefined },
  { inverse, onesided }: { readonly inverse: number; readonly onesided: number },
): Plan | Issue {
  const rank = x.shape.length;
  const parts = x.shape.at(-1);
  if (rank < 2 || (typeof parts === "number" && parts !== 1 && parts !== 2)) {
    return issue("dft_input", {
      expected: "x with a last axis of 1 (real) or 2 (real and imaginary parts)",
      received: dim.format(x.shape),
    });
  }
  const both = onesided === 1 && inverse === 1;
  if (onesided === 1 && parts === (inverse === 1 ? 1 : 2)) {
    return issue("dft_onesided", {
      expected:
        inverse === 1 ? "complex input to the one-sided inverse" : "real input to the one-sided transform",
      received: dim.format(x.shape),
    });
  }
  const wanted = axis === undefined ? -2 : integersOf(axis)?.[0];
  if (wanted === undefined) {
    return {
      axis: undefined,
      length: dim.unknown(),
      shape: [...x.shape.map(() => dim.unknown()).slice(1), both ? 1 : 2],
    };
  }
  const at = axisOf(wanted, rank);
  if (at === undefined || at === rank - 1) {
    return issue("axis_range", {
      expected: `an axis of the signal, in [${-rank}, -2] or [0, ${rank - 2}]`,
      received: String(wanted),
    });
  }
  const own = x.shape[at] ?? 1;
  const asked =
    length === undefined ? undefined : (length.contents?.[0] ?? integersOf(length)?.[0] ?? dim.unknown());
  const points = asked ?? (both ? dim.mul(2, dim.sub(own, 1)) : own);
  if (typeof points === "number" && points < 1) {
    return issue("dft_length", { expected: "a length of at least 1", received: String(points) });
  }
  const shape = [...x.shape];
  shape[at] = onesided === 1 && inverse === 0 ? dim.add(dim.floorDiv(points, 2), 1) : points;
  shape[rank - 1] = both ? 1 : 2;
  return { axis: at, length: points, shape };
}
