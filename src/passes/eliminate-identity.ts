import { type Graph, OWN_GRADIENT, prune } from "../ir/index.js";
import { rewrite } from "./rewrite.js";

/**
 * Drop nodes that pass their input through: `Identity`, inference-form `Dropout`, `Cast` to the same type,
 * `Reshape`/`Expand` to the same known shape. A graph output that is an input or an initializer keeps its node, and
 * so does an `Identity` that says of itself what its gradient is (see {@link dropGradientRules}).
 */
export function eliminateIdentity(graph: Graph): Graph {
  const results = new Set(graph.outputs);
  return prune(
    rewrite(graph, (node) => {
      const [x] = node.inputs;
      const [y] = node.outputs;
      if (node.domain !== "" || x === undefined || y === undefined || results.has(y)) return undefined;
      const same =
        x.type?.kind === "tensor" &&
        y.type?.kind === "tensor" &&
        x.type.dtype === y.type.dtype &&
        x.type.shape !== undefined &&
        y.type.shape !== undefined &&
        x.type.shape.length === y.type.shape.length &&
        x.type.shape.every((d, i) => d === (y.type as { shape?: readonly unknown[] }).shape?.[i]);
      if (node.opType === "Identity") return node.attributes[OWN_GRADIENT] === undefined ? [x] : undefined;
      if (node.opType === "Dropout" && node.inputs.length < 3 && node.outputs.length === 1) return [x];
      if (["Cast", "Reshape", "Expand"].includes(node.opType) && same) return [x];
      return undefined;
    }),
  );
}
