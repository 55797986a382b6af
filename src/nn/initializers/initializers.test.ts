import { describe, expect, it } from "vitest";
import { rngOf } from "../../base/index.js";
import { type Initializer, init, initialize } from "../initializers.js";

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
  ["heUniform", init.heUniform, [200, 100], 1, Math.sqrt(2 / 100)],
  ["lecunNormal", init.lecunNormal, [200, 100], 1, Math.sqrt(1 / 100)],
  ["lecunUniform", init.lecunUniform, [200, 100], 1, Math.sqrt(1 / 100)],
  ["normal", init.normal(0.02), [100, 100], 1, 0.02],
  // 1 − 2·2·φ(2)/(2Φ(2) − 1) is the variance that cutting leaves.
  ["truncatedNormal", init.truncatedNormal(0.02), [100, 200], 1, 0.02 * 0.879626],
  ["uniform", init.uniform(0.3), [100, 200], 1, 0.3 / Math.sqrt(3)],
  ["glorotNormal", init.glorotNormal, [100, 300], 1, Math.sqrt(2 / 400)],
  ["glorotUniform", init.glorotUniform, [100, 300], 1, Math.sqrt(2 / 400)],
  ["fanUniform", init.fanUniform, [300, 100], 1, 1 / Math.sqrt(300)],
  ["embedding", init.embedding(64), [300, 64], 1, 1 / 8],
  [
    "variance scaling, truncated",
    init.varianceScaling(1, "in", "truncated-normal"),
    [200, 100],
    1,
    Math.sqrt(1 / 100),
  ],
  [
    "variance scaling, by outputs",
    init.varianceScaling(2, "out", "uniform"),
    [200, 100],
    1,
    Math.sqrt(4 / 200),
  ],
] as const)("%s has its standard deviation", (_, spec, shape, groups, std) => {
  const found = moments(spec, shape, groups);
  expect(Math.abs(found.mean)).toBeLessThan(0.05 * std);
  expect(found.std / std).toBeGreaterThan(0.97);
  expect(found.std / std).toBeLessThan(1.03);
});

it("bounded ones keep their bounds, and come near them", () => {
  for (const [spec, bound] of [
    [init.glorotUniform, Math.sqrt(6 / 400)],
    [init.fanUniform, 1 / Math.sqrt(300)],
    [init.uniform(0.3), 0.3],
    [init.truncatedNormal(0.02), 0.04],
  ] as const) {
    const { max } = moments(spec, [100, 300]);
    expect(max).toBeLessThanOrEqual(Math.fround(bound));
    expect(max).toBeGreaterThan(0.98 * bound);
  }
});

it("normal ones have the tails of normal numbers", () => {
  const data = initialize(init.normal(1), [40_000], rngOf(2));
  const beyond = (limit: number) => data.filter((x) => Math.abs(x) > limit).length / data.length;
  expect(Math.abs(beyond(1) - 0.3173)).toBeLessThan(0.012);
  expect(Math.abs(beyond(2) - 0.0455)).toBeLessThan(0.006);
});

describe("orthogonal matrices", () => {
  const gram = (data: Float32Array, rows: number, columns: number, byRows: boolean) => {
    const at = (i: number, j: number) => data[byRows ? i * columns + j : j * columns + i] ?? 0;
    const [count, width] = byRows ? [rows, columns] : [columns, rows];
    return Array.from({ length: count }, (_, a) =>
      Array.from({ length: count }, (_, b) => {
        let sum = 0;
        for (let j = 0; j < width; j++) sum += at(a, j) * at(b, j);
        return sum;
      }),
    );
  };

  it.each([
    [4, 9],
    [9, 4],
    [6, 6],
    [1, 5],
  ])("[%d, %d]: the fewer of rows and columns are orthonormal, times the gain", (rows, columns) => {
    const data = initialize(init.orthogonal(2), [rows, columns], rngOf(3));
    gram(data, rows, columns, rows <= columns).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(i === j ? 4 : 0, 5);
      });
    });
  });

  it("are different draws for different streams, with signs of both kinds", () => {
    const entries = Array.from(
      { length: 200 },
      (_, i) => initialize(init.orthogonal(), [2, 2], rngOf(i))[0] ?? 0,
    );
    const mean = entries.reduce((a, b) => a + b, 0) / entries.length;
    // The cosine of a uniform angle has mean 0 and variance 1/2.
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(0.5 / 200));
  });

  it("delta-orthogonal kernels are an orthogonal matrix in the middle and zero elsewhere", () => {
    const data = initialize(init.deltaOrthogonal(), [4, 4, 3, 3], rngOf(3));
    const middle = Float32Array.from({ length: 16 }, (_, i) => data[i * 9 + 4] ?? 0);
    expect(data.filter((x) => x !== 0).length).toBe(16);
    gram(middle, 4, 4, true).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(i === j ? 1 : 0, 5);
      });
    });
  });
});

it("identity is a convolution that changes nothing, group by group", () => {
  expect(Array.from(initialize(init.identity(), [2, 2, 3], rngOf(1)))).toEqual([
    0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
  ]);
  expect(Array.from(initialize(init.identity(2), [2, 3], rngOf(1)))).toEqual([2, 0, 0, 0, 2, 0]);
  expect(Array.from(initialize(init.identity(), [2, 1, 3], rngOf(1), 2))).toEqual([0, 1, 0, 0, 1, 0]);
  expect(() => initialize(init.identity(), [3], rngOf(1))).toThrow(/initializer_shape/);
});

it("sparse rows have so many weights", () => {
  const data = initialize(init.sparse(15, 0.5), [200, 60], rngOf(4));
  for (let i = 0; i < 200; i++) {
    expect(data.slice(i * 60, (i + 1) * 60).filter((x) => x !== 0).length).toBe(15);
  }
  const weights = Array.from(data).filter((x) => x !== 0);
  const std = Math.sqrt(weights.reduce((a, b) => a + b * b, 0) / weights.length);
  expect(std / 0.5).toBeCloseTo(1, 1);
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
