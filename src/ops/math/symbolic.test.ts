import { describe, expect, it } from "vitest";
import { gradients } from "../../autodiff/index.js";
import { interpret } from "../../runtime/index.js";
import { checkSymbolic, type Lengths, symbol } from "../../testing/op-symbolic.js";
import { argOf, Builder, bareName, type OpDefinition, opOf, ref, type Sample } from "../index.js";
import { MATH_OPERATORS } from "./index.js";

// Cofactors are written out, so the size of the matrices must be known.
const STATIC_ONLY = new Set(["Det"]);
/** The axes that a gradient must know, because it writes out products or terms along them; all others may be open. */
const KNOWN_AXES: Readonly<Record<string, (sample: Sample, rank: number) => readonly number[]>> = {
  CumProd: (sample, rank) => [axisIn(sample, rank, 0)],
  DFT: (sample, rank) => [axisIn(sample, rank, rank - 2), rank - 1],
  STFT: (_, rank) => Array.from({ length: rank - 1 }, (_, i) => i + 1),
};

function axisIn({ inputs }: Sample, rank: number, otherwise: number): number {
  const axis = inputs.axis;
  const given = axis !== undefined && "dims" in axis ? axis.values?.[0] : undefined;
  return ((given ?? otherwise) + rank) % rank;
}

/** All lengths as symbols, but those that the operator must know. */
const lengthsOf =
  (op: OpDefinition, sample: Sample): Lengths =>
  (name, dims) => {
    const main = name === bareName(op.inputs[0] ?? "");
    const known = main ? (KNOWN_AXES[op.type]?.(sample, dims.length) ?? []) : [];
    return dims.map((d, i) => (known.includes(i) || (!main && op.type in KNOWN_AXES) ? d : symbol(d)));
  };

describe.each(MATH_OPERATORS.filter((op) => !STATIC_ONLY.has(op.type)).map((op) => [op.type, op] as const))(
  "%s with symbolic lengths",
  (_, op) => {
    it.each(op.samples.map((sample, i) => [i, sample] as const))("sample %i", (_, sample) => {
      expect(checkSymbolic(op, sample, lengthsOf(op, sample))).toEqual([]);
    });
  },
);

it("counts with symbols", () => {
  const g = new Builder("costs");
  const a = g.input("a", "float32", ["N", 64]);
  const b = g.input("b", "float32", [64, 10]);
  const y = g.Gemm(a, b);
  expect(opOf("Gemm").cost([argOf(a), argOf(b)], [argOf(y)], { transA: 0 })).toEqual({ macs: "640*N" });
});

it("refuses operands that do not fit, with the reason", () => {
  const g = new Builder("mistakes");
  const x = g.input("x", "float32", ["N", 3]);
  const whole = g.input("whole", "int64", ["N", 3]);
  expect(() => g.Add(x, g.input("four", "float32", [4]))).toThrow(/broadcast at Add_\d+.*\[N, 3\] and \[4\]/);
  expect(() => g.Mul(x, whole)).toThrow(/dtype_mismatch.*float32 and int64/);
  expect(() => g.Where(x, x, x)).toThrow(/where_condition/);
  expect(() => g.Softmax(x, { axis: 2 })).toThrow(/axis_range/);
  expect(() => g.Cast(x, { to: 99 })).toThrow(/cast_to/);
  expect(() => g.ReduceSum(x, g.i64([5]))).toThrow(/axis_range/);
  expect(() => g.TopK(x, g.i64([4]))).toThrow(/topk_k/);
  expect(() => g.Gemm(x, g.input("w", "float32", [4, 3]))).toThrow(/gemm_inner/);
  expect(() => g.BitShift(whole, whole, { direction: "LEFT" })).toThrow(/dtype_unsupported/);
});

it("takes axes as an attribute, as files before opset 18 have them", () => {
  const g = new Builder("old", 13);
  const x = g.input("x", "float32", ["N", 3, 4]);
  const [y] = g.op("ReduceMean", [x], { axes: [-1, 1], keepdims: 0 });
  expect(y?.shape).toEqual(["N"]);
  const [dx] = gradients(g, g.ReduceSum(y ?? x, undefined, { keepdims: 0 }), [x]);
  const graph = g.finish([y ?? x, dx ?? x]);
  const data = Float64Array.from({ length: 24 }, (_, i) => i);
  const results = interpret(graph, { x: ref("float32", [2, 3, 4], data) });
  expect(Array.from(results[y?.name ?? ""]?.data ?? [])).toEqual([5.5, 17.5]);
  expect(Array.from(results[dx?.name ?? ""]?.data ?? [])).toEqual(new Array(24).fill(1 / 12));
});

describe("gradients along axes of unknown length", () => {
  it.each([
    ["CumProd", "cum_prod_axis", ["N"], (g: Builder) => [g.i64(0)]],
    ["DFT", "dft_symbolic", [2, "N", 1], () => []],
    ["STFT", "stft_symbolic", [2, "N", 1], (g: Builder) => [g.i64(2), undefined, g.i64(4)]],
  ] as const)(
    "%s infers shapes, and refuses to be differentiated by name (%s)",
    (type, code, shape, rest) => {
      const g = new Builder("unknown");
      const x = g.input("x", "float32", shape);
      const y = g.op1(type, [x, ...rest(g)]);
      expect(y.rank).toBe(type === "STFT" ? 4 : shape.length);
      const sum = g.ReduceSum(y, undefined, { keepdims: 0 });
      expect(() => gradients(g, sum, [x])).toThrow(new RegExp(`^${code}`));
    },
  );
});
