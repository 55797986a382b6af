import { describe, expect, it } from "vitest";
import { countCosts } from "../cost/index.js";
import { bakeWeights, countParams } from "../nn/index.js";
import { problemOfShape } from "../zoo/index.js";
import { buildGenotype, giantFormula, tinyFormula, tinynetSpace, widthFor } from "./index.js";

describe("tinynet", () => {
  it.each([
    ["a", 6_187_972, 336.9],
    ["b", 3_730_562, 200.7],
    ["c", 2_457_234, 99.5],
    ["d", 2_338_446, 51.6],
    ["e", 2_042_972, 24.4],
  ] as const)(
    "TinyNet-%s at 224 pixels has %i parameters and %d M multiply-accumulates",
    (name, params, megaMacs) => {
      const { network } = buildGenotype(
        tinynetSpace,
        problemOfShape([3, 224, 224], 1000),
        tinynetSpace.seeds?.[name],
      );
      expect(countParams(network)).toBe(params);
      const states = network.states.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
      const zeros = { params: new Float32Array(params), states: new Float32Array(states) };
      const { macs } = countCosts(bakeWeights(network, zeros));
      // Resampling the image costs products as well, which the published counts leave out.
      const resizing = countCosts(
        bakeWeights(network, zeros).with({
          nodes: network.graph.nodes.filter((it) => it.opType === "Resize"),
        }),
      ).macs;
      expect((macs - resizing) / 1e6).toBeCloseTo(megaMacs, 0);
    },
  );
});

describe("the tiny formula", () => {
  const front = [
    { cost: 1, resolution: 1, depth: 1 },
    { cost: 0.5, resolution: 0.95, depth: 0.9 },
    { cost: 0.2, resolution: 0.85, depth: 0.75 },
    { cost: 0.05, resolution: 0.6, depth: 0.6 },
  ];

  it("gives a width that makes up the cost exactly", () => {
    const formula = tinyFormula(front);
    for (const cost of [1, 0.4, 0.1, 0.03]) {
      const { resolution, width, depth } = formula(cost);
      expect(resolution ** 2 * depth * width ** 2).toBeCloseTo(cost, 12);
    }
    expect(widthFor(0.25, 1, 1)).toBe(0.5);
  });

  it("passes through its trials as the noise goes to 0, and returns to their mean far away", () => {
    const exact = tinyFormula(front, { noise: 1e-6, lengthScale: 0.7 });
    for (const { cost, resolution, depth } of front) {
      expect(exact(cost).resolution).toBeCloseTo(resolution, 4);
      expect(exact(cost).depth).toBeCloseTo(depth, 4);
    }
    const far = exact(1e-12);
    expect(far.resolution).toBeCloseTo(0.85, 6);
    expect(far.depth).toBeCloseTo(0.8125, 6);
    expect(() => tinyFormula([])).toThrow(/at least one trained network/);
  });

  it("the giant formula halves the cost in a step, nearly", () => {
    const { resolution, width, depth } = giantFormula(1);
    expect(resolution ** 2 * depth * width ** 2).toBeCloseTo(0.52, 2);
    expect(giantFormula(0)).toEqual({ resolution: 1, width: 1, depth: 1 });
  });
});
