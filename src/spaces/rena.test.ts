import { describe, expect, it } from "vitest";
import { isIssue, rngOf } from "../base/index.js";
import { verifyGraph } from "../ir/index.js";
import { sample, validate } from "../schema/index.js";
import { problemOfShape } from "../zoo/index.js";
import { applyRena, buildGenotype, type RenaGenotype, rena, renaMoves } from "./index.js";

const problem = problemOfShape([1, 12, 12], 4);
const small = rena.seeds?.small as RenaGenotype;

describe("rena", () => {
  it("inserts, removes and scales", () => {
    const pool = { op: "pool", window: 2, mean: false } as const;
    expect(applyRena(small, { kind: "insert", at: 1, layer: pool })).toEqual({
      layers: [small.layers[0], pool, small.layers[1]],
    });
    expect(applyRena(small, { kind: "remove", at: 0 })).toEqual({ layers: [small.layers[1]] });
    const scaled = applyRena(small, { kind: "scale", at: 1, factor: 0.25 });
    expect(scaled).toEqual({ layers: [small.layers[0], { ...small.layers[1], channels: 8 }] });
  });

  it("masks what cannot be: too many halvings, the last layer, no change, a pool's channels", () => {
    const pool = { op: "pool", window: 2, mean: true } as const;
    const third = applyRena(small, { kind: "insert", at: 2, layer: pool });
    if (isIssue(third)) throw new Error(third.code);
    for (const [genotype, move] of [
      [third, { kind: "insert", at: 0, layer: pool }],
      [{ layers: [pool] }, { kind: "remove", at: 0 }],
      [{ layers: [pool] }, { kind: "scale", at: 0, factor: 2 }],
      [{ layers: [{ ...small.layers[0], channels: 256 }] }, { kind: "scale", at: 0, factor: 4 }],
      [small, { kind: "remove", at: 2 }],
      [small, { kind: "insert", at: -1, layer: pool }],
    ] as const) {
      expect(isIssue(applyRena(genotype as RenaGenotype, move))).toBe(true);
    }
    expect(renaMoves({ layers: [pool] }, rngOf(1)).every((move) => move.kind === "insert")).toBe(true);
  });

  it("every sequence of its moves leaves a network that verifies", () => {
    for (let run = 0; run < 10; run++) {
      let genotype = run === 0 ? small : sample(rena.schema, rngOf(3, run));
      for (let i = 0; i < 10; i++) {
        const rng = rngOf(4, run, i);
        const next = applyRena(genotype, rng.pick(renaMoves(genotype, rng)));
        if (isIssue(next)) throw new Error(next.code);
        expect(validate(rena.schema, next)).toBe(next);
        genotype = next;
      }
      expect(verifyGraph(buildGenotype(rena, problem, genotype).network.graph)).toEqual([]);
    }
  });
});
