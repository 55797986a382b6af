import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { countParams } from "../nn/index.js";
import { formatSize, sample, size, validate } from "../schema/index.js";
import { learnBars, seedOf } from "../testing/bars.js";
import { tableProblem } from "../testing/zoo-contract.js";
import { outputWidth, type Problem } from "../train/index.js";
import { problemOfShape } from "../zoo/index.js";
import { buildGenotype } from "./define.js";
import { type TransformerGenotype, transformer } from "./transformer.js";

/** Tokens of a problem, and the numbers that make them: [tokens, parameters]. */
function embeddingOf({ inputs, preprocessing }: Problem, { width, patches }: TransformerGenotype) {
  if (preprocessing.kind === "image") {
    const { channels, height, width: across } = preprocessing;
    const patch = Math.ceil(Math.min(height, across) / patches);
    const tokens = Math.ceil(height / patch) * Math.ceil(across / patch);
    return [tokens, channels * patch * patch * width + width] as const;
  }
  if (preprocessing.kind === "plain") {
    const [steps = 0, channels] = inputs[0]?.shape ?? [];
    return [steps, channels === undefined ? 2 * steps * width : (channels + 1) * width] as const;
  }
  const { numeric, categorical } = preprocessing;
  const numbers = numeric.length + numeric.filter(({ missing }) => missing > 0).length;
  const codes = categorical.reduce((sum, { categories }) => sum + categories.length + 1, 0);
  return [numbers + categorical.length, (2 * numbers + codes) * width] as const;
}

/** The count by hand. */
function expectedParams(problem: Problem, genotype: TransformerGenotype): number {
  const { width, positions, normalization, gated, blocks } = genotype;
  const [tokens, embedding] = embeddingOf(problem, genotype);
  const length = tokens + (genotype.pool === "class-token" ? 1 : 0);
  const norm = normalization === "layer" ? 2 * width : width;
  const bodies = blocks.map(({ attention, ratio }) => {
    const out = width * width + width;
    const inner = ratio * width;
    const feedForward = (gated ? 2 : 1) * (width * inner + inner) + inner * width + width;
    if (attention.op === "linear") return 3 * out + out + 2 * norm + feedForward;
    const { heads, kvHeads, talking } = attention;
    const keys = (width / heads) * kvHeads;
    const relative = positions === "relative" ? (2 * 32 + 1) * heads : 0;
    const exchange = talking ? 2 * heads * heads : 0;
    return (width + 1) * (width + 2 * keys) + out + relative + exchange + 2 * norm + feedForward;
  });
  return (
    embedding +
    (length - tokens) * width +
    (positions === "learned" ? length * width : 0) +
    bodies.reduce((a, b) => a + b, 0) +
    (genotype.norm === "pre" ? norm : 0) +
    (width + 1) * outputWidth(problem.task)
  );
}

describe("transformer", () => {
  it.each([
    ["images", problemOfShape([3, 30, 21], 5)],
    ["series", problemOfShape([12, 3], 4)],
    ["vectors", problemOfShape([7], 3)],
    ["tables", tableProblem()],
  ])("has exactly the parameters that are counted by hand: %s", (_, problem) => {
    for (let i = 0; i < 60; i++) {
      const genotype = sample(transformer.schema, rngOf(1, "count", i));
      const { network } = buildGenotype(transformer, problem, genotype);
      expect({ i, params: countParams(network) }).toEqual({ i, params: expectedParams(problem, genotype) });
    }
  });

  it("holds DeiT-Ti: the published number of parameters", () => {
    const genotype = transformer.seeds?.["deit-ti"];
    const { network } = buildGenotype(transformer, problemOfShape([3, 224, 224], 1000), genotype);
    expect(countParams(network)).toBe(5_717_416);
  });

  it("heads cut the width, and heads of keys and values those of the queries", () => {
    const small = transformer.seeds?.small;
    if (small === undefined) throw new Error("no seed");
    const withHeads = (heads: number, kvHeads: number) => ({
      ...small,
      blocks: [{ attention: { op: "softmax", heads, kvHeads, talking: false }, ratio: 1 }],
    });
    expect(validate(transformer.schema, withHeads(4, 2))).toMatchObject({ width: 64 });
    expect(validate(transformer.schema, withHeads(3, 1))).toMatchObject({ path: "blocks/0/attention/heads" });
    expect(validate(transformer.schema, withHeads(4, 3))).toMatchObject({
      path: "blocks/0/attention/kvHeads",
    });
  });

  it("trains", async () => {
    const losses = await learnBars(transformer, { genotype: seedOf("small"), epochs: 20, rate: 3e-3 });
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0));
  });

  it("is counted", () => {
    // Blocks at 64, 128 and 256: heads 1, 2, 4, 8 with 1, 2, 3, 4 divisors, twice but for one head, and four linear.
    const blocks = (heads: readonly number[]) =>
      heads.reduce((sum, h) => {
        const divisors = [1, 2, 3, 4, 6, 8, 12].filter((k) => h % k === 0).length;
        return sum + 4 * (divisors * (h > 1 ? 2 : 1) + 1);
      }, 0);
    const widths = [32, 48, 64, 96, 128, 192, 256];
    const lists = widths.map((width) => {
      const n = BigInt(blocks([1, 2, 3, 4, 6, 8, 12].filter((h) => width % (2 * h) === 0)));
      return Array.from({ length: 12 }, (_, i) => n ** BigInt(i + 1)).reduce((a, b) => a + b, 0n);
    });
    const rest = BigInt(4 * 6 * 2 * 2 * 3 * 2 * 2 * 2);
    const total = size(transformer.schema);
    expect(total.exact).toBe(true);
    expect(total.count).toBe(rest * lists.reduce((a, b) => a + b, 0n));
    expect(formatSize(total)).toBe("2.8e31");
  });
});
