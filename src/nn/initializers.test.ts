import { expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { type Initializer, init, initialize } from "./initializers.js";

function moments(spec: Initializer, shape: readonly number[], groups = 1) {
  const data = initialize(spec, shape, rngOf(1, "init"), groups);
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  const std = Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length);
  return { mean, std, max: data.reduce((a, b) => Math.max(a, Math.abs(b)), 0) };
}

it.each([
  ["heNormal of a convolution", init.heNormal, [64, 32, 3, 3], 1, Math.sqrt(2 / (64 * 9))],
  ["heNormal of a depthwise convolution", init.heNormal, [512, 1, 5, 5], 512, Math.sqrt(2 / 25)],
  ["heNormal by inputs", init.heNormalIn, [200, 100], 1, Math.sqrt(2 / 100)],
  ["lecunNormal", init.lecunNormal, [200, 100], 1, Math.sqrt(1 / 100)],
  ["normal", init.normal(0.02), [100, 100], 1, 0.02],
  ["glorotUniform", init.glorotUniform, [100, 300], 1, Math.sqrt(2 / 400)],
  ["fanUniform", init.fanUniform, [300, 100], 1, 1 / Math.sqrt(300)],
] as const)("%s has its standard deviation", (_, spec, shape, groups, std) => {
  const found = moments(spec, shape, groups);
  expect(Math.abs(found.mean)).toBeLessThan(0.05 * std);
  expect(found.std / std).toBeGreaterThan(0.97);
  expect(found.std / std).toBeLessThan(1.03);
});

it("uniform ones keep their bounds", () => {
  expect(moments(init.glorotUniform, [100, 300]).max).toBeLessThanOrEqual(Math.sqrt(6 / 400));
  expect(moments(init.fanUniform, [300, 100]).max).toBeLessThanOrEqual(0.1);
});

it("constants and given contents are what they say; contents of another size are refused", () => {
  expect(Array.from(initialize(init.ones, [2, 2], rngOf(1)))).toEqual([1, 1, 1, 1]);
  expect(Array.from(initialize(init.constant(-2), [3], rngOf(1)))).toEqual([-2, -2, -2]);
  const given = Float32Array.of(1, 2, 3);
  const made = initialize(init.given(given), [3], rngOf(1));
  expect(Array.from(made)).toEqual([1, 2, 3]);
  expect(made).not.toBe(given);
  expect(() => initialize(init.given(given), [4], rngOf(1))).toThrow(/weights_size/);
});
