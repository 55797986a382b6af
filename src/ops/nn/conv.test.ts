import { expect, it } from "vitest";
import { gradients } from "../../autodiff/index.js";
import { argOf, Builder, opOf } from "../index.js";

it("counts multiply-accumulates exactly, biases among the other operations", () => {
  const g = new Builder("costs");
  const x = g.input("x", "float32", ["N", 16, 32, 32]);
  const w = g.input("w", "float32", [32, 8, 3, 3]);
  const b = g.input("b", "float32", [32]);
  const y = g.Conv(x, w, b, { group: 2, pads: [1, 1, 1, 1], strides: [2, 2] });
  expect(y.shape).toEqual(["N", 32, 16, 16]);
  const macs = 32 * 16 * 16 * 8 * 9;
  expect(opOf("Conv").cost([argOf(x), argOf(w), argOf(b)], [argOf(y)], { group: 2 })).toEqual({
    macs: `${macs}*N`,
    flops: `${2 * macs + 32 * 16 * 16}*N`,
  });
});

it("gives lengths as floor divisions of symbols", () => {
  const g = new Builder("lengths");
  const x = g.input("x", "float32", ["N", 3, "H", "W"]);
  const w = g.input("w", "float32", [8, 3, 3, 3]);
  expect(g.Conv(x, w, { pads: [1, 1, 1, 1] }).shape).toEqual(["N", 8, "H", "W"]);
  expect(g.Conv(x, w, { pads: [1, 1, 1, 1], strides: [2, 2] }).shape).toEqual([
    "N",
    8,
    "floor((H + 1)/2)",
    "floor((W + 1)/2)",
  ]);
  expect(g.Conv(x, w, { auto_pad: "SAME_UPPER", strides: [2, 1] }).shape).toEqual([
    "N",
    8,
    "floor((H + 1)/2)",
    "W",
  ]);
  expect(g.ConvTranspose(g.Conv(x, w), g.input("v", "float32", [8, 3, 3, 3])).shape).toEqual([
    "N",
    3,
    "H",
    "W",
  ]);
  expect(g.MaxPool(x, { kernel_shape: [2, 2], strides: [2, 2] }).shape).toEqual([
    "N",
    3,
    "floor((H)/2)",
    "floor((W)/2)",
  ]);
});

it("refuses what does not fit, with the reason", () => {
  const g = new Builder("mistakes");
  const x = g.input("x", "float32", ["N", 6, 8, 8]);
  const w = g.input("w", "float32", [4, 3, 3, 3]);
  expect(() => g.Conv(x, w)).toThrow(/conv_channels at Conv_\d+: expected 3 channels.*received 6/);
  expect(() => g.Conv(x, w, { group: 2, kernel_shape: [5, 5] })).toThrow(/conv_kernel/);
  expect(() => g.Conv(x, w, { group: 2, pads: [1, 1] })).toThrow(/pads of 4 integers/);
  expect(() => g.Conv(x, w, { group: 2, dilations: [5, 5] })).toThrow(/window_size.*Use a smaller kernel/);
  expect(() => g.Conv(x, w, g.input("b", "float32", [3]), { group: 2 })).toThrow(/conv_bias.*\[4\]/);
  expect(() => g.MaxPool(x, { kernel_shape: [9, 2] })).toThrow(/window_size/);
  expect(() => g.GroupNormalization(x, w, w, { num_groups: 4 })).toThrow(/norm_groups/);
});

it("says what a gradient needs where pads depend on unknown lengths", () => {
  const g = new Builder("same");
  const x = g.input("x", "float32", ["N", 3, "H", "W"]);
  const w = g.input("w", "float32", [8, 3, 3, 3]);
  const y = g.Conv(x, w, { auto_pad: "SAME_UPPER", strides: [2, 2] });
  const loss = g.ReduceSum(y, undefined, { keepdims: 0 });
  expect(() => gradients(g, loss, [w])).toThrow(/window_pads.*Give pads as numbers/);
});

it("keeps kernels and channels of a gradient free of strided slices", () => {
  const g = new Builder("hot");
  const x = g.input("x", "float32", ["N", 4, 9, 9]);
  const w = g.input("w", "float32", [8, 4, 3, 3]);
  const y = g.Conv(x, w, { strides: [2, 2], pads: [1, 1, 1, 1] });
  gradients(g, g.ReduceSum(g.Mul(y, y), undefined, { keepdims: 0 }), [x, w]);
  const types = g.built.map((node) => node.opType);
  expect(types).toContain("ConvTranspose");
  expect(types).not.toContain("Slice");
});
