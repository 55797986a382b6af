import { fail, unknownName } from "../base/index.js";
import { type Graph, prune, type Value } from "../ir/index.js";
import type { Role } from "./from-onnx-weights.js";

/**
 * The value to train on: the output of a name, otherwise `logits`, otherwise the first; before a final softmax,
 * which the loss brings itself.
 */
export function trainedOutput(graph: Graph, name: string | undefined): Value {
  const names = graph.outputs.map((v) => v.name);
  if (name !== undefined && !names.includes(name)) unknownName("output", name, names);
  const [first] = graph.outputs;
  let at = graph.outputs.find((v) => v.name === (name ?? "logits")) ?? first;
  if (at === undefined) fail("onnx_outputs", { path: graph.name, expected: "at least one output" });
  for (let node = graph.producer(at); node !== undefined; node = graph.producer(at)) {
    const [x] = node.inputs;
    if (x === undefined || !["Softmax", "LogSoftmax", "Identity"].includes(node.opType)) break;
    at = x;
  }
  return at;
}

/** Operators that may follow the last linear layer when it is replaced; they go with it. */
const AFTER_HEAD = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Identity",
  "Reshape",
  "Flatten",
  "Squeeze",
  "Unsqueeze",
]);

/** A graph without its last linear layer: its output is what that layer read. */
export function withoutHead(graph: Graph, roles: ReadonlyMap<Value, Role>): Graph {
  let at = graph.outputs[0];
  for (let node = at && graph.producer(at); node !== undefined; node = at && graph.producer(at)) {
    const [x, w] = node.inputs;
    const weight = w !== undefined && (roles.has(w) || !depends(graph, w));
    if ((node.opType === "Gemm" || node.opType === "MatMul") && weight && x !== undefined) {
      return prune(graph.with({ outputs: [x] }));
    }
    const varying = node.inputs.filter((v) => v !== undefined && depends(graph, v));
    if (!AFTER_HEAD.has(node.opType) || varying.length !== 1) break;
    at = varying[0];
  }
  return fail("onnx_head", {
    path: graph.name,
    expected: "a Gemm or MatMul with constant weights as the last layer",
    received: (at && graph.producer(at)?.opType) ?? "none",
    hint: "leave replaceHead out, or name another output",
  });
}

/** Whether a value comes from the graph's inputs. */
function depends(graph: Graph, value: Value): boolean {
  const seen = new Set<Value>();
  const open = [value];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    if (at.data === undefined && graph.inputs.includes(at)) return true;
    for (const v of graph.producer(at)?.inputs ?? []) if (v !== undefined) open.push(v);
  }
  return false;
}
