import { type Dim, dim, type Issue, issue, type Shape } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { sizeOf } from "../../ir/index.js";
import { lengthsIn, sameContents } from "../contents.js";
import { defineOp } from "../define.js";
import { ref } from "../reference.js";
import { lengthOf, listOf, reshapeTo, unknownRank, unknownShape } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** The same elements in another shape; -1 stands for what is left, 0 for the length at the same place. */
    Reshape(x: Value, shape: Value, attrs?: { allowzero?: number }): Value;
  }
}

/** The same elements in another shape, in row-major order. */
export const Reshape = defineOp({
  type: "Reshape",
  since: 5,
  doc: "The same elements in another shape; -1 stands for what is left, 0 copies a length.",
  inputs: ["x", "shape"],
  outputs: ["y"],
  attributes: { allowzero: { type: "int", default: 0 } },
  infer({ x, shape }, { allowzero }) {
    const target = lengthsIn(shape);
    if (target === undefined) {
      const rank = lengthOf(shape);
      if (rank === undefined) return unknownRank("shape");
      return { y: { dtype: x.dtype, shape: unknownShape(rank) } };
    }
    const out = reshaped(x.shape, target, allowzero === 1);
    return "code" in out ? out : { y: { dtype: x.dtype, shape: out } };
  },
  contents: ({ x }) => sameContents(x),
  cost: () => ({ flops: 0 }),
  evaluate({ x, shape }, { allowzero }) {
    const target = (listOf(shape) ?? []).map((d, i) => (d === 0 && allowzero !== 1 ? (x.dims[i] ?? 1) : d));
    const rest = x.data.length / sizeOf(target.filter((d) => d !== -1));
    return {
      y: ref(
        x.dtype,
        target.map((d) => (d === -1 ? rest : d)),
        x.data,
      ),
    };
  },
  grad: (g, { x }, { y: dy }) => ({ x: dy && reshapeTo(g, dy, x.shape, x) }),
  samples: [
    { inputs: { x: [2, 3, 4], shape: { dims: [2], dtype: "int64", values: [6, 4] } } },
    { inputs: { x: [2, 3, 4], shape: { dims: [3], dtype: "int64", values: [0, -1, 2] } } },
    { inputs: { x: [1], shape: { dims: [0], dtype: "int64", values: [] } } },
    { inputs: { x: [0, 3], shape: { dims: [2], dtype: "int64", values: [3, 0] } }, attrs: { allowzero: 1 } },
  ],
});

/** Shape that a Reshape has as its result. */
export function reshaped(from: Shape, target: readonly Dim[], allowZero: boolean): Dim[] | Issue {
  const size = dim.size(from);
  const out: (Dim | undefined)[] = [];
  let open = -1;
  for (const [i, d] of target.entries()) {
    if (d === -1) {
      if (open >= 0) {
        return issue("reshape_open", { expected: "at most one -1", received: `[${target.join(", ")}]` });
      }
      open = i;
      out.push(undefined);
    } else if (d === 0 && !allowZero) {
      const copied = from[i];
      if (copied === undefined) {
        return issue("reshape_copy", { expected: `an input axis ${i} to copy`, received: dim.format(from) });
      }
      out.push(copied);
    } else if (typeof d === "number" && d < 0) {
      return issue("reshape_negative", {
        expected: "lengths of -1 or more",
        received: `[${target.join(", ")}]`,
      });
    } else out.push(d);
  }
  const known = dim.size(out.filter((d) => d !== undefined));
  if (open < 0) {
    if (dim.conflict(size, known)) return mismatch(from, target);
    return out.filter((d) => d !== undefined);
  }
  const rest = known === 0 ? 0 : dim.divide(size, known);
  if (rest === undefined && typeof size === "number" && typeof known === "number") {
    return mismatch(from, target);
  }
  out[open] = rest ?? dim.unknown();
  return out.filter((d) => d !== undefined);
}

function mismatch(from: Shape, target: readonly Dim[]): Issue {
  return issue("reshape_size", {
    expected: `a shape of ${dim.size(from)} elements for ${dim.format(from)}`,
    received: `[${target.join(", ")}]`,
  });
}
