import type { Graph } from "../ir/index.js";
import { type Names, normalDistribution, opOf, readAttributes } from "../ops/index.js";
import { rewrite } from "./rewrite.js";

/**
 * Gelu as x Φ(x), for training: its gradient needs Φ(x) too, and merging common subexpressions then leaves one of
 * them. Measured with its gradient on a million numbers: 5.8 against 6.6 ms.
 */
export function shareGelu(graph: Graph, names?: Names): Graph {
  return rewrite(
    graph,
    (node, g) => {
      const [x] = node.inputs;
      if (node.domain !== "" || node.opType !== "Gelu" || x === undefined) return undefined;
      const { approximate } = readAttributes(opOf("Gelu").attributes, node.attributes);
      return approximate === "tanh" ? undefined : [g.Mul(x, normalDistribution(g, x))];
    },
    names,
  );
}
