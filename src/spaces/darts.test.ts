import { describe, expect, it } from "vitest";
import { isIssue, rngOf } from "../base/index.js";
import { countParams } from "../nn/index.js";
import { sample, size, validate } from "../schema/index.js";
import { buildModel } from "../train/index.js";
import { problemOfShape } from "../zoo/index.js";
import {
  bodyOf,
  DARTS_OPERATORS,
  type DartsGenotype,
  darts,
  dartsFromAlphas,
  dartsSpace,
  supernetBody,
} from "./index.js";

const NODES = ["node2", "node3", "node4", "node5"] as const;

/** Alphas in which a genotype's edges stand out. */
function alphasOf(cell: DartsGenotype["normal"], strength: number): number[][] {
  return NODES.flatMap((name, i) =>
    Array.from({ length: i + 2 }, (_, from) => {
      const op = cell[name][`from${from}`];
      const rng = rngOf(1, name, from);
      return ["none", ...DARTS_OPERATORS].map((it) => 0.1 * rng.float() + (it === op ? strength : 0));
    }),
  );
}

describe("darts", () => {
  it("holds (180 · 7^8)^2 pairs of cells", () => {
    const cell = 180n * 7n ** 8n;
    expect(size(darts.schema)).toMatchObject({ count: cell * cell, exact: true });
  });

  it("the published cell has the published parameters", () => {
    const genotype = darts.seeds?.["darts-v2"] as DartsGenotype;
    const network = buildModel(
      "darts",
      problemOfShape([3, 32, 32], 10),
      bodyOf(dartsSpace({ width: 36, cells: 20 }), genotype),
      { training: false, batch: 1 },
    );
    // As printed by the authors' evaluation of DARTS_V2 on CIFAR-10 (3.349342 M).
    expect(countParams(network)).toBe(3_349_342);
  });

  it("has an architecture parameter of eight numbers for each of 2 × 14 edges", () => {
    const supernet = buildModel("darts", problemOfShape([3, 16, 16], 4), supernetBody(darts.tiny ?? darts), {
      training: false,
      batch: 1,
    });
    expect(supernet.mixtures.length).toBe(28);
    for (const { choices } of supernet.mixtures) expect(choices).toEqual([null, ...DARTS_OPERATORS]);
  });

  it("discretises to the two strongest edges of each node, never to none", () => {
    for (let i = 0; i < 20; i++) {
      const genotype = sample(darts.schema, rngOf(2, i));
      expect(dartsFromAlphas(alphasOf(genotype.normal, 2), alphasOf(genotype.reduction, 2))).toEqual(
        genotype,
      );
    }
    // none is the strongest everywhere, and still not taken.
    const none = Array.from({ length: 14 }, (_, row) => [
      9,
      ...DARTS_OPERATORS.map((_, k) => (k === row % 7 ? 1 : 0)),
    ]);
    const derived = dartsFromAlphas(none, none);
    expect(isIssue(validate(darts.schema, derived))).toBe(false);
    expect(derived.normal.node2).toEqual({ inputs: [0, 1], from0: "max_pool_3x3", from1: "avg_pool_3x3" });
  });
});
