import { isIssue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { sameContents } from "../contents.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { axesOf, integersOf, lengthOf, listOf, unknownRank, unknownShape } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** Insert axes of length 1, so that they stand at `axes` of the result. */
    Unsqueeze(x: Value, axes: Value): Value;
  }
}

/** Insert axes of length 1. */
export const Unsqueeze = defineOp({
  type: "Unsqueeze",
  since: 13,
  doc: "Insert axes of length 1 at the given places of the result.",
  inputs: ["x", "axes"],
  outputs: ["y"],
  infer({ x, axes }) {
    const given = integersOf(axes);
    if (given === undefined) {
      const count = axes.shape.length === 0 ? 1 : lengthOf(axes);
      if (count === undefined) return unknownRank("axes");
      return { y: { dtype: x.dtype, shape: unknownShape(x.shape.length + count) } };
    }
    const places = axesOf(given, x.shape.length + given.length);
    if (isIssue(places)) return places;
    return { y: { dtype: x.dtype, shape: inserted(x.shape, places) } };
  },
  contents: ({ x }) => sameContents(x),
  cost: () => ({ flops: 0 }),
  evaluate({ x, axes }) {
    const given = listOf(axes) ?? [];
    const rank = x.dims.length + given.length;
    const places = given.map((a) => (a < 0 ? a + rank : a));
    return { y: ref(x.dtype, inserted(x.dims, places), x.data) };
  },
  grad: (g, { axes }, { y: dy }) => ({ x: dy && g.Squeeze(dy, axes) }),
  samples: [
    { inputs: { x: [2, 3], axes: { dims: [1], dtype: "int64", values: [1] } } },
    { inputs: { x: [2, 3], axes: { dims: [2], dtype: "int64", values: [-1, 0] } } },
    { inputs: { x: [2], axes: { dims: [1], dtype: "int64", values: [-2] } } },
  ],
});

function inserted<T>(dims: readonly T[], places: readonly number[]): (T | 1)[] {
  const rest = dims.values();
  return Array.from({ length: dims.length + places.length }, (_, i) =>
    places.includes(i) ? 1 : (rest.next().value ?? 1),
  );
}
