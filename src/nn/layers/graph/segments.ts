import { stopGradient } from "../../../autodiff/index.js";
import type { Value } from "../../../ir/index.js";
import type { Builder } from "../../../ops/index.js";
import { sumAt } from "./structure.js";

export type Aggregation = "sum" | "mean" | "max";

/**
 * Rows [E, C] joined by the segment that each belongs to (`segments`, int64 [E]), to [count, C]. Segments without rows
 * give 0. `count` is a number, or an int64 scalar where only the run knows it.
 */
export function aggregate(
  g: Builder,
  rows: Value,
  segments: Value,
  count: number | Value,
  how: Aggregation,
): Value {
  if (how === "max") return maximum(g, rows, segments, count);
  const sum = sumAt(g, filled(g, rows, count, 0), segments, rows);
  return how === "sum" ? sum : g.Div(sum, g.Max([sizes(g, rows, segments, count), one(g, rows)]));
}

/** Softmax of scores [E, H] among the rows of each segment (Veličković et al. 2018, equation 2). */
export function segmentSoftmax(g: Builder, scores: Value, segments: Value, count: number | Value): Value {
  // The largest score of a segment only keeps exponentials in range: no gradient goes through it.
  const highest = g.Gather(stopGradient(g, maximum(g, scores, segments, count)), segments, { axis: 0 });
  const raised = g.Exp(g.Sub(scores, highest));
  const sums = sumAt(g, filled(g, raised, count, 0), segments, raised);
  return g.Div(raised, g.Gather(sums, segments, { axis: 0 }));
}

/** Rows in each segment, [count, 1]. */
export function sizes(g: Builder, like: Value, segments: Value, count: number | Value): Value {
  const ones = g.Expand(
    g.Unsqueeze(one(g, like), g.i64([0, 1])),
    g.Concat([g.Shape(segments), g.i64([1])], { axis: 0 }),
  );
  return sumAt(g, filled(g, ones, count, 0), segments, ones);
}

function maximum(g: Builder, rows: Value, segments: Value, count: number | Value): Value {
  const lowest = g.ScatterND(filled(g, rows, count, LOWEST), g.Unsqueeze(segments, g.i64([-1])), rows, {
    reduction: "max",
  });
  const empty = g.LessOrEqual(lowest, g.scalar(LOWEST, rows.dtype));
  return g.Where(empty, g.scalar(0, rows.dtype), lowest);
}

/** Below all numbers that a network computes with, and a float32. */
const LOWEST = -3e38;

function one(g: Builder, like: Value): Value {
  return g.scalar(1, like.dtype);
}

/** A number in all places of [count, columns of `like`]. */
function filled(g: Builder, like: Value, count: number | Value, value: number): Value {
  const columns = like.shape[1];
  const width = typeof columns === "number" ? g.i64([columns]) : g.Shape(like, { start: 1, end: 2 });
  const height = typeof count === "number" ? g.i64([count]) : g.Reshape(count, g.i64([1]));
  return g.Expand(g.scalar(value, like.dtype), g.Concat([height, width], { axis: 0 }));
}

/** Number of rows of x as {@link aggregate} takes it. */
export function rowCount(g: Builder, x: Value): number | Value {
  const [rows] = x.shape;
  return typeof rows === "number" ? rows : g.Squeeze(g.Shape(x, { start: 0, end: 1 }), g.i64([0]));
}
