import { fail, type Issue, issue } from "../base/index.js";
import type { Value } from "../ir/index.js";
import type { Features, Problem } from "../train/index.js";

const KINDS = { image: "images", table: "a table", plain: "plain arrays" } as const;

/** `accepts` of architectures for images of at least `minSide` pixels each way. */
export function imagesOnly(name: string, minSide = 8): (problem: Problem) => Issue | undefined {
  return ({ preprocessing }) => {
    if (preprocessing.kind !== "image") {
      return issue("architecture_input", {
        path: name,
        expected: "images",
        received: KINDS[preprocessing.kind],
        hint: "mlp, tabular-resnet and linear take tables and vectors",
      });
    }
    const { height, width } = preprocessing;
    if (Math.min(height, width) >= minSide) return undefined;
    return issue("architecture_input", {
      path: name,
      expected: `images of at least ${minSide} by ${minSide} pixels`,
      received: `${height} by ${width}`,
      hint: "choose a larger image size, or the architecture mlp",
    });
  };
}

/** `accepts` of architectures for tables and vectors. */
export function tablesOnly(name: string): (problem: Problem) => Issue | undefined {
  return ({ preprocessing }) =>
    preprocessing.kind !== "image"
      ? undefined
      : issue("architecture_input", {
          path: name,
          expected: "a table or plain vectors",
          received: "images",
          hint: "use resnet20 or another architecture for images",
        });
}

/** The image of features that {@link imagesOnly} has let through. */
export function imageOf(name: string, features: Features): Value {
  return features.kind === "image"
    ? features.image
    : fail("architecture_input", { path: name, expected: "images" });
}
