import { fail, unwrap } from "../base/index.js";
import { type Graph, type Model, type Node, nodeLabel, tensor, Value } from "../ir/index.js";
import { checkOpset, OLDEST_OPSET } from "../onnx/portable.js";
import { findOp, modernForm } from "../ops/index.js";

/** Older sets differ in what broadcasts; from this one on the forms below are all that changed. */
const OLDEST_TRAINABLE = 9;

/** Reductions whose axes were an attribute before operator set 18. */
const REDUCTIONS = /^Reduce(L1|L2|LogSum|LogSumExp|Max|Mean|Min|Prod|Sum|SumSquare)$/;

/** Operators that flattened their input before operator set 13. */
const FLATTENING = /^(Softmax|LogSoftmax|Hardmax)$/;

/** Errors: `opset_unsupported` and others for models that cannot be brought to the operator set that we emit. */
export function checkTrainableOpset(model: Model): void {
  const opset = model.opsets[""] ?? 0;
  if (opset >= OLDEST_TRAINABLE && opset < OLDEST_OPSET) return;
  const refused = checkOpset(model);
  if (refused !== undefined) unwrap(refused);
}

/** A graph of an older operator set (9 or later) in the forms of the set that we emit. */
export function modernise(graph: Graph, opset: number): Graph {
  if (opset >= 21) return graph;
  const known = new Set(graph.initializers);
  const initializers = [...graph.initializers];
  const nodes = graph.nodes.map((node, at) => {
    if (node.domain !== "") return node;
    const now = modern(node, at, opset);
    for (const value of now.inputs) {
      if (value?.data === undefined || known.has(value)) continue;
      known.add(value);
      initializers.push(value);
    }
    return now;
  });
  return graph.with({ nodes, initializers });
}

function modern(original: Node, at: number, opset: number): Node {
  const refuse = (expected: string) =>
    fail("onnx_operator", {
      path: nodeLabel(original, at),
      expected,
      received: `operator set ${opset}`,
      hint: "export the model with opset 21 or later",
    });
  if (original.opType === "GroupNormalization") refuse("GroupNormalization with a scale for each channel");
  if (opset < OLDEST_OPSET && FLATTENING.test(original.opType)) refuse(`${original.opType} along one axis`);
  const node = opset < OLDEST_OPSET ? currentAttributes(modernForm(original)) : original;
  if (opset >= 18) return node;
  const { axes, ...others } = node.attributes;
  if (REDUCTIONS.test(node.opType) && axes?.type === "ints" && node.inputs[1] === undefined) {
    const list = axes.value.map(Number);
    const value = Value.constant(`${nodeLabel(node, at)}.axes`, tensor("int64", [list.length], list));
    return { ...node, inputs: [node.inputs[0], value], attributes: others };
  }
  if (node.opType === "RoiAlign" && opset < 16) {
    const mode = { type: "string", value: "output_half_pixel" } as const;
    return { ...node, attributes: { ...node.attributes, coordinate_transformation_mode: mode } };
  }
  if (node.opType === "Split" && node.inputs[1] === undefined) {
    const count = { type: "int", value: node.outputs.length } as const;
    return { ...node, attributes: { ...node.attributes, num_outputs: count } };
  }
  return node;
}

/** Attributes that the operator no longer has (`spatial`, `consumed_inputs`, …) would be refused when it is run. */
function currentAttributes(node: Node): Node {
  const specs = findOp(node.opType)?.attributes;
  if (specs === undefined) return node;
  const kept = Object.entries(node.attributes).filter(([name]) => name in specs);
  return { ...node, attributes: Object.fromEntries(kept) };
}
