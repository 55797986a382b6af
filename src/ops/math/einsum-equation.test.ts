import { describe, expect, it } from "vitest";
import { isIssue, unwrap } from "../../base/index.js";
import { contractionMacs, readEquation, writeEquation } from "./einsum-equation.js";

describe("readEquation", () => {
  const read = (equation: string, ...shapes: (number | string)[][]) => readEquation(equation, shapes);
  const code = (equation: string, ...shapes: (number | string)[][]) => {
    const it = read(equation, ...shapes);
    return isIssue(it) ? it.code : "accepted";
  };

  it("orders an implicit output alphabetically", () => {
    expect(unwrap(read("ba,cb", [2, 3], [4, 2])).output).toEqual(["a", "c"]);
    expect(unwrap(read("ii", [3, 3])).output).toEqual([]);
    expect(unwrap(read("b...a", [2, 5, 3])).output).toEqual([".0", "a", "b"]);
  });

  it("aligns ellipses from the right", () => {
    const it = unwrap(read("...i,...i->...", ["N", 5, 3], [5, 3]));
    expect(it.output.map((label) => it.sizes.get(label))).toEqual(["N", 5]);
  });

  it("says what is wrong", () => {
    expect(code("ij,jk->ik", [2, 3])).toBe("einsum_terms");
    expect(code("ij->i->j", [2, 3])).toBe("einsum_terms");
    expect(code("ij->ik", [2, 3])).toBe("einsum_output");
    expect(code("ij->ii", [2, 3])).toBe("einsum_output");
    expect(code("ijk->i", [2, 3])).toBe("einsum_rank");
    expect(code("i->i", [2, 3])).toBe("einsum_rank");
    expect(code("i1->i", [2, 3])).toBe("einsum_rank");
    expect(code("ij,jk->ik", [2, 3], [4, 5])).toBe("einsum_size");
  });

  it("counts multiply-accumulates of pairwise contraction", () => {
    expect(contractionMacs(unwrap(read("ij,jk->ik", [3, 4], [4, 2])))).toBe(24);
    expect(contractionMacs(unwrap(read("ij,jk->ik", ["N", 4], [4, 2])))).toBe("8*N");
    // (2·3·4 for the first product) + (2·4·2 for the second)
    expect(contractionMacs(unwrap(read("ij,jk,kl->il", [2, 3], [3, 4], [4, 2])))).toBe(40);
  });

  it("writes hidden labels with letters that are free", () => {
    expect(
      writeEquation(
        [
          ["a", ".0"],
          [".0", "b"],
        ],
        ["a", "b"],
      ),
    ).toBe("ac,cb->ab");
  });
});
