import { ONNX_DTYPE, type Value } from "../../../ir/index.js";
import { type Definition, sample } from "../../define.js";
import type { NetworkBuilder } from "../../network.js";
import { MASKED } from "../attention/masks.js";
import { linear } from "../linear.js";
import { type Aggregation, aggregate, segmentSoftmax } from "./segments.js";

/** Which graph of a batch each node belongs to, and how many graphs there are. */
export interface NodeBatch {
  /** int64 [nodes]. */
  readonly graphs: Value;
  /** A number, or an int64 scalar. */
  readonly count: number | Value;
}

/**
 * One row for each graph from the rows of its nodes x [nodes, C]: sum, mean or largest numbers, or a sum weighted by
 * learned scores that sum to 1 within a graph ("attention", after Li et al. 2016). Graphs without nodes give 0.
 */
export function readout(
  g: NetworkBuilder,
  x: Value,
  { graphs, count }: NodeBatch,
  how: Aggregation | "attention",
): Value {
  if (how !== "attention") return aggregate(g, x, graphs, count, how);
  const weights = segmentSoftmax(
    g,
    g.scope("score", () => linear(g, x, 1)),
    graphs,
    count,
  );
  return aggregate(g, g.Mul(x, weights), graphs, count, "sum");
}

/**
 * One row for each graph of a padded batch x [N, nodes, C]; `present` [N, nodes] (bool) says which nodes are real. Graphs
 * without nodes give 0.
 */
export function paddedReadout(
  g: NetworkBuilder,
  x: Value,
  present: Value,
  how: Aggregation | "attention",
): Value {
  const real = g.Unsqueeze(present, g.i64([-1]));
  const factor = g.Cast(real, { to: ONNX_DTYPE.float32 });
  const sum = (v: Value) => g.ReduceSum(v, g.i64([1]), { keepdims: 0 });
  if (how === "attention") {
    const scores = g.Where(
      real,
      g.scope("score", () => linear(g, x, 1)),
      g.scalar(MASKED),
    );
    return sum(g.Mul(g.Mul(g.Softmax(scores, { axis: 1 }), factor), x));
  }
  if (how === "max") {
    const highest = g.ReduceMax(g.Where(real, x, g.scalar(MASKED)), g.i64([1]), { keepdims: 0 });
    return g.Mul(highest, g.ReduceMax(factor, g.i64([1]), { keepdims: 0 }));
  }
  const total = sum(g.Mul(x, factor));
  return how === "sum" ? total : g.Div(total, g.Max([sum(factor), g.scalar(1)]));
}

const graphs = { shape: [5], dtype: "int64", values: [0, 0, 1, 1, 1] } as const;
const present = { shape: ["N", 3], dtype: "bool", values: [1, 1, 0, 1, 0, 0] } as const;
const group = "Graphs";
const source = "Li et al. 2016, arXiv:1511.05493 (attention)";

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "readout",
    group,
    doc: "One row for each graph of a batch from the rows of its nodes: sum, mean, max or attention.",
    source,
    samples: (["mean", "max", "attention"] as const).map((how) =>
      sample({ x: [5, 3], graphs }, [2, 3], (g, { x, graphs }) => readout(g, x, { graphs, count: 2 }, how)),
    ),
  },
  {
    kind: "layer",
    name: "paddedReadout",
    group,
    doc: "One row for each graph of a padded batch, padding left out: sum, mean, max or attention.",
    source,
    samples: (["sum", "mean", "max", "attention"] as const).map((how) =>
      sample({ x: ["N", 3, 2], present }, ["N", 2], (g, { x, present }) => paddedReadout(g, x, present, how)),
    ),
  },
];
