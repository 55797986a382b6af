/** Inputs as series, for spaces that read step by step. */
import { fail, type Issue, issue } from "../base/index.js";
import type { Value } from "../ir/index.js";
import type { Builder } from "../ops/index.js";
import type { Features, Problem } from "../train/index.js";

/** [N, steps, channels]: rows of an image with all their channels, steps of an array, or a vector's numbers in a row. */
export function seriesOf(g: Builder, features: Features): Value {
  if (features.kind === "image") {
    return g.Reshape(g.Transpose(features.image, { perm: [0, 2, 1, 3] }), g.i64([0, 0, -1]));
  }
  if (features.kind === "plain") {
    return features.x.rank === 3 ? features.x : g.Unsqueeze(features.x, g.i64([2]));
  }
  return fail("space_input", { expected: "images or plain arrays", received: "a table" });
}

/** `accepts` of spaces for series: all but tables, and arrays of more than two axes. */
export function seriesOnly(name: string): (problem: Problem) => Issue | undefined {
  return ({ preprocessing, inputs }) => {
    const axes = inputs[0]?.shape.length ?? 0;
    if (preprocessing.kind === "image" || (preprocessing.kind === "plain" && axes <= 2)) return undefined;
    return issue("space_input", {
      path: name,
      expected: "images, arrays [steps, channels] or vectors",
      received: preprocessing.kind === "table" ? "a table" : `arrays of ${axes} axes`,
      hint: "use --space tabular-mlp",
    });
  };
}
