import { numbersOf, tensor, type Value } from "../../../ir/index.js";
import type { Builder } from "../../../ops/index.js";
import { type Definition, sample } from "../../define.js";
import { type Initializer, init } from "../../initializers.js";
import { fixedDim, type NetworkBuilder } from "../../network.js";
import { EXAMPLE_GRAPH } from "./example.js";
import { degreesOf, edgesOf, type GraphStructure, sumOfNeighbours } from "./structure.js";

export interface GcnOptions {
  readonly bias?: boolean;
  readonly init?: Initializer;
}

/**
 * Graph convolution (Kipf & Welling 2017, arXiv:1609.02907, equation 2): D^-½ (A + I) D^-½ X W + b, D the degrees of
 * A + I. x [nodes, C] with edges, or [..., N, C] with a matrix, to `out` features. The edges are those of A, without
 * the nodes' own.
 *
 * Degrees scale the rows before and after, so that messages are sums without weights, and a node's own message is
 * where its sum begins.
 */
export function gcnConv(
  g: NetworkBuilder,
  x: Value,
  structure: GraphStructure,
  out: number,
  options: GcnOptions = {},
): Value {
  const features = fixedDim(x, -1);
  const weight = g.param("weight", [features, out], { init: options.init ?? init.glorotUniform });
  const scale = inverseRootDegrees(g, x, structure);
  const sum = sumOfNeighbours(g, g.Mul(g.MatMul(x, weight), scale), structure, true);
  const y = g.Mul(sum, scale);
  return options.bias === false ? y : g.Add(y, g.param("bias", [out], { init: init.zeros, decay: false }));
}

/** (1 + degree)^-½ of every node, [..., N, 1]; computed now where the graph is known. */
function inverseRootDegrees(g: Builder, x: Value, structure: GraphStructure): Value {
  const [nodes] = x.shape;
  const targets = structure.kind === "edges" ? structure.targets.data : undefined;
  if (targets !== undefined && typeof nodes === "number") {
    const degrees = new Array<number>(nodes).fill(1);
    for (const to of numbersOf(targets)) degrees[to] = (degrees[to] ?? 0) + 1;
    const roots = degrees.map((d) => 1 / Math.sqrt(d));
    return g.constant(tensor(x.dtype, [nodes, 1], roots), "degrees");
  }
  const degrees = g.Add(degreesOf(g, x, structure), g.scalar(1, x.dtype));
  return g.Reciprocal(g.Sqrt(degrees));
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "gcnConv",
    group: "Graphs",
    doc: "Graph convolution: features of neighbours and of the node itself, weighted by their degrees.",
    formula: "y = D^-½ (A + I) D^-½ x W + b",
    source: "Kipf & Welling 2017, arXiv:1609.02907",
    samples: [
      sample({ x: [4, 3] }, [4, 2], (g, { x }) => gcnConv(g, x, edgesOf(g, EXAMPLE_GRAPH), 2)),
      sample(
        {
          x: [4, 3],
          sources: { shape: [5], dtype: "int64", values: EXAMPLE_GRAPH.sources },
          targets: { shape: [5], dtype: "int64", values: EXAMPLE_GRAPH.targets },
        },
        [4, 2],
        (g, { x, sources, targets }) =>
          gcnConv(g, x, { kind: "edges", sources, targets }, 2, { bias: false }),
      ),
      sample(
        { x: ["N", 3, 2], adjacency: { shape: ["N", 3, 3], low: 0, high: 2 } },
        ["N", 3, 4],
        (g, { x, adjacency }) => gcnConv(g, x, { kind: "matrix", adjacency }, 4),
      ),
    ],
  },
];
