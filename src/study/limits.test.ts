import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExitCode } from "../base/index.js";
import { exceeded, excess, nothingFeasible } from "./limits.js";
import { type Costs, LIMIT_NAMES, type Limits } from "./types.js";

const costs: Costs = {
  params: 900,
  macs: 4000,
  flops: 8000,
  weightBytes: 3600,
  peakActivationBytes: 512,
  latencyMs: 0.4,
};

const limitsArbitrary: fc.Arbitrary<Limits> = fc.record(
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, fc.double({ min: 0.01, max: 10_000, noNaN: true })])),
  { requiredKeys: [] },
);

describe("limits", () => {
  it("are kept at the limit itself, and broken just above", () => {
    for (const name of LIMIT_NAMES) {
      const cost = costs[name] ?? 0;
      expect(exceeded(costs, { [name]: cost })).toEqual([]);
      expect(exceeded(costs, { [name]: cost * 0.999 }).map((it) => it.name)).toEqual([name]);
    }
  });

  it("are not broken by what is not known", () => {
    expect(exceeded({ params: 5 }, { latencyMs: 0.1, macs: 1 })).toEqual([]);
    expect(exceeded(costs, {})).toEqual([]);
  });

  it("excess is 1 where all are kept, and the product of the factors beyond", () => {
    expect(excess(costs, { params: 900 })).toBe(1);
    expect(excess(costs, { params: 450, macs: 1000, latencyMs: 1 })).toBeCloseTo(8);
    fc.assert(
      fc.property(limitsArbitrary, (limits) => {
        expect(excess(costs, limits) === 1).toBe(exceeded(costs, limits).length === 0);
      }),
    );
  });
});

describe("nothingFeasible", () => {
  const refusals = { count: 120, reasons: { params: 30, macs: 110, trainingTime: 500 }, smallest: costs };

  it("ends with exit code 3 and names the limit that binds, the smallest sample and what to relax", () => {
    const error = nothingFeasible({ params: 300, macs: 3900, latencyMs: 1 }, refusals, "mobile-cnn");
    expect(error.exitCode).toBe(ExitCode.nothingFeasible);
    expect(error.issue).toEqual({
      ...error.issue,
      code: "nothing_feasible",
      path: "--max-params 300",
      expected: "a network of mobile-cnn within all limits",
      received:
        "120 candidates, none of which fits; the closest has 900 params, 4000 MACs, 3600 weight bytes, 512 activation bytes, 0.40 ms",
      hint: "raise --max-params to at least 945 and --max-macs to at least 4200, or try another space",
    });
    expect(error.message).not.toContain("\n");
  });

  it("names the limit that refused most where no sample is known", () => {
    const unknown = nothingFeasible({ params: 1, macs: 2 }, { ...refusals, smallest: null }, "s");
    expect(unknown.issue.path).toBe("--max-macs 2");
    expect(unknown.issue.received).toContain("unknown costs");
    expect(unknown.issue.hint).toBe("relax a limit, or try another space");
  });

  it("gives advice that works: the closest sample fits the limits that it names", () => {
    fc.assert(
      fc.property(limitsArbitrary, (limits) => {
        const { hint = "" } = nothingFeasible(limits, refusals, "s").issue;
        const flags: Record<string, keyof Limits> = {
          "--max-params": "params",
          "--max-macs": "macs",
          "--max-weight-bytes": "weightBytes",
          "--max-memory": "peakActivationBytes",
          "--max-latency": "latencyMs",
        };
        const raised: Record<string, number> = { ...limits };
        for (const [, flag = "", value] of hint.matchAll(/(--[\w-]+) to at least ([\d.]+)/g))
          raised[flags[flag] ?? ""] = Number(value);
        expect(exceeded(costs, raised)).toEqual([]);
      }),
    );
  });
});
