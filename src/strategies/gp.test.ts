import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { pairedScore, pairedSpace } from "../testing/paired-choices.js";
import { simulateSearch } from "../testing/simulated-search.js";
import type { Scored } from "./define.js";
import { GaussianProcess, logExpectedImprovement } from "./gaussian-process.js";
import { gp, random } from "./index.js";
import { normalCdf } from "./parzen.js";
import { normalQuantile, normalScores } from "./targets.js";
import { lesson } from "./told.js";

/** Solves by Gauss-Jordan elimination with pivots: another way than the code's. */
function solve(matrix: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, b[i] ?? 0]);
  for (let at = 0; at < rows.length; at++) {
    const pivot = rows.reduce(
      (best, row, i) => (i >= at && Math.abs(row[at] ?? 0) > Math.abs(rows[best]?.[at] ?? 0) ? i : best),
      at,
    );
    [rows[at], rows[pivot]] = [rows[pivot] ?? [], rows[at] ?? []];
    const own = rows[at] ?? [];
    rows.forEach((row, i) => {
      if (i === at) return;
      const factor = (row[at] ?? 0) / (own[at] ?? 1);
      own.forEach((value, j) => {
        row[j] = (row[j] ?? 0) - factor * value;
      });
    });
  }
  return rows.map((row, i) => (row.at(-1) ?? 0) / (row[i] ?? 1));
}

describe("the Gaussian process", () => {
  const options = { length2: 1.5, noise: 0.05 };
  const vector = (i: number) => Float32Array.from({ length: 3 }, (_, j) => rngOf(1, i, j).normal());
  const rows = Array.from({ length: 12 }, (_, i) => vector(i));
  const targets = rows.map((_, i) => Math.sin(i));
  const kernel = (a: Float32Array, b: Float32Array) =>
    Math.exp(-a.reduce((sum, x, j) => sum + (x - (b[j] ?? 0)) ** 2, 0) / (2 * options.length2));

  it("has the posterior of the textbook", () => {
    const process = new GaussianProcess(options);
    for (const row of rows) process.add(row);
    process.observe(targets);
    const matrix = rows.map((a, i) =>
      rows.map((b, j) => kernel(a, b) + (i === j ? options.noise + 1e-9 : 0)),
    );
    const weights = solve(matrix, targets);
    for (let i = 0; i < 20; i++) {
      const at = vector(100 + i);
      const k = rows.map((row) => kernel(row, at));
      const mean = k.reduce((sum, value, j) => sum + value * (weights[j] ?? 0), 0);
      const explained = solve(matrix, k).reduce((sum, value, j) => sum + value * (k[j] ?? 0), 0);
      const said = process.at(at);
      expect(said.mean).toBeCloseTo(mean, 8);
      expect(said.deviation).toBeCloseTo(Math.sqrt(1 - explained), 8);
    }
  });

  it("states the likelihood of what it observes", () => {
    const process = new GaussianProcess(options);
    const [a, b] = [vector(1), vector(2)];
    process.add(a);
    process.add(b);
    const [c, d] = [1 + options.noise + 1e-9, kernel(a, b)];
    const [y, z] = [0.3, -1.1];
    const determinant = c * c - d * d;
    const fit = (c * y * y - 2 * d * y * z + c * z * z) / determinant;
    expect(process.observe([y, z])).toBeCloseTo(
      -fit / 2 - Math.log(determinant) / 2 - Math.log(2 * Math.PI),
      10,
    );
  });

  it("does not break where rows are equal", () => {
    const process = new GaussianProcess({ length2: 1, noise: 0 });
    for (let i = 0; i < 5; i++) process.add(vector(0));
    process.observe([1, 1, 1, 1, 1]);
    expect(process.at(vector(0)).mean).toBeCloseTo(1, 4);
    expect(process.at(vector(0)).deviation).toBeLessThan(1e-3);
  });
});

describe("expected improvement", () => {
  it("is the integral that it stands for, near the bound and far below it", () => {
    for (const z of [2, 0.5, -1, -1.99, -2.01, -3, -5, -8]) {
      const [deviation, bound] = [0.7, 0.4];
      const mean = bound + z * deviation;
      // Simpson's rule over what lies above the bound.
      const [steps, width] = [20_000, 12 * deviation];
      let sum = 0;
      for (let i = 0; i <= steps; i++) {
        const gain = (width * i) / steps;
        const x = (bound + gain - mean) / deviation;
        const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
        sum += weight * gain * Math.exp((-x * x) / 2);
      }
      const integral = (sum * width) / steps / 3 / (deviation * Math.sqrt(2 * Math.PI));
      expect(logExpectedImprovement(mean, deviation, bound) - Math.log(integral)).toBeCloseTo(0, 3);
    }
  });

  it("orders what is hopeless, too", () => {
    expect(logExpectedImprovement(-40, 1, 0)).toBeGreaterThan(logExpectedImprovement(-41, 1, 0));
    expect(Number.isFinite(logExpectedImprovement(-1000, 1, 0))).toBe(true);
  });
});

describe("scores as targets", () => {
  it("are quantiles of a normal distribution, equal for equal scores, whatever the scale", () => {
    for (const chance of [1e-6, 0.01, 0.02425, 0.3, 0.5, 0.9, 0.999])
      expect(normalCdf(normalQuantile(chance))).toBeCloseTo(chance, 6);
    const scores = [0.1, 0.9, 0.5, 0.5, Number.NEGATIVE_INFINITY];
    const targets = normalScores(scores);
    expect(targets[2]).toBe(targets[3]);
    expect(targets[1]).toBeCloseTo(normalQuantile(0.9), 12);
    expect(targets[4]).toBeCloseTo(normalQuantile(0.1), 12);
    expect([...normalScores(scores.map((score) => 1000 * score - 3))]).toEqual([...targets]);
  });
});

describe("gp", () => {
  it("finds more than random search in the same number of trials", async () => {
    const bestOf = async (strategy: typeof gp, seed: number) => {
      const { told } = await simulateSearch(strategy, pairedSpace, {
        trials: 60,
        seed,
        objective: pairedScore,
      });
      return Math.max(...told.map(({ score }) => score));
    };
    for (let seed = 0; seed < 5; seed++)
      expect(await bestOf(gp, seed)).toBeGreaterThan(await bestOf(random, seed));
  });

  it("holds the best and the latest trials up to its cap", () => {
    const ranked = Array.from(
      { length: 10 },
      (_, i): Scored => ({ trial: (7 * i) % 10, genotype: null, score: -i, rung: 0 }),
    );
    expect(lesson(ranked, 4).map(({ trial }) => trial)).toEqual([0, 7, 9, 8]);
    expect(lesson(ranked, 10)).toEqual(ranked);
  });

  it("refuses options that make no sense", () => {
    expect(() => gp.searcher({ most: 1 })).toThrow(/most must be at least 2/i);
    expect(() => gp.searcher({ every: 0 })).toThrow(/every must be a whole number/i);
  });
});
