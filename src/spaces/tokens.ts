/** Inputs as tokens, for spaces of transformers. */
import { fail, type Issue, issue } from "../base/index.js";
import type { Value } from "../ir/index.js";
import {
  embedding,
  fixedDim,
  linear,
  type NetworkBuilder,
  numericEmbedding,
  patchEmbedding,
} from "../nn/index.js";
import type { Features, Problem } from "../train/index.js";

/**
 * [N, tokens, width]: of an image `patches` squares along the shorter side (zeros are added at the lower and right
 * edge where they do not divide it), the steps of a series, the numbers of a vector, or the columns of a table.
 */
export function tokensOf(g: NetworkBuilder, features: Features, width: number, patches: number): Value {
  if (features.kind === "image") {
    const { image } = features;
    const patch = Math.max(1, Math.ceil(Math.min(fixedDim(image, 2), fixedDim(image, 3)) / patches));
    return patchEmbedding(g, padded(g, image, patch), width, patch);
  }
  if (features.kind === "plain") {
    const { x } = features;
    if (x.rank > 3) fail("space_input", { expected: "series or vectors", received: `${x.rank} axes` });
    return g.scope("steps", () => (x.rank === 3 ? linear(g, x, width) : numericEmbedding(g, x, width)));
  }
  const { numeric } = features;
  const numbers =
    numeric === undefined ? [] : [g.scope("numeric", () => numericEmbedding(g, numeric, width))];
  const categories = features.categorical.map(({ codes, count }, i) =>
    g.Unsqueeze(
      g.scope(`category${i + 1}`, () => embedding(g, codes, count, width)),
      g.i64([1]),
    ),
  );
  const [only, ...more] = [...numbers, ...categories];
  if (only === undefined) return fail("space_input", { expected: "a table with columns" });
  return more.length === 0 ? only : g.Concat([only, ...more], { axis: 1 });
}

function padded(g: NetworkBuilder, image: Value, patch: number): Value {
  const [below = 0, right = 0] = [2, 3].map((axis) => (patch - (fixedDim(image, axis) % patch)) % patch);
  return below + right === 0 ? image : g.Pad(image, g.i64([0, 0, 0, 0, 0, 0, below, right]));
}

/** `accepts` of spaces that read tokens: all but arrays of more than two axes. */
export function tokensOnly(name: string): (problem: Problem) => Issue | undefined {
  return ({ preprocessing, inputs }) => {
    const axes = inputs[0]?.shape.length ?? 0;
    if (preprocessing.kind !== "plain" || axes <= 2) return undefined;
    return issue("space_input", {
      path: name,
      expected: "images, tables, arrays [steps, channels] or vectors",
      received: `arrays of ${axes} axes`,
      hint: "use --space tabular-mlp",
    });
  };
}
