import type { Value } from "../../../ir/index.js";
import { type Definition, sample } from "../../define.js";
import type { NetworkBuilder } from "../../network.js";
import { linear } from "../linear.js";
import { EXAMPLE_GRAPH } from "./example.js";
import { type Aggregation, aggregate, rowCount } from "./segments.js";
import { edgesOf, type GraphStructure } from "./structure.js";

export interface MessagePassing {
  /**
   * What an edge sends, [E, M], from the features of its source and its target [E, C] and its own [E, D]. Default: the
   * source's features.
   */
  readonly message?: (g: NetworkBuilder, source: Value, target: Value, edge: Value | undefined) => Value;
  /** How a node joins what comes in; nothing comes in: 0. Default "sum". */
  readonly aggregate?: Aggregation;
  /** A node's next features from its own [nodes, C] and what came in [nodes, M]. Default: what came in. */
  readonly update?: (g: NetworkBuilder, x: Value, received: Value) => Value;
  /** Features of edges, [E, D]. */
  readonly edges?: Value;
}

/**
 * One round of messages along the edges of a graph (Gilmer et al. 2017): the general form of graph layers. Parameters of
 * `message` and `update` stand in the scopes "message" and "update".
 */
export function messagePassing(
  g: NetworkBuilder,
  x: Value,
  structure: GraphStructure & { readonly kind: "edges" },
  options: MessagePassing = {},
): Value {
  const { sources, targets } = structure;
  const from = g.Gather(x, sources, { axis: 0 });
  const { message, update } = options;
  const rows =
    message === undefined
      ? from
      : g.scope("message", () => message(g, from, g.Gather(x, targets, { axis: 0 }), options.edges));
  const received = aggregate(g, rows, targets, rowCount(g, x), options.aggregate ?? "sum");
  return update === undefined ? received : g.scope("update", () => update(g, x, received));
}

const both = (g: NetworkBuilder, a: Value, b: Value, out: number) =>
  g.Relu(linear(g, g.Concat([a, b], { axis: -1 }), out));

export const definitions: readonly Definition[] = [
  {
    kind: "layer",
    name: "messagePassing",
    group: "Graphs",
    doc: "One round of messages along edges, with any message, aggregation (sum, mean, max) and update.",
    formula: "yᵢ = update(xᵢ, ⨁ⱼ message(xⱼ, xᵢ, eⱼᵢ))",
    source: "Gilmer et al. 2017, arXiv:1704.01212",
    samples: [
      sample({ x: [4, 3] }, [4, 2], (g, { x }) =>
        messagePassing(g, x, edgesOf(g, EXAMPLE_GRAPH), {
          aggregate: "max",
          update: (g, own, received) => both(g, own, received, 2),
        }),
      ),
      sample({ x: [4, 3], e: [5, 2] }, [4, 6], (g, { x, e }) =>
        messagePassing(g, x, edgesOf(g, EXAMPLE_GRAPH), {
          edges: e,
          aggregate: "mean",
          message: (g, source, target, edge) => both(g, g.Sub(source, target), edge ?? source, 6),
        }),
      ),
    ],
  },
];
