import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isIssue, rngOf } from "../../base/index.js";
import { s, sample, validate } from "../../schema/index.js";
import { affine, affineBack, affineLength } from "./affine.js";
import { Lstm, type LstmStep } from "./lstm.js";
import { Parameters } from "./parameters.js";
import { chancesOf, entropyOf, policyGradient } from "./softmax.js";
import { BINS, genotypeBy, tokensOf } from "./tokens.js";

/** Central difference of a function by one number of an array. */
function slopeAt(at: Float64Array, i: number, f: () => number, step = 1e-5): number {
  const kept = at[i] ?? 0;
  at[i] = kept + step;
  const above = f();
  at[i] = kept - step;
  const below = f();
  at[i] = kept;
  return (above - below) / (2 * step);
}

describe("softmax", () => {
  const logits = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 6 });

  it("gives chances that sum to one, in proportion to the space's weights, 0 where there is nothing", () => {
    fc.assert(
      fc.property(logits, fc.nat(), (values, at) => {
        const weights = values.map((_, i) => (i === at % values.length ? 0 : i + 1));
        const chances = chancesOf(values, weights);
        expect(chances.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        expect(chances[at % values.length]).toBe(0);
      }),
    );
    expect([...chancesOf([0, 0, 0], [1, 3, 0])]).toEqual([0.25, 0.75, 0]);
    // A high temperature leaves the space's own weights.
    const hot = chancesOf([9, -9], [1, 3], 1e6);
    expect(hot[0]).toBeCloseTo(0.25, 4);
  });

  it("differentiates −advantage · ln p − bonus · entropy", () => {
    fc.assert(
      fc.property(logits, fc.double({ min: -2, max: 2, noNaN: true }), (values, advantage) => {
        const at = Float64Array.from(values);
        const weights = values.map((_, i) => (i === 1 ? 0 : 1));
        const loss = () => {
          const p = chancesOf(at, weights);
          return -advantage * Math.log(p[0] ?? 0) - 0.3 * entropyOf(p);
        };
        const exact = policyGradient(chancesOf(at, weights), 0, advantage, 0.3);
        for (const i of at.keys()) expect(exact[i]).toBeCloseTo(slopeAt(at, i, loss), 6);
      }),
    );
  });
});

describe("affine map", () => {
  it("is W·x + b, for any number of rows, with its gradients", () => {
    for (const outputs of [1, 3, 4, 5, 9]) {
      const block = new Parameters(1).block("map", affineLength(3, outputs), 1);
      const x = Float64Array.from([0.3, -1, 2]);
      const y = affine(block, x, outputs);
      for (const o of y.keys()) {
        const row = block.value.subarray(3 * o, 3 * o + 3);
        const direct = row.reduce((sum, w, i) => sum + w * (x[i] ?? 0), block.value[3 * outputs + o] ?? 0);
        expect(y[o]).toBeCloseTo(direct, 12);
      }
      const weights = y.map((_, o) => o + 1);
      const loss = () => affine(block, x, outputs).reduce((sum, it, o) => sum + it * (weights[o] ?? 0), 0);
      const dx = new Float64Array(3);
      affineBack(block, x, weights, dx);
      for (const i of dx.keys()) expect(dx[i]).toBeCloseTo(slopeAt(x, i, loss), 8);
      for (const i of block.value.keys()) {
        expect(block.gradient[i]).toBeCloseTo(slopeAt(block.value, i, loss), 8);
      }
    }
  });
});

describe("LSTM", () => {
  it("has the gradients of finite differences over several steps", () => {
    const parameters = new Parameters(3);
    const lstm = new Lstm(parameters, "cell", 2, 3, 0.9);
    const inputs = [0, 1, 2].map((t) => Float64Array.from([Math.sin(t + 1), Math.cos(2 * t)]));
    const run = () => {
      const steps: LstmStep[] = [];
      for (const x of inputs) steps.push(lstm.step(x, steps.at(-1) ?? lstm.start()));
      return steps;
    };
    // Every step's output counts, with other weights.
    const loss = () =>
      run().reduce((sum, { hidden }, t) => sum + hidden.reduce((a, h, u) => a + h * (t + u + 1), 0), 0);
    const steps = run();
    let gradient = { hidden: new Float64Array(3), cell: new Float64Array(3) };
    const dx: Float64Array[] = [];
    for (let t = steps.length - 1; t >= 0; t--) {
      gradient.hidden.forEach((h, u) => {
        gradient.hidden[u] = h + t + u + 1;
      });
      const back = lstm.back(steps[t] as LstmStep, gradient);
      dx[t] = back.input;
      gradient = back.before as typeof gradient;
    }
    for (const [t, x] of inputs.entries()) {
      for (const i of x.keys()) expect(dx[t]?.[i]).toBeCloseTo(slopeAt(x, i, loss), 7);
    }
    for (const { value, gradient: exact } of parameters.all()) {
      for (const i of value.keys()) expect(exact[i]).toBeCloseTo(slopeAt(value, i, loss), 7);
    }
  });
});

describe("Adam", () => {
  it("takes the steps of its definition", () => {
    const parameters = new Parameters(0);
    const { value, gradient } = parameters.block("x", 1, 0);
    let [x, m, v] = [0, 0, 0];
    for (let t = 1; t <= 5; t++) {
      const g = 2 * (x - 3);
      gradient[0] = g;
      parameters.descend(0.1);
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      x -= (0.1 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
      expect(value[0]).toBeCloseTo(x, 6);
      expect(gradient[0]).toBe(0);
    }
  });

  it("begins at values of the seed and the name, whatever was asked for before", () => {
    const one = new Parameters(5);
    const two = new Parameters(5);
    one.block("a", 4, 1);
    expect(one.block("b", 4, 1).value).toEqual(two.block("b", 4, 1).value);
    expect(one.block("b", 4, 1)).toBe(one.block("b", 4, 1));
    expect(new Parameters(6).block("b", 4, 1).value).not.toEqual(two.block("b", 4, 1).value);
  });
});

describe("tokens", () => {
  const tree = s.object({
    block: s.oneOf({
      conv: s.object({ kernel: s.oneOf([1, 3, 5]), groups: s.subset(["a", "b", "c"], { min: 1 }) }),
      none: s.object({}),
    }),
    widths: s.repeat(s.int({ min: 8, max: 32, step: 8 }), { min: 0, max: 3 }),
    rate: s.real({ min: 0.001, max: 1, log: true }),
  });

  it("are the decisions that a genotype is made of again", () => {
    for (let i = 0; i < 100; i++) {
      const genotype = sample(tree, rngOf(1, i));
      const tokens = tokensOf(tree, genotype);
      expect(new Set(tokens.map((it) => it.key)).size).toBe(tokens.length);
      for (const { weights, taken } of tokens) expect(weights[taken]).toBeGreaterThan(0);
      const taken = new Map(tokens.map((it) => [it.key, it.taken]));
      const again = genotypeBy(tree, rngOf(2, i), (key) => taken.get(key) ?? -1);
      // Ints of as many values as fit into the bins, and all choices, come back; a real within its bin.
      expect({ ...again, rate: 0 }).toEqual({ ...genotype, rate: 0 });
      expect(Math.abs(Math.log10(again.rate / genotype.rate))).toBeLessThanOrEqual(3 / BINS);
    }
  });

  it("are valid genotypes whatever is chosen", () => {
    for (let i = 0; i < 100; i++) {
      const rng = rngOf(3, i);
      const genotype = genotypeBy(tree, rng, (_, weights) => rng.weighted(weights));
      expect(isIssue(validate(tree, genotype))).toBe(false);
    }
  });
});
