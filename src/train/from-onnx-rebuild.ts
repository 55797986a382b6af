import { fail } from "../base/index.js";
import {
  type Graph,
  type Node,
  nodeLabel,
  numbersOf,
  sizeOf,
  type Tensor,
  tensor,
  Value,
} from "../ir/index.js";
import { dropout, init, type NetworkBuilder, type State } from "../nn/index.js";
import { EMITTED_OPSET, inferNode, opOf, readAttributes } from "../ops/index.js";
import { runReference } from "./export.js";
import type { Role } from "./from-onnx-weights.js";

/** Contents larger than this are left to be computed by the graph. */
const MAX_FOLDED = 1 << 16;

/**
 * Append a file's graph to a network: parameters and states in place of weights, shapes inferred anew for the
 * network's batch, batch normalisation and dropout in the form that is being built.
 *
 * @param bindings what the graph's inputs become
 * @returns what its outputs become
 */
export function rebuilt(
  g: NetworkBuilder,
  graph: Graph,
  roles: ReadonlyMap<Value, Role>,
  bindings: ReadonlyMap<Value, Value>,
): Value[] {
  const map = new Map(bindings);
  const states = new Map<Value, State>();
  for (const value of graph.initializers) {
    if (value.data === undefined) continue;
    const role = roles.get(value);
    if (role === undefined) {
      map.set(value, g.initializer(value.name, value.data));
      continue;
    }
    const { dims } = value.data;
    const data =
      value.data.data instanceof Float32Array ? value.data.data : Float32Array.from(numbersOf(value.data));
    if (role === "parameter") {
      map.set(value, g.param(value.name, dims, { init: init.given(data), decay: dims.length > 1 }));
    } else {
      const state = g.state(value.name, dims, data);
      states.set(value, state);
      map.set(value, state.value);
    }
  }
  const lengths = [...bindings.keys()].map((v) =>
    v.type?.kind === "tensor" ? v.type.shape?.[0] : undefined,
  );
  const batch = lengths.find((d) => typeof d === "number");
  graph.nodes.forEach((node, at) => {
    const label = nodeLabel(node, at);
    const inputs = node.inputs.map((v) => (v === undefined ? undefined : (map.get(v) ?? lost(v, label))));
    const mask = node.opType === "Dropout" ? node.outputs[1] : undefined;
    if (mask !== undefined && (graph.uses(mask).length > 0 || graph.outputs.includes(mask))) {
      fail("onnx_operator", {
        path: label,
        expected: "Dropout without its mask",
        received: "a mask that is used",
      });
    }
    const outputs = emit(g, node, label, inputs, states, batch);
    node.outputs.forEach((value, i) => {
      const now = outputs[i];
      if (value !== undefined && now !== undefined) map.set(value, now);
    });
  });
  return graph.outputs.map((v) => map.get(v) ?? lost(v, graph.name));
}

function lost(value: Value, path: string): never {
  return fail("value_undefined", { path, received: `${value.name}, which nothing makes` });
}

function emit(
  g: NetworkBuilder,
  node: Node,
  label: string,
  inputs: readonly (Value | undefined)[],
  states: ReadonlyMap<Value, State>,
  batch: number | undefined,
): readonly (Value | undefined)[] {
  const [x] = inputs;
  if (node.opType === "Dropout" && x !== undefined) return [dropped(g, label, x, inputs[1])];
  if (node.opType === "BatchNormalization" && g.training) return normalised(g, node, label, inputs, states);
  const known = folded(node, inputs);
  if (known !== undefined) return known.map((t) => t && g.constant(t, "folded"));
  const given = node.opType === "Reshape" ? withOpenBatch(g, inputs, batch) : inputs;
  const draft: Node = { ...node, inputs: given };
  const types = inferNode(draft, EMITTED_OPSET);
  if (types === undefined) {
    fail("onnx_untyped", {
      path: label,
      expected: "inputs of known types",
      hint: "give the model's inputs shapes",
    });
  }
  const outputs = node.outputs.map((v, i) => v && new Value(g.freshName(v.name), types[i]));
  g.append({ ...draft, name: g.freshName(label), outputs });
  return outputs;
}

/** Results that are known when the network is built: shapes, and what is computed of them. */
function folded(
  node: Node,
  inputs: readonly (Value | undefined)[],
): readonly (Tensor | undefined)[] | undefined {
  const [x] = inputs;
  if (node.opType === "Shape" && x?.type?.kind === "tensor" && x.type.shape !== undefined) {
    const { start, end } = readAttributes(opOf("Shape").attributes, node.attributes);
    const part = x.type.shape.slice(Number(start ?? 0), end === undefined ? undefined : Number(end));
    if (!part.every((d) => typeof d === "number")) return undefined;
    return [tensor("int64", [part.length], part)];
  }
  const constant = (v: Value | undefined) =>
    v === undefined ||
    (v.data !== undefined && v.data.dtype !== "string" && sizeOf(v.data.dims) <= MAX_FOLDED);
  if (inputs.length === 0 || !inputs.every(constant)) return undefined;
  return runReference(
    node.opType,
    inputs.map((v) => v?.data),
    node.attributes,
    node.outputs.length,
  );
}

/**
 * The inputs of a `Reshape` of a model with a fixed batch: where the target shape begins with that number, and the
 * tensor with the batch axis, the batch is copied instead.
 */
function withOpenBatch(g: NetworkBuilder, inputs: readonly (Value | undefined)[], batch: number | undefined) {
  const [x, shape] = inputs;
  const target = shape?.data === undefined ? undefined : numbersOf(shape.data);
  if (x === undefined || batch === undefined || target?.[0] !== batch || x.shape[0] !== g.batch)
    return inputs;
  return [x, g.i64([0, ...target.slice(1)]), ...inputs.slice(2)];
}

function dropped(g: NetworkBuilder, label: string, x: Value, ratio: Value | undefined): Value {
  const rate = ratio === undefined ? 0.5 : ratio.data && numbersOf(ratio.data)[0];
  if (rate === undefined) {
    fail("onnx_operator", {
      path: label,
      expected: "a constant ratio of Dropout",
      received: "a computed one",
    });
  }
  return dropout(g, x, rate);
}

/** The training form, with running statistics carried as states. */
function normalised(
  g: NetworkBuilder,
  node: Node,
  label: string,
  inputs: readonly (Value | undefined)[],
  states: ReadonlyMap<Value, State>,
): readonly (Value | undefined)[] {
  const { epsilon, momentum } = readAttributes(opOf("BatchNormalization").attributes, node.attributes);
  const outputs = g.op("BatchNormalization", inputs, { epsilon, momentum, training_mode: 1 }, 3);
  [3, 4].forEach((at, i) => {
    const held = node.inputs[at];
    const state = held && states.get(held);
    const next = outputs[i + 1];
    if (state === undefined || next === undefined) {
      fail("onnx_operator", {
        path: label,
        expected: "running statistics that are initializers",
        received: held?.name ?? "none",
      });
    }
    g.update(state, next);
  });
  return [outputs[0]];
}
