import fc from "fast-check";
import { expect, it } from "vitest";
import { gradients } from "../../autodiff/index.js";
import { interpret } from "../../runtime/reference.js";
import { Builder, ref } from "../index.js";

it("keeps symbols through shape operators", () => {
  const g = new Builder("symbols");
  const x = g.input("x", "float32", ["N", 12, "T"]);
  expect(g.Reshape(x, g.i64([0, 3, 4, -1])).shape).toEqual(["N", 3, 4, "T"]);
  expect(g.Reshape(x, g.i64([-1, 6])).shape).toEqual(["2*N*T", 6]);
  expect(g.Flatten(x).shape).toEqual(["N", "12*T"]);
  expect(g.Transpose(x, { perm: [2, 0, 1] }).shape).toEqual(["T", "N", 12]);
  expect(g.Concat([x, x, g.input("y", "float32", ["N", 12, 5])], { axis: -1 }).shape).toEqual([
    "N",
    12,
    "2*T + 5",
  ]);
  expect(g.Pad(x, g.i64([0, 0, 2, 0, 0, 3])).shape).toEqual(["N", 12, "T + 5"]);
  expect(g.Tile(x, g.i64([1, 2, 3])).shape).toEqual(["N", 24, "3*T"]);
  expect(g.Slice(x, g.i64([1]), g.i64([2 ** 31 - 1]), g.i64([2])).shape).toEqual(["N", 12, "T - 1"]);
  expect(g.Slice(x, g.i64([-3]), g.i64([-1]), g.i64([2])).shape).toEqual(["N", 12, 2]);
  expect(g.Split(x, undefined, { axis: 1, num_outputs: 5 }).map((v) => v.shape[1])).toEqual([3, 3, 3, 3, 0]);
  expect(g.Unsqueeze(x, g.i64([0, -1])).shape).toEqual([1, "N", 12, "T", 1]);
});

it("splits into the outputs that a node has, as files before opset 18 do", () => {
  const g = new Builder("old", 13);
  const x = g.input("x", "float32", ["N", 6]);
  expect(g.op("Split", [x], { axis: 1 }, 3).map((v) => v.shape)).toEqual([
    ["N", 2],
    ["N", 2],
    ["N", 2],
  ]);
});

it("refuses what does not fit, with the reason", () => {
  const g = new Builder("mistakes");
  const x = g.input("x", "float32", ["N", 3, 4]);
  const s = g.input("s", "float32", [2, 3]);
  expect(() => g.Reshape(s, g.i64([4, -1]))).toThrow(/reshape_size.*6 elements/);
  expect(() => g.Reshape(s, g.i64([-1, -1]))).toThrow(/reshape_open/);
  expect(() => g.Transpose(x, { perm: [0, 0, 1] })).toThrow(/transpose_perm/);
  expect(() => g.Squeeze(x, g.i64([1]))).toThrow(/squeeze_length.*axis 1 of length 1.*received 3/);
  expect(() => g.Concat([x, s], { axis: 0 })).toThrow(/concat_shape/);
  expect(() => g.Gather(x, g.i64([0]), { axis: 3 })).toThrow(/axis_range/);
  expect(() => g.Expand(s, g.i64([5, 3]))).toThrow(/expand_shape/);
  expect(() => g.Split(x, g.i64([1, 1]), { axis: 1 })).toThrow(/split_sum/);
  expect(() => g.Slice(x, g.i64([0]), g.i64([1]), g.i64([1]), g.i64([0]))).toThrow(/slice_step/);
  expect(() => g.Resize(s, undefined, undefined)).toThrow(/resize_target/);
});

it("slices as numbers say, and gives gradients back to the places they came from", () => {
  const bound = fc.integer({ min: -9, max: 9 });
  fc.assert(
    fc.property(
      bound,
      bound,
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.boolean(),
      (start, end, by, down, fed) => {
        const step = down ? -by : by;
        const g = new Builder("slice");
        const x = g.input("x", "float32", [7]);
        const at = (name: string, value: number) => (fed ? g.input(name, "int64", [1]) : g.i64([value]));
        const y = g.Slice(x, at("start", start), at("end", end), g.i64([0]), at("step", step));
        const [dx] = gradients(g, g.ReduceSum(g.Mul(y, y), undefined, { keepdims: 0 }), [x]);
        if (dx === undefined) throw new Error("gradient");
        const data = Float64Array.from({ length: 7 }, (_, i) => i + 1);
        const number = (v: number) => ref("int64", [1], Float64Array.of(v));
        const feeds = {
          x: ref("float32", [7], data),
          start: number(start),
          end: number(end),
          step: number(step),
        };
        const results = interpret(g.finish([y, dx]), feeds);
        // The meaning of ONNX, one place at a time (a start below the first place is the first, whatever the direction).
        const wanted: number[] = [];
        let first = start < 0 ? start + 7 : start;
        let last = end < 0 ? end + 7 : end;
        first = step > 0 ? Math.max(0, first) : Math.min(6, first);
        last = step > 0 ? Math.min(7, last) : Math.max(-1, last);
        for (let i = Math.max(0, first); step > 0 ? i < last : i > last; i += step) wanted.push(i);
        expect(Array.from(results[y.name]?.data ?? [])).toEqual(wanted.map((i) => i + 1));
        const grad = Array.from({ length: 7 }, (_, i) => (wanted.includes(i) ? 2 * (i + 1) : 0));
        expect(Array.from(results[dx.name]?.data ?? [])).toEqual(grad);
      },
    ),
  );
});
