import { dim, fail, isIssue, issue, MorphError, type Shape } from "../base/index.js";
import { type DType, Graph, type Node, type Tensor, tensor, Value, type ValueType } from "../ir/index.js";
import { readAttributes, writeAttributes } from "./attributes.js";
import { recordContents, recordedContents } from "./contents.js";
import type { Arg, InferContext } from "./define.js";
import { NameScope, Names } from "./names.js";
import { opOf } from "./registry.js";

/** Operator-set version that we emit; every operator file implements this meaning. */
export const EMITTED_OPSET = 21;

/** The operators as methods. Each operator's file adds its own signature by declaration merging. */
export interface OpCalls {}

export interface Builder extends OpCalls {}

/**
 * Makes a graph node by node; types and shapes are inferred as it goes, so a mistake fails at the call that
 * made it. Operators are methods: inputs in ONNX order, then attributes (`g.Conv(x, w, b, { pads })`); a
 * variadic input is a list (`g.Concat([a, b], { axis: 1 })`).
 */
export class Builder {
  private readonly nodes: Node[] = [];
  /** Who makes each value, of the first `indexed` nodes. */
  private readonly makers = new Map<Value, Node>();
  private indexed = 0;
  private readonly inputs: Value[] = [];
  private readonly initializers: Value[] = [];
  private readonly constants = new Map<string, Value>();
  private readonly literals = new Map<string, Value>();
  private place = new NameScope("");

  constructor(
    readonly name = "graph",
    readonly opset = EMITTED_OPSET,
    readonly names: Names = new Names(),
    /** The builder of the enclosing graph, for the graphs inside `Loop`, `If` and `Scan`. */
    readonly parent?: Builder,
  ) {}

  /**
   * A builder that already holds a graph's inputs, initializers and names, but none of its nodes: what a
   * pass that writes a graph anew starts from.
   *
   * @param names those of the graph, where they are known already
   */
  static over(graph: Graph, opset = EMITTED_OPSET, names = Names.of(graph)): Builder {
    const builder = new Builder(graph.name, opset, names);
    builder.inputs.push(...graph.inputs);
    builder.initializers.push(...graph.initializers);
    return builder;
  }

  /** Where we are, for names: `stage1/block2/`. */
  get path(): string {
    return this.place.path;
  }

  /** Run `body` with a name put before the names of all that it makes. */
  scope<T>(name: string, body: () => T): T {
    const outside = this.place;
    this.place = outside.inside(name);
    try {
      return body();
    } finally {
      this.place = outside;
    }
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    const value = Value.of(this.names.claim(name), dtype, shape);
    this.inputs.push(value);
    return value;
  }

  /** A named initializer: a weight with its contents. */
  initializer(name: string, data: Tensor): Value {
    const value = Value.constant(this.names.claim(name), data);
    this.initializers.push(value);
    return value;
  }

  /** A constant. Small ones with equal contents are the same value. */
  constant(data: Tensor, stem = "const"): Value {
    // Constants live in the outermost graph: all loops share them, and ONNX Runtime can prepack them once.
    if (this.parent !== undefined) return this.parent.constant(data, stem);
    const key =
      data.data.length <= 64
        ? `${data.dtype}[${data.dims.join()}]${JSON.stringify(Array.from(data.data, textOf))}`
        : undefined;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known !== undefined) return known;
    const value = this.initializer(this.names.fresh(stem), data);
    if (key !== undefined) this.constants.set(key, value);
    return value;
  }

  /** int64 constant: a vector for a list, a scalar for a number. */
  i64(values: number | readonly number[]): Value {
    return typeof values === "number"
      ? this.literal(`i${values}`, () => tensor("int64", [], [values]))
      : this.literal(`[${values.join()}]`, () => tensor("int64", [values.length], values));
  }

  /** Scalar constant of a dtype (float32 where none is given). */
  scalar(value: number, dtype: DType = "float32"): Value {
    return this.literal(`${dtype} ${textOf(value)}`, () => tensor(dtype, [], [value]));
  }

  /** A constant by what is said of it, so that asking for it again makes no tensor. */
  private literal(said: string, make: () => Tensor): Value {
    if (this.parent !== undefined) return this.parent.literal(said, make);
    const known = this.literals.get(said);
    if (known !== undefined) return known;
    const value = this.constant(make());
    this.literals.set(said, value);
    return value;
  }

  /** Append a node; returns its outputs. `inputs` may hold undefined for optional ones left out. */
  op(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, unknown>> = {},
    outputCount?: number,
  ): Value[] {
    const definition = opOf(type);
    const trimmed = [...inputs];
    while (trimmed.length > 0 && trimmed[trimmed.length - 1] === undefined) trimmed.pop();
    const written = writeAttributes(type, definition.attributes, attributes);
    const attrs = readAttributes(definition.attributes, written);
    const ofTensors = definition.types === undefined;
    const args = ofTensors ? trimmed.map((v) => (v === undefined ? undefined : argOf(v))) : [];
    const count = outputCount ?? definition.outputCount(args, attrs);
    const label = this.names.fresh(this.place.stem(type));
    const context: InferContext = {
      opset: this.opset,
      inputCount: trimmed.length,
      outputCount: count,
      subgraph: (graph) => graph.outputs.map((v) => (v.type?.kind === "tensor" ? v.type : undefined)),
    };
    const types =
      definition.types?.(
        trimmed.map((v) => v?.type),
        attrs,
        context,
      ) ?? definition.infer(args, attrs, context);
    if (isIssue(types)) throw new MorphError(issue(types.code, { ...types, path: label }));
    const outputs: Value[] = [];
    for (let i = 0; i < count; i++) {
      const type: ValueType | undefined = types[i];
      if (type === undefined) fail("output_untyped", { path: label, expected: `a type for output ${i}` });
      // Nodes and values have names of their own kinds: an only output is called as its node.
      outputs.push(new Value(count === 1 ? label : this.names.claim(`${label}_out${i}`), type));
    }
    definition.contents(args, attrs).forEach((held, i) => {
      const output = outputs[i];
      if (output !== undefined) recordContents(output, held);
    });
    this.nodes.push({ opType: type, domain: "", name: label, inputs: trimmed, outputs, attributes: written });
    return outputs;
  }

  /** The only output of a node. */
  op1(
    type: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, unknown>> = {},
  ): Value {
    const [only] = this.op(type, inputs, attributes, 1);
    return only ?? fail("output_missing", { path: type });
  }

  /** The same value under a given name: how a graph's outputs get theirs. */
  identityAs(value: Value, name: string): Value {
    const out = new Value(this.names.claim(name), value.type);
    this.nodes.push({
      opType: "Identity",
      domain: "",
      name: this.names.fresh(this.place.stem("Identity")),
      inputs: [value],
      outputs: [out],
      attributes: {},
    });
    return out;
  }

  /** A graph for `Loop`, `If` or `Scan`; `body` may use any value of this graph. */
  subgraph(
    name: string,
    inputs: readonly { readonly name: string; readonly dtype: DType; readonly shape: Shape }[],
    body: (g: Builder, ...inputs: Value[]) => readonly Value[],
  ): Graph {
    const inner = this.inside(name);
    const values = inputs.map((i) => inner.input(`${inner.path}${i.name}`, i.dtype, i.shape));
    const outputs = body(inner, ...values);
    // A subgraph must return values of its own: what it passes through goes by way of Identity.
    const own = new Set<Value>();
    for (const node of inner.nodes) for (const out of node.outputs) if (out !== undefined) own.add(out);
    return inner.finish(outputs.map((v) => (own.delete(v) ? v : inner.op1("Identity", [v]))));
  }

  /**
   * A builder for a graph inside a node of this one: names and constants are shared. Where a graph is given, it
   * goes on from there: the graph's inputs and nodes are in it already.
   */
  inside(name: string, graph?: Graph): Builder {
    const inner = new Builder(name, this.opset, this.names, this);
    inner.place = this.place.inside(name);
    if (graph !== undefined) {
      inner.inputs.push(...graph.inputs);
      inner.initializers.push(...graph.initializers);
      inner.nodes.push(...graph.nodes);
    }
    return inner;
  }

  /** Put a node where another one stood, here or in an enclosing graph: how a node comes to give more outputs. */
  replace(node: Node, now: Node): void {
    const at = this.nodes.lastIndexOf(node);
    if (at >= 0) {
      this.nodes[at] = now;
      this.indexed = Math.min(this.indexed, at);
    } else if (this.parent !== undefined) this.parent.replace(node, now);
    else fail("internal", { path: node.name, expected: "a node of this graph" });
  }

  /** Append a node that exists already, with its own output values; the caller answers for its inputs. */
  append(node: Node): void {
    this.nodes.push(node);
  }

  /** The builder of the outermost graph. */
  get root(): Builder {
    return this.parent === undefined ? this : this.parent.root;
  }

  /** Nodes so far, in order. */
  get built(): readonly Node[] {
    return this.nodes;
  }

  /** The node so far that makes a value; undefined for inputs, initializers and values of other graphs. */
  producerOf(value: Value): Node | undefined {
    for (; this.indexed < this.nodes.length; this.indexed++) {
      const node = this.nodes[this.indexed];
      for (const out of node?.outputs ?? [])
        if (node !== undefined && out !== undefined) this.makers.set(out, node);
    }
    return this.makers.get(value);
  }

  /** A name that is not taken, for callers that make values themselves. */
  freshName(stem: string): string {
    return this.names.claim(stem);
  }

  finish(outputs: readonly Value[]): Graph {
    return new Graph({
      name: this.name,
      inputs: [...this.inputs],
      outputs,
      initializers: [...this.initializers],
      nodes: [...this.nodes],
    });
  }
}

/** Text that tells -0 from 0, which String does not. */
function textOf(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** What inference may know of a value. */
export function argOf(value: Value): Arg {
  return {
    dtype: value.dtype,
    shape: value.shape,
    constant: value.data,
    contents: recordedContents(value),
  };
}

/** Install one method an operator on {@link Builder}: called once, by `ops/index.ts`. */
export function installCalls(types: readonly string[]): void {
  for (const type of types) {
    Object.defineProperty(Builder.prototype, type, {
      value(this: Builder, ...args: unknown[]) {
        return call(this, type, args);
      },
      configurable: true,
    });
  }
}

function call(g: Builder, type: string, args: readonly unknown[]): Value | Value[] {
  const definition = opOf(type);
  const inputs: (Value | undefined)[] = [];
  let attributes: Readonly<Record<string, unknown>> = {};
  let count: number | undefined;
  for (const arg of args) {
    if (arg === undefined || arg instanceof Value) inputs.push(arg);
    else if (Array.isArray(arg)) inputs.push(...(arg as (Value | undefined)[]));
    else if (typeof arg === "number") count = arg;
    else attributes = arg as Record<string, unknown>;
  }
  const outputs = g.op(type, inputs, attributes, count);
  const [only] = outputs;
  const variadic = definition.outputs.at(-1)?.endsWith("...");
  return outputs.length === 1 && only !== undefined && !variadic ? only : outputs;
}

/** Number of elements, where it is known. */
export function elementCount(value: Value): number | undefined {
  const size = dim.size(value.shape);
  return typeof size === "number" ? size : undefined;
}
