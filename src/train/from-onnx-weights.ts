import { fail } from "../base/index.js";
import { type Graph, isFloat, type Node, nodeLabel, sizeOf, subgraphsOf, type Value } from "../ir/index.js";
import { findOp } from "../ops/index.js";
import { REARRANGING } from "./from-onnx-constants.js";

/** What becomes of an initializer of a file: trained, carried as running statistics, or left as it is. */
export type Role = "parameter" | "mean" | "variance";

/** Inputs of operators that hold weights, by position. */
const WEIGHTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [0, 1, 2],
  MatMul: [0, 1],
  Einsum: [0, 1, 2],
  BatchNormalization: [1, 2],
  LayerNormalization: [1, 2],
  GroupNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  RMSNormalization: [1],
  PRelu: [1],
  Gather: [0],
};

/** Operators that add or scale by a vector: weights where the other side depends on weights already. */
const BY_VECTOR = new Set(["Add", "Sub", "Mul", "Div"]);

/**
 * The part of each initializer of an inference graph. Parameters are float32 initializers that operators with
 * weights use as such, and vectors that are added to (or scale) what depends on parameters. Constants before the
 * first of those, the preprocessing, stay constants.
 */
export function rolesOf(graph: Graph): Map<Value, Role> {
  const roles = new Map<Value, Role>();
  const dependent = new Set<Value>();
  const source = (value: Value | undefined): Value | undefined => {
    let at = value;
    for (let node = at && graph.producer(at); node !== undefined; node = at && graph.producer(at)) {
      if (node.domain !== "" || !REARRANGING.has(node.opType)) return undefined;
      at = node.inputs[0];
    }
    return at?.data?.dtype === "float32" ? at : undefined;
  };
  const claim = (value: Value | undefined, role: Role, node: Node) => {
    const held = source(value);
    if (held === undefined) return;
    const before = roles.get(held);
    if (before !== undefined && before !== role) {
      fail("onnx_shared_weight", {
        path: held.name,
        expected: `one use, as ${before}`,
        received: `${role} of ${node.name || node.opType} as well`,
        hint: "give each use an initializer of its own",
      });
    }
    roles.set(held, role);
  };
  for (const node of graph.nodes) {
    const [a, b] = node.inputs;
    if (node.domain !== "") continue;
    for (const at of WEIGHTS[node.opType] ?? []) claim(node.inputs[at], "parameter", node);
    if (node.opType === "BatchNormalization") {
      claim(node.inputs[3], "mean", node);
      claim(node.inputs[4], "variance", node);
    }
    if (BY_VECTOR.has(node.opType)) {
      const other =
        a !== undefined && dependent.has(a) ? b : b !== undefined && dependent.has(b) ? a : undefined;
      const held = source(other);
      if (held?.data !== undefined && sizeOf(held.data.dims) > 1) claim(held, "parameter", node);
    }
    const trained = (v: Value | undefined) =>
      v !== undefined && (dependent.has(v) || roles.get(source(v) ?? v) === "parameter");
    if (node.inputs.some(trained)) for (const out of node.outputs) if (out !== undefined) dependent.add(out);
  }
  return roles;
}

/** Errors: an operator between the parameters and the output that cannot be differentiated, or is not known. */
export function checkTrainable(graph: Graph, roles: ReadonlyMap<Value, Role>): void {
  const active = new Set<Value>([...roles].flatMap(([value, role]) => (role === "parameter" ? [value] : [])));
  if (active.size === 0) {
    fail("onnx_no_parameters", {
      path: graph.name,
      expected: "float32 weights of convolutions, products or normalisations",
      received: `${graph.initializers.filter((v) => v.data && isFloat(v.data.dtype)).length} float initializers, none used so`,
      hint: "quantised and half-precision models cannot be trained; give the float32 model",
    });
  }
  graph.nodes.forEach((node, at) => {
    const path = nodeLabel(node, at);
    const definition = node.domain === "" ? findOp(node.opType) : undefined;
    if (definition === undefined || subgraphsOf(node).length > 0) {
      const name = node.domain === "" ? node.opType : `${node.domain}::${node.opType}`;
      fail("onnx_operator", {
        path,
        expected: "operators of ai.onnx that are defined here, without graphs inside",
        received: name,
        hint: "choose an earlier output, or export the model for inference with constants folded",
      });
    }
    if (!node.inputs.some((v) => v !== undefined && active.has(v))) return;
    // Dropout and batch normalisation are replaced by their training forms.
    if (typeof definition.grad === "object" && node.opType !== "Dropout") {
      fail("onnx_gradient", {
        path,
        expected: "a differentiable operator",
        received: node.opType,
        hint: definition.grad.none,
      });
    }
    for (const out of node.outputs) if (out !== undefined) active.add(out);
  });
}
