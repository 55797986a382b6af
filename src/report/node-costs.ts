import { dim, type Shape } from "../base/index.js";
import { type Graph, isFloat, type Node, sizeOf, type Value } from "../ir/index.js";
import { type Arg, findOp, readAttributes } from "../ops/index.js";
import type { NodeCost } from "./blocks.js";

/**
 * Costs of single nodes for drawings: params are the numbers in float initializers (each counted at its first
 * reader), MACs come from the operator's own rule for one example. A node without a rule or without known
 * shapes has no MACs.
 */
export function nodeCosts(graph: Graph): (node: Node) => NodeCost {
  const owner = new Map<Value, Node>();
  const weights = new Set(graph.initializers);
  for (const node of graph.nodes) {
    for (const v of node.inputs) if (v !== undefined && weights.has(v) && !owner.has(v)) owner.set(v, node);
  }
  return (node) => {
    let params = 0;
    for (const v of new Set(node.inputs)) {
      if (v?.data === undefined || owner.get(v) !== node || !isFloat(v.data.dtype)) continue;
      // A scalar is a setting (an epsilon, a divisor), not a weight.
      if (v.data.dims.length > 0) params += sizeOf(v.data.dims);
    }
    return { params, macs: macsOf(node) };
  };
}

function macsOf(node: Node): number | undefined {
  const op = node.domain === "" ? findOp(node.opType) : undefined;
  if (op === undefined) return undefined;
  const args = node.inputs.map(oneExample);
  const outputs = node.outputs.map(oneExample);
  if (args.some((a, i) => a === undefined && node.inputs[i] !== undefined)) return undefined;
  try {
    const { macs } = op.cost(args, outputs, readAttributes(op.attributes, node.attributes));
    return typeof macs === "number" ? macs : undefined;
  } catch {
    // A drawing is no place to fail over a node that the verifier would refuse.
    return undefined;
  }
}

/** Type with every symbolic dimension bound to one. */
function oneExample(value: Value | undefined): Arg | undefined {
  if (value?.type?.kind !== "tensor" || value.type.shape === undefined) return undefined;
  const shape: Shape = value.type.shape.map((d) => (typeof d === "number" ? d : bindAll(d)));
  return { dtype: value.type.dtype, shape, constant: value.data };
}

function bindAll(d: string): number | string {
  const symbols = d.match(/[A-Za-z_]\w*/g) ?? [];
  try {
    return dim.substitute(d, Object.fromEntries(symbols.filter((s) => s !== "floor").map((s) => [s, 1])));
  } catch {
    return d;
  }
}
