import { fail } from "../../../base/index.js";
import { tensor, type Value } from "../../../ir/index.js";
import type { Builder } from "../../../ops/index.js";

/** Edges of a graph that is known when the network is built. A message goes from `sources[i]` to `targets[i]`. */
export interface EdgeList {
  readonly nodes: number;
  readonly sources: readonly number[];
  readonly targets: readonly number[];
}

/**
 * How nodes reach each other. As edges: nodes are rows of x [nodes, C], and both ends are int64 vectors; several graphs
 * are one graph of separate parts. As a matrix: x is [..., N, C] and `adjacency` [..., N, N] holds at (i, j) the weight
 * of what i receives from j; batches of graphs are padded with rows and columns of zeros.
 */
export type GraphStructure =
  | { readonly kind: "edges"; readonly sources: Value; readonly targets: Value }
  | { readonly kind: "matrix"; readonly adjacency: Value };

/** The structure of known edges, as constants. Errors: `graph_edge` where an end is no node. */
export function edgesOf(g: Builder, list: EdgeList): GraphStructure & { readonly kind: "edges" } {
  const { nodes, sources, targets } = list;
  if (sources.length !== targets.length) {
    fail("graph_edge", { expected: `${sources.length} targets`, received: `${targets.length}` });
  }
  for (const [i, node] of [...sources, ...targets].entries()) {
    if (Number.isInteger(node) && node >= 0 && node < nodes) continue;
    fail("graph_edge", {
      path: `edge ${i % sources.length}`,
      expected: `nodes from 0 to ${nodes - 1}`,
      received: `${node}`,
    });
  }
  return { kind: "edges", sources: g.i64(sources), targets: g.i64(targets) };
}

/**
 * Sums of rows [E, ...] at the nodes that they are for, on top of `onto` [nodes, ...]. ScatterND adds whole rows; on
 * 12,000 edges of 64 numbers it takes as long as gathering them, and a quarter of the dense product of 1,000 nodes.
 */
export function sumAt(g: Builder, onto: Value, targets: Value, rows: Value): Value {
  return g.ScatterND(onto, g.Unsqueeze(targets, g.i64([-1])), rows, { reduction: "add" });
}

/** What every node receives: the sum of its neighbours' rows, with its own row where `self` is set. */
export function sumOfNeighbours(g: Builder, x: Value, structure: GraphStructure, self = false): Value {
  if (structure.kind === "matrix") {
    const received = g.MatMul(structure.adjacency, x);
    return self ? g.Add(received, x) : received;
  }
  const onto = self ? x : zerosLike(g, x);
  return sumAt(g, onto, structure.targets, g.Gather(x, structure.sources, { axis: 0 }));
}

/** How much every node receives: the number of edges that come in, or the sum of its row of the matrix; [..., N, 1]. */
export function degreesOf(g: Builder, x: Value, structure: GraphStructure): Value {
  if (structure.kind === "matrix") return g.ReduceSum(structure.adjacency, g.i64([-1]), { keepdims: 1 });
  const column = zerosLike(g, g.Slice(x, g.i64([0]), g.i64([1]), g.i64([1])));
  const { targets } = structure;
  const one = g.Expand(
    g.constant(tensor(x.dtype, [1, 1], [1])),
    g.Concat([g.Shape(targets), g.i64([1])], { axis: 0 }),
  );
  return sumAt(g, column, targets, one);
}

/** Zeros of the shape of x, a constant where the shape is fixed. */
export function zerosLike(g: Builder, x: Value): Value {
  const shape = x.shape.every((d) => typeof d === "number") ? g.i64(x.dims) : g.Shape(x);
  return g.ConstantOfShape(shape, { value: tensor(x.dtype, [1], [0]) });
}
