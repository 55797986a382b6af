import type { Value } from "../../../ir/index.js";
import { type Definition, sample } from "../../define.js";
import { init } from "../../initializers.js";
import type { NetworkBuilder } from "../../network.js";
import { linear } from "../linear.js";
import { EXAMPLE_GRAPH } from "./example.js";
import { edgesOf, type GraphStructure, sumOfNeighbours } from "./structure.js";

export interface GinOptions {
  /** Width of the perceptron's inner layer. Default: `out`. */
  readonly hidden?: number;
  /** Whether the weight of a node's own features is learned (GIN-ε) or 1 (GIN-0, default). */
  readonly learnEpsilon?: boolean;
}

/**
 * Graph isomorphism layer (Xu et al. 2019, arXiv:1810.00826, equation 4.1): a perceptron of two layers over a node's own
 * features and the sum of its neighbours'. x [nodes, C] with edges, or [..., nodes, C] with a matrix.
 */
export function ginConv(
  g: NetworkBuilder,
  x: Value,
  structure: GraphStructure,
  out: number,
  options: GinOptions = {},
): Value {
  const sum = options.learnEpsilon
    ? g.Add(
        g.Mul(x, g.Add(g.scalar(1), g.param("epsilon", [1], { init: init.zeros, decay: false }))),
        sumOfNeighbours(g, x, structure),
      )
    : sumOfNeighbours(g, x, structure, true);
  const h = g.Relu(g.scope("hidden", () => linear(g, sum, options.hidden ?? out)));
  return g.scope("out", () => linear(g, h, out));
}

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "ginConv",
    group: "Graphs",
    doc: "Graph isomorphism layer: a perceptron over the sum of a node's own features and its neighbours'.",
    formula: "yᵢ = MLP((1 + ε) xᵢ + Σⱼ xⱼ)",
    source: "Xu et al. 2019, arXiv:1810.00826",
    samples: [
      sample({ x: [4, 3] }, [4, 2], (g, { x }) => ginConv(g, x, edgesOf(g, EXAMPLE_GRAPH), 2, { hidden: 5 })),
      sample(
        { x: ["N", 3, 2], adjacency: { shape: ["N", 3, 3], low: 0, high: 2 } },
        ["N", 3, 4],
        (g, { x, adjacency }) => ginConv(g, x, { kind: "matrix", adjacency }, 4, { learnEpsilon: true }),
      ),
    ],
  },
];
