import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { eachIndex, ref, stridesOf } from "../reference.js";
import { axisAt, axisIssue, axisOf, filledLike, offsetOf, shapeOf } from "./rules.js";

declare module "../builder.js" {
  interface OpCalls {
    /** `cache` with `update` written along `axis`, for each element of the batch from its own place `at` [batch] on. */
    TensorScatter(
      cache: Value,
      update: Value,
      at?: Value,
      attrs?: { axis?: number; mode?: "linear" | "circular" },
    ): Value;
  }
}

/** A cache of keys or values with new ones written into it. */
export const TensorScatter = defineOp({
  type: "TensorScatter",
  since: 24,
  doc: "A cache with an update written along one axis, from a place of its own for each element of the batch.",
  inputs: ["cache", "update", "at?"],
  outputs: ["y"],
  attributes: { axis: attr.int(-2), mode: attr.string("linear") },
  infer({ cache, update, at }, { axis, mode }) {
    const rank = cache.shape.length;
    const along = axisOf(axis, rank);
    if (along === undefined || along === 0) return axisIssue(axis, rank);
    if (mode !== "linear" && mode !== "circular") {
      return issue("tensor_scatter_mode", { expected: "linear or circular", received: mode });
    }
    const off = update.shape.some((d, i) => i !== along && dim.conflict(d, cache.shape[i] ?? 1));
    const [own, room] = [update.shape[along] ?? 1, cache.shape[along] ?? 1];
    const tooLong = typeof own === "number" && typeof room === "number" && own > room;
    if (update.shape.length !== rank || off || tooLong || (at !== undefined && at.shape.length !== 1)) {
      return issue("tensor_scatter_update", {
        expected: `an update like ${dim.format(cache.shape)}, shorter along axis ${along}, and places [batch]`,
        received: dim.format(update.shape),
      });
    }
    return { y: { dtype: cache.dtype, shape: cache.shape } };
  },
  cost: () => ({ flops: 0 }),
  evaluate({ cache, update, at }, { axis, mode }) {
    const along = axisAt(axis, cache.dims.length);
    const strides = stridesOf(cache.dims);
    const room = cache.dims[along] ?? 1;
    const y = ref(cache.dtype, cache.dims, cache.data.slice());
    eachIndex(update.dims, (index, flat) => {
      const place = (index[along] ?? 0) + (at?.data[index[0] ?? 0] ?? 0);
      const to = mode === "circular" ? ((place % room) + room) % room : place;
      if (to >= 0 && to < room) y.data[offsetOf(index.with(along, to), strides)] = update.data[flat] ?? 0;
    });
    return { y };
  },
  // What was overwritten gets nothing, what was written gets the gradient of its place.
  grad(g, { cache, update, at }, { y: dy }, { attrs: { axis, mode }, needs }) {
    if (dy === undefined) return {};
    const along = axisAt(axis, cache.rank);
    const options = { axis, mode: mode === "circular" ? ("circular" as const) : ("linear" as const) };
    const place = () => {
      const d = update.shape[along];
      const count =
        typeof d === "number"
          ? g.i64(Array.from({ length: d }, (_, i) => i))
          : g.Range(
              g.i64(0),
              g.Squeeze(g.Shape(update, { start: along, end: along + 1 }), g.i64([0])),
              g.i64(1),
            );
      const row = g.Reshape(count, g.i64(cache.shape.map((_, i) => (i === along ? -1 : 1))));
      const start = at && g.Reshape(at, g.i64(cache.shape.map((_, i) => (i === 0 ? -1 : 1))));
      const moved = start === undefined ? row : g.Add(row, start);
      const room = g.Shape(cache, { start: along, end: along + 1 });
      return g.Expand(mode === "circular" ? g.Mod(moved, room) : moved, shapeOf(g, update));
    };
    return {
      cache: needs("cache") ? g.TensorScatter(dy, filledLike(g, update), at, options) : undefined,
      update: needs("update") ? g.GatherElements(dy, place(), { axis: along }) : undefined,
    };
  },
  samples: [
    {
      inputs: {
        cache: [2, 3, 4, 2],
        update: [2, 3, 1, 2],
        at: { dims: [2], dtype: "int64", values: [1, 2] },
      },
    },
    {
      inputs: {
        cache: [2, 4, 3],
        update: [2, 2, 3],
        at: { dims: [2], dtype: "int64", values: [3, 1], feed: true },
      },
      attrs: { mode: "circular" },
    },
    { inputs: { cache: [2, 5], update: [2, 3] }, attrs: { axis: 1 } },
  ],
});
