import { fail } from "../base/index.js";
import { type Graph, type Node, nodeLabel, tensor, Value } from "../ir/index.js";

/** Reductions whose axes were an attribute before operator set 18. */
const REDUCTIONS = /^Reduce(L1|L2|LogSum|LogSumExp|Max|Mean|Min|Prod|SumSquare)$/;

/** A graph of an older operator set (13 or later) in the forms of the set that we emit. */
export function modernise(graph: Graph, opset: number): Graph {
  if (opset >= 21) return graph;
  const initializers = [...graph.initializers];
  const taken = new Set([...graph.inputs, ...graph.initializers].map((v) => v.name));
  for (const node of graph.nodes) for (const v of node.outputs) if (v !== undefined) taken.add(v.name);
  const axesValue = (axes: readonly number[]) => {
    let name = `axes_${axes.join("_")}`;
    while (taken.has(name)) name += "_";
    taken.add(name);
    const value = Value.constant(name, tensor("int64", [axes.length], axes));
    initializers.push(value);
    return value;
  };
  const nodes = graph.nodes.map((node, at): Node => {
    if (node.domain !== "") return node;
    if (node.opType === "GroupNormalization") {
      fail("onnx_operator", {
        path: nodeLabel(node, at),
        expected: "GroupNormalization of operator set 21, with a scale for each channel",
        received: `operator set ${opset}`,
        hint: "export the model with opset 21 or later",
      });
    }
    if (opset >= 18) return node;
    const { axes, ...others } = node.attributes;
    if (REDUCTIONS.test(node.opType) && axes?.type === "ints") {
      return { ...node, inputs: [node.inputs[0], axesValue(axes.value.map(Number))], attributes: others };
    }
    if (node.opType === "Split" && node.inputs[1] === undefined) {
      const count = { type: "int", value: node.outputs.length } as const;
      return { ...node, attributes: { ...node.attributes, num_outputs: count } };
    }
    return node;
  });
  return graph.with({ nodes, initializers });
}
