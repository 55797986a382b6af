import { type Graph, type Node, sizeOf, subgraphsOf, substituteValues, Value } from "../ir/index.js";
import { EMITTED_OPSET, findOp, inferNode } from "../ops/index.js";
import { runReference } from "./export.js";

/** Constants of more elements than this are left to be computed by the graph. */
const MAX_ELEMENTS = 1 << 24;

/** Operators that rearrange a weight on its way to where it is used: they stay, so that the weight keeps its name. */
export const REARRANGING = new Set(["Identity", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze"]);

const RANDOM = /^(Random|Bernoulli|Multinomial|Dropout)/;

/**
 * Weights of a file may be written as `Constant` nodes, or computed from smaller ones (dequantised, cast from half
 * precision, filled): all such values become initializers, under their own names.
 */
export function constantsAsInitializers(graph: Graph): Graph {
  const map = new Map<Value, Value>();
  const gone = new Set<Node>();
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((v) => v && (map.get(v) ?? v));
    const results = computed({ ...node, inputs });
    if (results === undefined) continue;
    node.outputs.forEach((value, i) => {
      const data = results[i];
      if (value !== undefined && data !== undefined) map.set(value, Value.constant(value.name, data));
    });
    gone.add(node);
  }
  const nodes = graph.nodes.filter((node) => !gone.has(node));
  const initializers = [...graph.initializers, ...map.values()];
  return substituteValues(graph.with({ nodes, initializers }), map);
}

function computed(node: Node) {
  const { inputs } = node;
  if (node.domain !== "" || RANDOM.test(node.opType) || findOp(node.opType) === undefined) return undefined;
  if (subgraphsOf(node).length > 0 || (inputs.length === 0 && node.opType !== "Constant")) return undefined;
  if (!inputs.every((v) => v === undefined || (v.data !== undefined && v.data.dtype !== "string")))
    return undefined;
  const first = inputs[0]?.data;
  if (REARRANGING.has(node.opType) && first?.dtype === "float32" && sizeOf(first.dims) > 1) return undefined;
  const types = inferNode(node, EMITTED_OPSET);
  const small = types?.every((type) => {
    const shape = type?.kind === "tensor" ? type.shape : undefined;
    return shape?.every((d) => typeof d === "number") === true && sizeOf(shape.map(Number)) <= MAX_ELEMENTS;
  });
  if (small !== true) return undefined;
  const data = inputs.map((v) => v?.data);
  return runReference(node.opType, data, node.attributes, node.outputs.length);
}
