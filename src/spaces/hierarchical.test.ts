import { describe, expect, it } from "vitest";
import { isIssue, rngOf } from "../base/index.js";
import { size, validate } from "../schema/index.js";
import { problemOfShape } from "../zoo/index.js";
import {
  buildGenotype,
  diversifiedHierarchical,
  HIERARCHICAL_TRIVIAL,
  type HierarchicalGenotype,
  hierarchical,
  mutateHierarchical,
} from "./index.js";

const problem = problemOfShape([3, 16, 16], 4);
const entries = (genotype: HierarchicalGenotype) =>
  Object.entries(genotype).flatMap(([part, edges]) =>
    Object.entries(edges).map(([edge, operation]) => [`${part}/${edge}`, operation] as const),
  );
const convsOf = (genotype: HierarchicalGenotype) =>
  buildGenotype(hierarchical, problem, genotype).network.graph.nodes.filter((it) => it.opType === "Conv")
    .length;

describe("hierarchical", () => {
  it("has 7^46 matrices, of which those without a path are refused", () => {
    expect(size(hierarchical.schema)).toMatchObject({ count: 7n ** 46n, exact: false });
    const cut = { ...HIERARCHICAL_TRIVIAL, cell: { ...HIERARCHICAL_TRIVIAL.cell, edge23: "none" } };
    const refused = validate(hierarchical.schema, cut);
    expect(isIssue(refused) && refused.expected).toMatch(/a path from the cell's source/);
    // A motif that leads nowhere is none: the same path is cut one level below.
    const { motif1 } = HIERARCHICAL_TRIVIAL;
    const below = { ...HIERARCHICAL_TRIVIAL, motif1: { ...motif1, edge34: "none" } };
    expect(isIssue(validate(hierarchical.schema, below))).toBe(true);
  });

  it("a mutation changes at most one entry, reaches every entry, and keeps a path", () => {
    const touched = new Set<string>();
    let genotype = HIERARCHICAL_TRIVIAL;
    for (let i = 0; i < 1500; i++) {
      const child = mutateHierarchical(genotype, rngOf(1, i));
      const before = new Map(entries(genotype));
      const changed = entries(child).filter(([key, operation]) => before.get(key) !== operation);
      expect(changed.length).toBeLessThanOrEqual(1);
      for (const [key] of changed) touched.add(key);
      genotype = child;
    }
    expect(touched.size).toBe(46);
    const made = diversifiedHierarchical(rngOf(2));
    expect(isIssue(validate(hierarchical.schema, made))).toBe(false);
  });

  it("builds a motif wherever it is named, and nothing that is on no path", () => {
    const trivial = HIERARCHICAL_TRIVIAL;
    // The stem, and after each of three stages a depthwise and a pointwise convolution.
    expect(convsOf(trivial)).toBe(7);
    const conv = { ...trivial.motif1, edge12: "conv_1x1" } as const;
    // Four uses in the cell, three cells.
    expect(convsOf({ ...trivial, motif1: conv })).toBe(7 + 4 * 3);
    expect(convsOf({ ...trivial, motif2: conv })).toBe(7);
    // A second edge into the sink is merged by one convolution more a cell.
    expect(convsOf({ ...trivial, cell: { ...trivial.cell, edge15: "motif1" } })).toBe(7 + 3);
    // An edge that leaves a node nobody reaches.
    expect(
      convsOf({ ...trivial, motif1: { ...conv, edge12: "none", edge14: "identity", edge13: "none" } }),
    ).toBe(7);
  });
});
