import { describe, expect, it } from "vitest";
import { isIssue, rngOf } from "../base/index.js";
import { countParams } from "../nn/index.js";
import { sample } from "../schema/index.js";
import { problemOfShape } from "../zoo/index.js";
import {
  buildGenotype,
  NB101_OPERATORS,
  type Nb101Spec,
  nb101,
  nb101Channels,
  nb101FromSpec,
  nb101Hash,
  nb101ToSpec,
} from "./index.js";

/** The example of the benchmark's own documentation: an Inception-like cell. */
const INCEPTION: Nb101Spec = {
  matrix: [
    [0, 1, 1, 1, 0, 1, 0],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 1, 0, 0],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0, 0],
  ],
  ops: [
    "input",
    "conv1x1-bn-relu",
    "conv3x3-bn-relu",
    "conv3x3-bn-relu",
    "conv3x3-bn-relu",
    "maxpool3x3",
    "output",
  ],
};

function genotypeOf(spec: Nb101Spec) {
  const genotype = nb101FromSpec(spec);
  if (isIssue(genotype)) throw new Error(JSON.stringify(genotype));
  return genotype;
}

/**
 * Cells of `n` vertices up to isomorphism, by Burnside's lemma over upper-triangular matrices without loose ends: each
 * matrix stands for 3-colourings of its inner vertices up to its automorphisms, and is counted once a class.
 */
function countCells(n: number): number {
  const inner = n - 2;
  const pairs: [number, number][] = [];
  for (let u = 0; u < n; u++) for (let v = u + 1; v < n; v++) pairs.push([u, v]);
  const index = new Map(pairs.map(([u, v], i) => [u * n + v, i]));
  const moves = permutations(inner).map((order) => {
    const to = [0, ...order.map((v) => v + 1), n - 1];
    let cycles = 0;
    const seen = new Set<number>();
    for (let v = 0; v < inner; v++) {
      if (!seen.has(v)) cycles++;
      for (let w = v; !seen.has(w); w = order[w] ?? 0) seen.add(w);
    }
    return {
      image: pairs.map(([u, v]) => index.get((to[u] ?? 0) * n + (to[v] ?? 0)) ?? -1),
      colours: 3 ** cycles,
    };
  });
  let total = 0;
  for (let mask = 1; mask < 2 ** pairs.length; mask++) {
    let edges = 0;
    for (let rest = mask; rest !== 0; rest &= rest - 1) edges++;
    if (edges > 9) continue;
    let sources = 0;
    let sinks = 0;
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const [u = 0, v = 0] = pairs[31 - Math.clz32(rest & -rest)] ?? [];
      sources |= 1 << u;
      sinks |= 1 << v;
    }
    // Every vertex but the last has a way out, every one but the first a way in.
    if (sources !== 2 ** (n - 1) - 1 || sinks !== 2 ** n - 2) continue;
    let triangular = 0;
    let colourings = 0;
    for (const { image, colours } of moves) {
      let moved = 0;
      for (let rest = mask; rest !== 0 && moved >= 0; rest &= rest - 1) {
        const to = image[31 - Math.clz32(rest & -rest)] ?? -1;
        moved = to < 0 ? -1 : moved | (1 << to);
      }
      if (moved < 0) continue;
      triangular++;
      if (moved === mask) colourings += colours;
    }
    total += colourings / triangular;
  }
  return Math.round(total);
}

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}

describe("nb101", () => {
  it("there are 423,624 cells", () => {
    const counts = [2, 3, 4, 5, 6, 7].map(countCells);
    expect(counts.slice(0, 3)).toEqual([1, 6, 84]);
    expect(counts.reduce((sum, it) => sum + it, 0)).toBe(423_624);
  });

  it("the Inception-like cell has the benchmark's parameters", () => {
    const { network } = buildGenotype(nb101, problemOfShape([3, 32, 32], 10), genotypeOf(INCEPTION));
    expect(countParams(network)).toBe(2_694_282);
  });

  it("reads and writes matrix and operators, pruned", () => {
    expect(nb101ToSpec(genotypeOf(INCEPTION))).toEqual(INCEPTION);
    for (let i = 0; i < 100; i++) {
      const spec = nb101ToSpec(sample(nb101.schema, rngOf(4, i)));
      expect(nb101ToSpec(genotypeOf(spec))).toEqual(spec);
    }
    // Vertex 1 leads nowhere, vertex 2 comes from nowhere.
    const loose: Nb101Spec = {
      matrix: [
        [0, 1, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
      ],
      ops: ["input", "maxpool3x3", "maxpool3x3", "output"],
    };
    expect(nb101ToSpec(genotypeOf(loose))).toEqual({
      matrix: [
        [0, 1],
        [0, 0],
      ],
      ops: ["input", "output"],
    });
  });

  it.each([
    [{ matrix: [[0]], ops: ["input"] }, /2 to 7 vertices/],
    [{ matrix: [[0, 1]], ops: ["input", "output"] }, /a matrix of 2 by 2/],
    [
      {
        matrix: [
          [0, 0],
          [1, 0],
        ],
        ops: ["input", "output"],
      },
      /upper-triangular/,
    ],
    [
      {
        matrix: [
          [0, 0],
          [0, 0],
        ],
        ops: ["input", "output"],
      },
      /a path from the input/,
    ],
    [
      {
        matrix: [
          [0, 1, 0],
          [0, 0, 1],
          [0, 0, 0],
        ],
        ops: ["input", "conv7x7", "output"],
      },
      /one of conv3x3/,
    ],
  ] as const)("refuses %j", (spec, message) => {
    const result = nb101FromSpec(spec);
    expect(isIssue(result) ? result.expected : "").toMatch(message);
  });

  it("the hash is shared by isomorphic cells alone", () => {
    const two = (first: string, second: string): Nb101Spec => ({
      matrix: [
        [0, 1, 1, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
      ],
      ops: ["input", first, second, "output"],
    });
    const [conv3, conv1, pool] = NB101_OPERATORS;
    expect(nb101Hash(two(conv3, conv1))).toBe(nb101Hash(two(conv1, conv3)));
    expect(nb101Hash(two(conv3, conv1))).not.toBe(nb101Hash(two(conv3, pool)));
    expect(nb101Hash(INCEPTION)).toMatch(/^[0-9a-f]{32}$/);
  });

  it("divides channels as the benchmark does", () => {
    // Three vertices feed the output: 128 = 43 + 43 + 42; a vertex inside has what it feeds.
    expect(nb101Channels(INCEPTION.matrix, 64, 126)).toEqual([64, 32, 32, 31, 31, 31, 126]);
    const three: Nb101Spec["matrix"] = [
      [0, 1, 1, 1, 0],
      [0, 0, 0, 0, 1],
      [0, 0, 0, 0, 1],
      [0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0],
    ];
    expect(nb101Channels(three, 128, 128)).toEqual([128, 43, 43, 42, 128]);
  });
});
