import { type Dim, dim, MorphError } from "../base/index.js";
import type { ValueType } from "../ir/index.js";
import {
  type Graph,
  mapReads,
  type Node,
  sizeOf,
  subgraphsOf,
  type Tensor,
  tensor,
  Value,
} from "../ir/index.js";
import {
  findOp,
  inferContents,
  inferNode,
  modernForm,
  readAttributes,
  recordContents,
  refOf,
  tensorOf,
} from "../ops/index.js";

export interface InferOptions {
  /** Operator-set version of the graph. */
  readonly opset: number;
  /** Lengths of free axes by symbol; a function is asked for each symbol. */
  readonly bind?: (symbol: string) => number | undefined;
}

export interface Inferred {
  readonly graph: Graph;
  /** Nodes whose results stayed without a shape, with the reason where inference gave one. */
  readonly open: readonly { readonly node: Node; readonly reason?: string }[];
}

/** Contents of so few elements are followed through the graph: they decide shapes (Reshape, Slice, Range). */
const MAX_FOLLOWED = 1024;

/**
 * Give every value of a graph its type and shape, as far as the operators' rules tell: for graphs from files,
 * where intermediate values commonly carry none. Free axes of the inputs are bound first, and small constants
 * are computed on the way, since shapes hang on them. What a file declares stands where nothing is inferred.
 * Works on one level: graphs inside nodes see the new outer values and are kept otherwise.
 */
export function inferShapes(graph: Graph, { opset, bind = () => undefined }: InferOptions): Inferred {
  const map = new Map<Value, Value>();
  const swap = (value: Value): Value => map.get(value) ?? value;
  const open: { node: Node; reason?: string }[] = [];
  const weights = new Set(graph.initializers);
  for (const input of graph.inputs) {
    if (!weights.has(input))
      map.set(input, new Value(input.name, bound(input.type, bind), input.data, input.extra));
  }
  const nodes = graph.nodes.map((original): Node => {
    const node = mapReads(original, swap);
    const { types, reason } = typesOf(node, opset);
    const lengths = reason === undefined ? contentsIn(node) : [];
    const known = contentsOf(node, types);
    const outputs = node.outputs.map((value, i) => {
      if (value === undefined) return undefined;
      const type = types?.[i] ?? bound(value.type, bind);
      const data = known?.[i] ?? tensorIn(type, lengths[i]) ?? value.data;
      const typed = new Value(value.name, type, data, value.extra);
      recordContents(typed, lengths[i]);
      map.set(value, typed);
      return typed;
    });
    const result = { ...node, outputs };
    if (outputs.some((value) => value !== undefined && !isShaped(value.type))) {
      open.push(reason === undefined ? { node: result } : { node: result, reason });
    }
    return result;
  });
  return {
    graph: graph.with({ inputs: graph.inputs.map(swap), nodes, outputs: graph.outputs.map(swap) }),
    open,
  };
}

function isShaped(type: ValueType | undefined): boolean {
  return type !== undefined && (type.kind !== "tensor" || type.shape !== undefined);
}

function typesOf(node: Node, opset: number): { types?: readonly (ValueType | undefined)[]; reason?: string } {
  try {
    return { types: inferNode(node, opset) };
  } catch (error) {
    // A rule that objects: the file's own declaration stands, and the caller is told.
    if (error instanceof MorphError) return { reason: error.message };
    throw error;
  }
}

function contentsIn(node: Node): ReturnType<typeof inferContents> {
  try {
    return inferContents(node);
  } catch (error) {
    if (error instanceof MorphError) return [];
    throw error;
  }
}

/** Contents of a node's results, where its inputs are known and few. */
function contentsOf(
  original: Node,
  types: readonly (ValueType | undefined)[] | undefined,
): readonly (Tensor | undefined)[] | undefined {
  const node = modernForm(original);
  if (node.domain !== "" || subgraphsOf(node).length > 0) return undefined;
  const definition = findOp(node.opType);
  if (definition === undefined || /^(Random|Bernoulli|Multinomial|Dropout)/.test(node.opType))
    return undefined;
  const inputs = node.inputs.map((value) => (value === undefined ? null : value.data));
  const followed = inputs.every((data) => data === null || (data !== undefined && isSmall(data)));
  const few = types?.every(
    (type) =>
      type === undefined ||
      (type.kind === "tensor" && (elements(type) ?? Number.POSITIVE_INFINITY) <= MAX_FOLLOWED),
  );
  if (!followed || few !== true) return undefined;
  try {
    return definition
      .evaluate(
        inputs.map((data) => (data ? refOf(data) : undefined)),
        readAttributes(definition.attributes, node.attributes),
        { outputCount: node.outputs.length, run: () => [] },
      )
      .map((result) => (result === undefined || "kind" in result ? undefined : tensorOf(result)));
  } catch (error) {
    if (error instanceof MorphError) return undefined;
    throw error;
  }
}

/** Lengths that are all numbers, as the tensor that they are. */
function tensorIn(type: ValueType | undefined, lengths: readonly Dim[] | undefined): Tensor | undefined {
  if (type?.kind !== "tensor" || (type.dtype !== "int64" && type.dtype !== "int32")) return undefined;
  if (type.shape === undefined || !dim.isStatic(type.shape)) return undefined;
  return lengths !== undefined && dim.isStatic(lengths) ? tensor(type.dtype, type.shape, lengths) : undefined;
}

function isSmall({ dtype, dims }: Tensor): boolean {
  return dtype !== "string" && sizeOf(dims) <= MAX_FOLLOWED;
}

function elements(type: Extract<ValueType, { kind: "tensor" }>): number | undefined {
  const size = type.shape === undefined ? undefined : dim.size(type.shape);
  return typeof size === "number" ? size : undefined;
}

/** A type whose free axes are bound. */
function bound(
  type: ValueType | undefined,
  bind: (symbol: string) => number | undefined,
): ValueType | undefined {
  if (type?.kind !== "tensor" || type.shape === undefined) return type;
  const shape = type.shape.map((d) => {
    if (typeof d === "number") return d;
    const symbols = d.match(/[A-Za-z_][\w.]*/g) ?? [];
    const bindings: Record<string, number> = {};
    for (const symbol of symbols) {
      const length = symbol === "floor" ? undefined : bind(symbol);
      if (length !== undefined) bindings[symbol] = length;
    }
    return dim.substitute(d, bindings);
  });
  return { ...type, shape };
}
