import { fail, type Shape } from "../base/index.js";
import type { Tensor } from "./tensor.js";
import { type DType, tensorType, type ValueType } from "./types.js";

/**
 * A value of a graph: an input, an initializer or a node's output. Nodes refer to values by reference, so
 * a subgraph captures an outer value simply by using it. Names are unique within a graph and the graphs
 * that enclose it. Never changed after it is made.
 */
export class Value {
  constructor(
    readonly name: string,
    readonly type: ValueType | undefined,
    /** The contents, where they are known: the value is an initializer or a constant. */
    readonly data?: Tensor,
    /** What the ONNX codec keeps of this value and no one else needs (documentation, unknown fields). */
    readonly extra?: unknown,
  ) {}

  static of(name: string, dtype: DType, shape?: Shape): Value {
    return new Value(name, tensorType(dtype, shape));
  }

  static constant(name: string, data: Tensor): Value {
    return new Value(name, tensorType(data.dtype, data.dims), data);
  }

  /** Element type; fails where the value is not a tensor of known type. */
  get dtype(): DType {
    if (this.type?.kind !== "tensor")
      fail("value_untyped", { path: this.name, hint: "run shape inference first" });
    return this.type.dtype;
  }

  /** Shape; fails where the rank is not known. */
  get shape(): Shape {
    if (this.type?.kind !== "tensor" || this.type.shape === undefined) {
      fail("value_unranked", { path: this.name, hint: "run shape inference first" });
    }
    return this.type.shape;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Shape that holds no symbols; fails otherwise. */
  get dims(): readonly number[] {
    return this.shape.map((d) =>
      typeof d === "number" ? d : fail("shape_symbolic", { path: this.name, received: `dimension ${d}` }),
    );
  }
}

/** ONNX attributes. Integers outside the safe range are kept as bigint. */
export type Attribute = (
  | { readonly type: "int"; readonly value: number | bigint }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  /** A string attribute whose bytes are not UTF-8. */
  | { readonly type: "bytes"; readonly value: Uint8Array }
  | { readonly type: "tensor"; readonly value: Tensor }
  | { readonly type: "graph"; readonly value: Graph }
  | { readonly type: "ints"; readonly value: readonly (number | bigint)[] }
  | { readonly type: "floats"; readonly value: readonly number[] }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "tensors"; readonly value: readonly Tensor[] }
  | { readonly type: "graphs"; readonly value: readonly Graph[] }
  /** What the codec keeps unread: sparse tensors, type protos, references in function bodies. */
  | { readonly type: "opaque"; readonly value: unknown }
) & {
  /** What the ONNX codec keeps of this attribute and no one else needs. */
  readonly extra?: unknown;
};

export interface Node {
  readonly opType: string;
  /** "" is `ai.onnx`. */
  readonly domain: string;
  /** May be empty; unique where it is not. */
  readonly name: string;
  /** Undefined where an optional input is left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** What the ONNX codec keeps of this node and no one else needs. */
  readonly extra?: unknown;
}

/**
 * Attribute of an `Identity` that says what the gradient is there: `"stop"`, or a graph (see `autodiff`). It is ours
 * alone; files have a note beside the node instead.
 */
export const OWN_GRADIENT = "_gradient";

export interface GraphFields {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Values with data. */
  readonly initializers: readonly Value[];
  /** In an order in which every node comes after the nodes it reads from. */
  readonly nodes: readonly Node[];
  readonly extra?: unknown;
}

/** Where a value is used: the node and the position among its inputs. */
export interface Use {
  readonly node: Node;
  readonly index: number;
}

/** An immutable graph of operators. Edits make new graphs (see `edit.ts`). */
export class Graph implements GraphFields {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers: readonly Value[];
  readonly nodes: readonly Node[];
  readonly extra?: unknown;
  private index: { producers: Map<Value, Node>; uses: Map<Value, Use[]> } | undefined;

  constructor(fields: GraphFields) {
    this.name = fields.name;
    this.inputs = fields.inputs;
    this.outputs = fields.outputs;
    this.initializers = fields.initializers;
    this.nodes = fields.nodes;
    this.extra = fields.extra;
  }

  private indexed() {
    if (this.index === undefined) {
      const producers = new Map<Value, Node>();
      const uses = new Map<Value, Use[]>();
      for (const node of this.nodes) {
        node.inputs.forEach((value, index) => {
          if (value === undefined) return;
          const list = uses.get(value);
          if (list === undefined) uses.set(value, [{ node, index }]);
          else list.push({ node, index });
        });
        for (const value of node.outputs) if (value !== undefined) producers.set(value, node);
      }
      this.index = { producers, uses };
    }
    return this.index;
  }

  /** The node of this graph that makes a value; undefined for inputs, initializers and captured values. */
  producer(value: Value): Node | undefined {
    return this.indexed().producers.get(value);
  }

  /** Uses by nodes of this graph itself, in node order; uses inside subgraphs are not among them. */
  uses(value: Value): readonly Use[] {
    return this.indexed().uses.get(value) ?? [];
  }

  /** A copy with some fields replaced. */
  with(fields: Partial<GraphFields>): Graph {
    return new Graph({ ...this, ...fields });
  }
}

/** The graphs that stand in a node's attributes. */
export function subgraphsOf(node: Node): readonly Graph[] {
  // Asked of every node by every pass, and nearly always of one without graphs.
  let found: Graph[] | undefined;
  for (const key in node.attributes) {
    const a = node.attributes[key];
    if (a?.type === "graph") {
      found ??= [];
      found.push(a.value);
    } else if (a?.type === "graphs") {
      found ??= [];
      found.push(...a.value);
    }
  }
  return found ?? NO_GRAPHS;
}

const NO_GRAPHS: readonly Graph[] = [];

/** Values of enclosing graphs that a graph uses. */
export function capturedBy(graph: Graph): Set<Value> {
  const own = new Set<Value>([...graph.inputs, ...graph.initializers]);
  for (const node of graph.nodes) for (const out of node.outputs) if (out !== undefined) own.add(out);
  const captured = new Set<Value>();
  const use = (value: Value | undefined) => {
    if (value !== undefined && !own.has(value)) captured.add(value);
  };
  for (const node of graph.nodes) {
    node.inputs.forEach(use);
    for (const sub of subgraphsOf(node)) capturedBy(sub).forEach(use);
  }
  graph.outputs.forEach(use);
  return captured;
}

/** A graph with what an ONNX file says around it. */
export interface Model {
  readonly graph: Graph;
  /** Operator-set versions by domain; "" is `ai.onnx`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly irVersion: number;
  readonly producer?: string;
  readonly producerVersion?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly doc?: string;
  readonly extra?: unknown;
}
