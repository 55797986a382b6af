import { describe, expect, it } from "vitest";
import { dim } from "../base/index.js";
import { ONNX_DTYPE, type Value } from "../ir/index.js";
import { interpret } from "../runtime/index.js";
import { Builder, recordedContents, ref } from "./index.js";

/** A graph's one output with N bound, as inferred and as evaluated. */
function shapes(build: (g: Builder, x: Value) => Value, bound: number) {
  const g = new Builder("contents");
  const y = build(g, g.input("x", "float32", ["N", 3, 8, 6]));
  const inferred = y.shape.map((d) => dim.substitute(d, { N: bound }));
  const results = interpret(g.finish([y]), { x: ref("float32", [bound, 3, 8, 6]) });
  return { symbolic: y.shape, inferred, real: results[y.name]?.dims };
}

describe("shapes that are computed in the graph", () => {
  const length = (g: Builder, x: Value, axis: number) => g.Gather(g.Shape(x), g.i64(axis));
  const one = (g: Builder, v: Value) => g.Unsqueeze(v, g.i64([0]));

  it.each<[string, (g: Builder, x: Value) => Value, (number | string)[]]>([
    [
      "x.view(x.size(0), -1)",
      (g, x) => g.Reshape(x, g.Concat([one(g, length(g, x, 0)), g.i64([-1])], { axis: 0 })),
      ["N", 144],
    ],
    [
      "channels folded into the batch",
      (g, x) =>
        g.Reshape(x, g.Concat([one(g, g.Mul(length(g, x, 0), length(g, x, 1))), g.i64([8, 6])], { axis: 0 })),
      ["3*N", 8, 6],
    ],
    [
      "halved by integer division",
      (g, x) => g.ConstantOfShape(one(g, g.Div(g.Mul(length(g, x, 0), g.i64(4)), g.i64(2)))),
      ["2*N"],
    ],
    ["rounded down", (g, x) => g.ConstantOfShape(one(g, g.Div(length(g, x, 0), g.i64(2)))), ["floor((N)/2)"]],
    ["expanded like another", (g, x) => g.Expand(g.scalar(1), g.Shape(x)), ["N", 3, 8, 6]],
    [
      "the last two axes, by Slice",
      (g, x) => g.ConstantOfShape(g.Slice(g.Shape(x), g.i64([-2]), g.i64([2 ** 31]))),
      [8, 6],
    ],
    [
      "through Cast and Squeeze",
      (g, x) => {
        const wide = g.Cast(g.Shape(x, { start: 0, end: 1 }), { to: ONNX_DTYPE.int32 });
        return g.ConstantOfShape(one(g, g.Squeeze(g.Cast(wide, { to: ONNX_DTYPE.int64 }), g.i64([0]))));
      },
      ["N"],
    ],
    ["counted by Range", (g, x) => g.Range(g.i64(0), length(g, x, 0), g.i64(1)), ["N"]],
    ["tiled", (g, x) => g.Tile(g.Range(g.i64(0), length(g, x, 0), g.i64(1)), g.i64([3])), ["3*N"]],
    [
      "cut at its own length",
      (g, x) => g.Slice(x, g.i64([1]), one(g, length(g, x, 0)), g.i64([0])),
      ["N - 1", 3, 8, 6],
    ],
    [
      "cut before its end",
      (g, x) => {
        const end = g.Sub(length(g, x, 0), g.i64(1));
        return g.Slice(x, g.i64([0]), one(g, end), g.i64([0]));
      },
      ["N - 1", 3, 8, 6],
    ],
    ["the number of elements", (g, x) => g.Reshape(x, one(g, g.Size(x))), ["144*N"]],
  ])("%s", (_, build, expected) => {
    for (const bound of [1, 4, 7]) {
      const { symbolic, inferred, real } = shapes(build, bound);
      expect(symbolic).toEqual(expected);
      expect(inferred).toEqual(real);
    }
  });

  it("says nothing where nothing is known", () => {
    const g = new Builder("unknown");
    const x = g.input("x", "float32", ["N", 4]);
    const n = g.input("n", "int64", [1]);
    expect(recordedContents(g.Add(n, g.i64([1])))).toBeUndefined();
    expect(recordedContents(g.Concat([n, g.i64([4])], { axis: 0 }))).toBeUndefined();
    // Rounding a difference down is not cutting it off.
    const less = g.Sub(g.Shape(x, { end: 1 }), g.i64([5]));
    expect(recordedContents(less)).toEqual(["N - 5"]);
    expect(recordedContents(g.Div(less, g.i64([2])))).toBeUndefined();
    // A slice whose end may lie beyond the axis.
    const [end] = g.Slice(x, g.i64([0]), g.Add(n, g.i64([1])), g.i64([0])).shape;
    expect(end).toMatch(/^unk__/);
  });
});
