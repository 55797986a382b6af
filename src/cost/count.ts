import { type Dim, dim, fail, MorphError } from "../base/index.js";
import {
  bytesOf,
  capturedBy,
  type DType,
  type Graph,
  isFloat,
  type Node,
  nodeLabel,
  sizeOf,
  subgraphsOf,
  type Value,
} from "../ir/index.js";
import { type Arg, type Cost, findOp, modernForm, readAttributes } from "../ops/index.js";
import { type Work, workInside } from "./iterations.js";

/** What one evaluation of a graph costs, counted from its operators. */
export interface StaticCosts {
  /** Floating-point numbers in initializers and `Constant` nodes. */
  readonly params: number;
  /**
   * Floating-point numbers that `ConstantOfShape` nodes of a fixed shape make when the file is loaded. Networks
   * published without their weights hold them so; they are not among `params`, and no bytes of the file.
   */
  readonly generatedParams: number;
  /** Multiply-accumulates of products and convolutions. */
  readonly macs: number;
  /** All floating-point operations: two a MAC, plus everything else. */
  readonly flops: number;
  readonly weightBytes: number;
  /**
   * Largest sum of tensors alive at once when nodes run in order: inputs and results from the node that makes
   * them to the last that reads them. Weights, generated ones too, are not counted; reuse in place is not assumed.
   */
  readonly peakActivationBytes: number;
}

export interface NodeCosts {
  readonly node: Node;
  readonly macs: number;
  readonly flops: number;
  readonly params: number;
}

/**
 * Count a graph for one example: free symbols in shapes (the batch) are bound to `bindings`, 1 where not given.
 * Errors: `cost_unknown` for an operator without a definition, unless `lenient` (it then counts as free).
 */
export function countCosts(
  graph: Graph,
  options: { readonly bindings?: Readonly<Record<string, number>>; readonly lenient?: boolean } = {},
): StaticCosts {
  const perNode = nodeCosts(graph, options);
  const bind = binder(options.bindings ?? {});
  let params = 0;
  let generatedParams = 0;
  let weightBytes = 0;
  for (const { dtype, size, stored } of weightsOf(graph).values()) {
    const numbers = isFloat(dtype) ? size : 0;
    if (stored) {
      params += numbers;
      weightBytes += bytesOf(dtype, size);
    } else generatedParams += numbers;
  }
  return {
    params,
    generatedParams,
    macs: perNode.reduce((sum, n) => sum + n.macs, 0),
    flops: perNode.reduce((sum, n) => sum + n.flops, 0),
    weightBytes,
    peakActivationBytes: peakActivations(graph, bind),
  };
}

interface Weight {
  readonly dtype: DType;
  readonly size: number;
  /** The file holds it. */
  readonly stored: boolean;
}

/** What does not depend on the inputs and is there before a run: initializers, and nodes that only fill in. */
function weightsOf(graph: Graph): Map<Value, Weight> {
  const weights = new Map<Value, Weight>();
  for (const value of graph.initializers) {
    if (value.data === undefined) continue;
    weights.set(value, { dtype: value.data.dtype, size: sizeOf(value.data.dims), stored: true });
  }
  for (const { domain, opType, inputs, outputs } of graph.nodes) {
    const [value] = outputs;
    if (domain !== "" || value?.type?.kind !== "tensor" || value.type.shape === undefined) continue;
    const [shape] = inputs;
    const stored = opType === "Constant";
    if (!stored && !(opType === "ConstantOfShape" && shape?.data !== undefined)) continue;
    const size = dim.size(value.type.shape);
    if (typeof size === "number") weights.set(value, { dtype: value.type.dtype, size, stored });
  }
  return weights;
}

/** Costs of each node of a graph's top level; of one that holds graphs, with all their iterations. */
export function nodeCosts(
  graph: Graph,
  options: { readonly bindings?: Readonly<Record<string, number>>; readonly lenient?: boolean } = {},
): NodeCosts[] {
  const bind = binder(options.bindings ?? {});
  const weights = weightsOf(graph);
  return graph.nodes.map((original, at) => {
    const node = modernForm(original);
    const definition = node.domain === "" ? findOp(node.opType) : undefined;
    const outputs = node.outputs.map((v) => (v === undefined ? undefined : boundArg(v, bind)));
    const inputs = node.inputs.map((v) => (v === undefined ? undefined : boundArg(v, bind)));
    const params = original.inputs.reduce((sum, v) => {
      const weight = v === undefined ? undefined : weights.get(v);
      return sum + (weight !== undefined && isFloat(weight.dtype) ? weight.size : 0);
    }, 0);
    const known = [...inputs, ...outputs].every((arg) => arg !== "unknown");
    // Sequences and optional values have no shape, and moving them costs nothing.
    if (definition?.types !== undefined) return { node: original, macs: 0, flops: 0, params };
    if (definition === undefined || !known) {
      if (options.lenient === true) return { node: original, macs: 0, flops: 0, params };
      fail("cost_unknown", {
        path: nodeLabel(node, at),
        received: definition === undefined ? `${node.domain}::${node.opType}` : "a value of unknown shape",
        hint: "no cost rule applies; bind the symbols of the inputs, or count leniently",
      });
    }
    const args = (list: readonly (Arg | "unknown" | undefined)[]) =>
      list.map((a) => (a === "unknown" ? undefined : a));
    let cost: Cost;
    try {
      cost = definition.cost(
        args(inputs),
        args(outputs),
        readAttributes(definition.attributes, node.attributes),
      );
    } catch (error) {
      // A node that its operator's rules refuse: nothing can be said of it.
      if (options.lenient === true && error instanceof MorphError)
        return { node: original, macs: 0, flops: 0, params };
      throw error;
    }
    const macs = bind(cost.macs ?? 0);
    const elements = args(outputs).reduce(
      (sum, a) => sum + (a === undefined ? 0 : bind(dim.size(a.shape))),
      0,
    );
    const own = cost.flops === undefined ? (macs > 0 ? 2 * macs : elements) : bind(cost.flops);
    // What stands in graphs inside may lack types: then it counts as free.
    const inside = workInside(node, bind, (body) => workOf(nodeCosts(body, { ...options, lenient: true })));
    return { node: original, macs: macs + inside.macs, flops: own + inside.flops, params };
  });
}

function workOf(costs: readonly NodeCosts[]): Work {
  return {
    macs: costs.reduce((sum, it) => sum + it.macs, 0),
    flops: costs.reduce((sum, it) => sum + it.flops, 0),
  };
}

type Bind = (d: Dim) => number;

function binder(bindings: Readonly<Record<string, number>>): Bind {
  return (d) => {
    if (typeof d === "number") return d;
    const symbols = d.match(/[A-Za-z_][\w.]*/g) ?? [];
    const all = Object.fromEntries(symbols.filter((s) => s !== "floor").map((s) => [s, bindings[s] ?? 1]));
    const bound = dim.substitute(d, all);
    return typeof bound === "number" ? bound : 1;
  };
}

function boundArg(value: Value, bind: Bind): Arg | "unknown" {
  if (value.type?.kind !== "tensor" || value.type.shape === undefined) return "unknown";
  return { dtype: value.type.dtype, shape: value.type.shape.map(bind), constant: value.data };
}

function peakActivations(graph: Graph, bind: Bind): number {
  const size = (value: Value): number =>
    value.type?.kind === "tensor" && value.type.shape !== undefined
      ? bytesOf(
          value.type.dtype,
          value.type.shape.reduce((a: number, d) => a * bind(d), 1),
        )
      : 0;
  const weights = weightsOf(graph);
  const last = new Map<Value, number>();
  graph.nodes.forEach((node, at) => {
    const captured = subgraphsOf(node).flatMap((sub) => [...capturedBy(sub)]);
    for (const value of [...node.inputs, ...captured]) if (value !== undefined) last.set(value, at);
  });
  for (const value of graph.outputs) last.set(value, graph.nodes.length);
  let alive = 0;
  for (const value of graph.inputs) if (!weights.has(value)) alive += size(value);
  let peak = alive;
  graph.nodes.forEach((node, at) => {
    for (const value of node.outputs) if (value !== undefined && !weights.has(value)) alive += size(value);
    peak = Math.max(peak, alive);
    const captured = subgraphsOf(node).flatMap((sub) => [...capturedBy(sub)]);
    const done = new Set([...node.inputs, ...node.outputs, ...captured].filter((v) => v !== undefined));
    for (const value of done) if (!weights.has(value) && (last.get(value) ?? at) === at) alive -= size(value);
  });
  return peak;
}
