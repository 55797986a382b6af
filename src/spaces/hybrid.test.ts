import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { countParams } from "../nn/index.js";
import { sample, size, validate } from "../schema/index.js";
import { problemOfShape } from "../zoo/index.js";
import {
  buildGenotype,
  FBNET_V5_PATHS,
  fbnetV5,
  HYTRA_LAYERS,
  hytra,
  hytraFromString,
  hytraToString,
} from "./index.js";

describe("hytra", () => {
  const allowed = (digits: readonly number[]) => {
    const scales = digits.map((d) => [3, 3, 2, 2, 1, 0][d] ?? -1);
    return scales.every((to, i) => {
      const from = i === 0 ? 0 : (scales[i - 1] ?? 0);
      return to === from || to === from + 1;
    });
  };

  it("has a quarter of the channels on small images", () => {
    const { resnet50 } = hytra.seeds ?? {};
    if (resnet50 === undefined) throw new Error("no such seed");
    const paramsAt = (side: number) =>
      countParams(buildGenotype(hytra, problemOfShape([3, side, side], 10), resnet50).network);
    const ratio = paramsAt(64) / paramsAt(63);
    // Weights grow with the square of the channels, the classifier and normalisations by less.
    expect(ratio).toBeGreaterThan(15);
    expect(ratio).toBeLessThan(16);
  });

  it("holds the paths that brute force finds: scales never rise, and fall one step at most", () => {
    // All words of four layers, as a prefix of sixteen that stay where they are.
    let [found, same] = [0, 0];
    for (let word = 0; word < 6 ** 4; word++) {
      const digits = [216, 36, 6, 1].map((d) => Math.floor(word / d) % 6);
      const last = digits.at(-1) ?? 5;
      const text = [...digits, ...new Array<number>(12).fill(last)].join("");
      const valid = !("code" in (validate(hytra.schema, hytraFromString(text)) as object));
      if (allowed(digits)) found++;
      if (valid === allowed(digits)) same++;
    }
    expect(same).toBe(6 ** 4);
    expect(found).toBeGreaterThan(40);
  });

  it("has as many networks as paths through the scales, counted by hand", () => {
    let ways = [1n, 0n, 0n, 0n];
    const operators = [1n, 1n, 2n, 2n];
    for (let i = 0; i < 16; i++) {
      ways = ways.map((stay, k) => (stay + (ways[k - 1] ?? 0n)) * (operators[k] ?? 1n));
    }
    const count = ways.reduce((a, b) => a + b, 0n);
    expect(count).toBe(1_703_991n);
    // The schema sees that each layer depends on the one before, and bounds the number from above.
    const counted = size(hytra.schema);
    expect(counted.exact).toBe(false);
    expect(counted.log10).toBeGreaterThanOrEqual(Math.log10(Number(count)));
    expect(counted.log10).toBeLessThan(16 * Math.log10(6) + 1e-9);
  });

  it("without attention is ResNet-50, to the parameter", () => {
    const { resnet50, botnet50 } = hytra.seeds ?? {};
    if (resnet50 === undefined || botnet50 === undefined) throw new Error("seeds");
    const imagenet = problemOfShape([3, 224, 224], 1000);
    const { network } = buildGenotype(hytra, imagenet, resnet50);
    expect(countParams(network)).toBe(25_557_032);
    expect(network.graph.nodes.filter(({ opType }) => opType === "Conv").length).toBe(53);
    // Three 3×3 convolutions of 512 channels give way to four projections each and a depthwise 3×3.
    const mixed = buildGenotype(hytra, imagenet, botnet50).network;
    const attention = mixed.params.filter(({ name }) => name.includes("attention/"));
    const own = attention.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(countParams(mixed)).toBe(25_557_032 - 3 * 9 * 512 * 512 + own + 3 * 9 * 512);
    expect(own).toBeGreaterThanOrEqual(3 * 4 * 512 * 512);
  });

  it("is written as the published indices", () => {
    for (let i = 0; i < 20; i++) {
      const genotype = sample(hytra.schema, rngOf(1, i));
      expect(hytraFromString(hytraToString(genotype))).toEqual(genotype);
    }
    expect(HYTRA_LAYERS.indexOf("conv56")).toBe(5);
    for (const text of ["", "555", "6554444333333111", "x554444333333111"]) {
      expect(() => hytraFromString(text)).toThrow(/hytra_text/);
    }
  });
});

describe("fbnetv5", () => {
  const problem = problemOfShape([3, 32, 32], 10);
  const { supernet, single } = fbnetV5.seeds ?? {};
  if (supernet === undefined || single === undefined) throw new Error("seeds");

  it("is a mask over 36 blocks and 32 edges", () => {
    // Paths alive in a stage, and ordered pairs of those that were alive in the stage before.
    const alive = [1, 2, 3, 4, 4, 4];
    const blocks = alive.reduce((sum, it) => sum + 2 * it, 0);
    const edges = [0, 0, 2, 6, 12, 12].reduce((a, b) => a + b, 0);
    expect([blocks, edges]).toEqual([36, 32]);
    expect(size(fbnetV5.schema)).toMatchObject({ count: 2n ** BigInt(blocks + edges), exact: true });
  });

  it("builds what the output depends on, and nothing else", () => {
    const names = buildGenotype(fbnetV5, problem, single).network.params.map(({ name }) => name);
    // Without edges the coarsest path begins in stage 4 from the stage before; finer paths end there.
    expect(names.some((it) => it.startsWith("stage5/path16"))).toBe(false);
    expect(names.some((it) => it.startsWith("stage6/path32"))).toBe(true);
    expect(names.some((it) => it.startsWith("stage3/path16"))).toBe(true);
    const all = buildGenotype(fbnetV5, problem, supernet).network.params.map(({ name }) => name);
    for (const { scale } of FBNET_V5_PATHS)
      expect(all.some((it) => it.startsWith(`stage5/path${scale}`))).toBe(true);
    expect(new Set(all).size).toBe(all.length);
  });

  it("is the same network whatever is decided where nothing depends on it", () => {
    const hash = (genotype: typeof single) => buildGenotype(fbnetV5, problem, genotype).hash;
    const { stage6 } = single;
    const idle = {
      ...single,
      stage6: { ...stage6, path4: { ...stage6.path4, block1: false, from32: true } },
    };
    expect(hash(idle)).toBe(hash(single));
    const other = { ...single, stage6: { ...stage6, path32: { ...stage6.path32, block1: false } } };
    expect(hash(other)).not.toBe(hash(single));
  });
});
