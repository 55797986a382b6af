import { fail } from "../../../base/index.js";
import { tensor, type Value } from "../../../ir/index.js";
import type { Builder } from "../../../ops/index.js";
import { type Initializer, init } from "../../initializers.js";
import { fixedDim, type NetworkBuilder } from "../../network.js";

/** Edges of a graph that is known when the network is built. A message goes from `sources[i]` to `targets[i]`. */
export interface Edges {
  readonly nodes: number;
  readonly sources: readonly number[];
  readonly targets: readonly number[];
}

/**
 * Graph convolution (Kipf & Welling 2017, arXiv:1609.02907, equation 2): D^-½ (A + I) D^-½ X W + b, D the number of
 * edges that come in, the node's own included. x [nodes, C] to [nodes, out].
 *
 * The graph is a constant: A + I stands as a 0/1 matrix, from which training takes the sparse form where that is faster
 * (`passes/lower-sparse-products.ts`); degrees scale rows before and after.
 */
export function gcnConv(
  g: NetworkBuilder,
  x: Value,
  out: number,
  edges: Edges,
  options: { readonly init?: Initializer } = {},
): Value {
  const features = fixedDim(x, -1);
  const weight = g.param("weight", [out, features], { init: options.init ?? init.glorotUniform });
  const bias = g.param("bias", [out], { init: init.zeros, decay: false });
  const { matrix, scale } = normalisedAdjacency(g, edges);
  const mixed = g.Gemm(x, weight, undefined, { transB: 1 });
  return g.Add(g.Mul(g.MatMul(matrix, g.Mul(mixed, scale)), scale), bias);
}

/** A + I as a matrix of zeros and ones [nodes, nodes], and D^-½ as a column. */
function normalisedAdjacency(g: Builder, edges: Edges): { readonly matrix: Value; readonly scale: Value } {
  const { nodes } = edges;
  const data = new Float32Array(nodes * nodes);
  edges.targets.forEach((to, i) => {
    const from = edges.sources[i] ?? -1;
    if (!(to >= 0 && to < nodes && from >= 0 && from < nodes)) {
      fail("graph_edge", {
        path: `edge ${i}`,
        expected: `nodes below ${nodes}`,
        received: `${from} to ${to}`,
      });
    }
    data[to * nodes + from] = 1;
  });
  for (let i = 0; i < nodes; i++) data[i * nodes + i] = 1;
  const scale = Array.from(
    { length: nodes },
    (_, i) => 1 / Math.sqrt(data.subarray(i * nodes, (i + 1) * nodes).reduce((a, b) => a + b, 0)),
  );
  return {
    matrix: g.constant({ dtype: "float32", dims: [nodes, nodes], data }, "adjacency"),
    scale: g.constant(tensor("float32", [nodes, 1], scale), "degrees"),
  };
}
