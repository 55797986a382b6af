import type { Dim, Issue, Shape } from "../base/index.js";
import { isIssue, issue } from "../base/index.js";
import type { DType, Graph, Node, Tensor, TensorType, Value, ValueType } from "../ir/index.js";
import type { AttributeSpecs, AttributeValues } from "./attributes.js";
import type { Builder } from "./builder.js";
import { isTable } from "./contents.js";
import { asTensor, type RefTensor, type RefValue } from "./reference.js";

/** What shape inference knows of an input: type, shape, and contents where they are constant. */
export interface Arg {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly constant?: Tensor;
  /** Integers of a scalar or short vector that are known up to symbols (see `contents.ts`). */
  readonly contents?: readonly Dim[];
}

/**
 * Input and output lists name their values: `"x"` is required, `"b?"` optional, `"xs..."` takes the rest.
 * From such a list, the record by which rules receive and return them.
 */
export type Named<L extends readonly string[], T> = {
  readonly [K in L[number] as Bare<K>]: K extends `${string}...`
    ? readonly T[]
    : K extends `${string}?`
      ? T | undefined
      : T;
};
type Bare<K extends string> = K extends `${infer N}...` ? N : K extends `${infer N}?` ? N : K;
/** As {@link Named}, with everything optional: what a rule may leave out. */
export type Some<L extends readonly string[], T> = {
  readonly [K in L[number] as Bare<K>]?: K extends `${string}...`
    ? readonly (T | undefined)[]
    : T | undefined;
};

export interface InferContext {
  /** Version of the operator set in force. */
  readonly opset: number;
  readonly outputCount: number;
  readonly inputCount: number;
  /** Types of a subgraph's outputs, for its inputs' types; undefined where they are not known. */
  readonly subgraph: (graph: Graph) => readonly (TensorType | undefined)[];
}

/** One evaluation's work. One MAC is one multiplication with its addition; FLOPs count both, and all else. */
export interface Cost {
  /** Multiply-accumulates of the operator's products (convolutions, matrix products); 0 elsewhere. */
  readonly macs?: Dim;
  /** All floating-point operations. Default: twice the MACs, or one an output element where there are none. */
  readonly flops?: Dim;
}

export interface EvaluateContext<T = RefTensor> {
  readonly outputCount: number;
  /** Evaluate a subgraph in the present scope. */
  readonly run: (graph: Graph, inputs: readonly T[]) => T[];
}

export interface GradContext<
  I extends readonly string[],
  O extends readonly string[],
  A extends AttributeSpecs,
> {
  readonly attrs: AttributeValues<A>;
  /** The node's own outputs, to be reused rather than recomputed. */
  readonly outputs: Named<O, Value>;
  /** Whether the gradient of an input (or of any of a variadic input) is wanted at all. */
  readonly needs: (input: keyof Named<I, Value> & string) => boolean;
  /** What the walker does for operators that hold graphs. */
  readonly walk: Walk;
}

/** Where a gradient takes what it needs from the steps of a loop (see docs/engine.md). */
export type LoopMemory = "store" | "recompute";

/**
 * The walker's services for an operator that holds graphs: its rule stands below the walker, which differentiates
 * the graphs for it. Values that a graph takes from around it get their gradients by `add`, as the operator's
 * inputs get theirs from the rule's result.
 */
export interface Walk {
  /** The node whose gradient is asked for. */
  readonly node: Node;
  readonly memory: LoopMemory;
  /** Whether the gradient of a value is wanted: a float that depends on what is differentiated by. */
  readonly wanted: (value: Value) => boolean;
  /** Values of a graph that depend on `sources` in a differentiable way, the sources among them. */
  readonly dependents: (graph: Graph, sources: Iterable<Value>) => ReadonlySet<Value>;
  /** Values that `results` of a graph depend on in a differentiable way, the results among them. */
  readonly influences: (graph: Graph, results: Iterable<Value>) => ReadonlySet<Value>;
  /**
   * Append to `g`, which holds the nodes to go back through, the gradients with respect to `wrt` of values whose
   * own gradients are given; undefined where nothing flows.
   */
  readonly pullback: (
    g: Builder,
    seeds: readonly (readonly [value: Value, grad: Value])[],
    wrt: readonly Value[],
  ) => (Value | undefined)[];
  /** Count a gradient towards a value that a graph of the node uses. */
  readonly add: (value: Value, grad: Value) => void;
}

/** One case of the operator contract: shapes and ranges of random inputs, or given values. */
export interface Sample {
  /** By input name; a list of dims is a float32 tensor of standard normal numbers. */
  readonly inputs: Readonly<Record<string, SampleInput | readonly SampleInput[] | SampleSequence>>;
  readonly attrs?: Readonly<Record<string, unknown>>;
  /** Number of outputs asked for, where some are optional. */
  readonly outputs?: number;
  /** Inputs whose gradient is checked; default: all float inputs that are not fixed values. */
  readonly grad?: readonly string[];
  /** Largest difference between ONNX Runtime and the reference, relative to the largest value. Default 1e-4. */
  readonly tolerance?: number;
  /** Why ONNX Runtime gives other values (random ones): only types and shapes are then compared. */
  readonly otherValues?: string;
  /** Why ONNX Runtime cannot run this case (it is then checked by the reference alone). */
  readonly noRuntime?: string;
  /** Why ONNX Runtime cannot run the gradient of this case, though it runs the case itself. */
  readonly noRuntimeGradient?: string;
  /** Why the gradient of this case cannot itself be differentiated rightly. */
  readonly noSecondDerivative?: string;
}
/** A sequence of tensors, or an optional one, as an input. */
export interface SampleSequence {
  readonly kind: "sequence" | "optional";
  readonly items: readonly SampleInput[];
}
export type SampleInput =
  | readonly number[]
  | {
      readonly dims: readonly number[];
      readonly dtype?: DType;
      /** Given contents; the input is then a constant of the graph unless `feed` is set. */
      readonly values?: readonly number[];
      /** Contents of a tensor of strings. */
      readonly text?: readonly string[];
      readonly feed?: boolean;
      /** Uniform in [low, high) instead of normal (integers for integer types). */
      readonly low?: number;
      readonly high?: number;
    };

/** Everything that is known of one operator. See `math/mat-mul.ts` for an example. */
export interface OpSpec<I extends readonly string[], O extends readonly string[], A extends AttributeSpecs> {
  /** ONNX spelling. */
  readonly type: string;
  /** First operator-set version with the meaning that is implemented here (older forms may be accepted too). */
  readonly since: number;
  /** The version that a node needs where it uses an input or attribute newer than `since`. */
  readonly sinceOf?: (node: Node) => number;
  /** One or two sentences, in our own words, for the generated table. */
  readonly doc: string;
  readonly inputs: I;
  readonly outputs: O;
  readonly attributes?: A;
  /** Each element of the outputs comes from the elements at its place, under broadcasting. */
  readonly elementwise?: boolean;
  /** The operator hands on what is no tensor (sequences, optional values) as it is. */
  readonly anyValue?: true;
  /** How many outputs a call has, where the list ends with `...`. */
  readonly outputCount?: (inputs: Named<I, Arg>, attrs: AttributeValues<A>) => number;
  readonly infer: (
    inputs: Named<I, Arg>,
    attrs: AttributeValues<A>,
    context: InferContext,
  ) => Some<O, { dtype: DType; shape: Shape }> | Issue;
  /** Integers that the outputs hold, where the operator moves or combines lengths (see `contents.ts`). */
  readonly contents?: (inputs: Named<I, Arg>, attrs: AttributeValues<A>) => Some<O, readonly Dim[]>;
  readonly cost?: (inputs: Named<I, Arg>, outputs: Named<O, Arg>, attrs: AttributeValues<A>) => Cost;
  /** Exact meaning in float64 (see `reference.ts`). */
  readonly evaluate: (
    inputs: Named<I, RefTensor>,
    attrs: AttributeValues<A>,
    context: EvaluateContext,
  ) => Some<O, RefTensor>;
  /**
   * Gradients of the inputs from gradients of the outputs (`undefined` for outputs that nobody used). Shapes
   * may be broadcast: the walker sums the axes back. A string says why there is none and what to do instead;
   * "zero" says that the derivative is zero wherever it exists (comparisons, rounding, shapes).
   */
  readonly grad:
    | ((
        g: Builder,
        inputs: Named<I, Value>,
        outputGrads: { readonly [K in keyof Named<O, Value>]: Named<O, Value | undefined>[K] | undefined },
        context: GradContext<I, O, A>,
      ) => Some<I, Value>)
    | "zero"
    | { readonly none: string };
  readonly samples: readonly Sample[];
}

/** An operator with names erased: what the builder, the verifier, the interpreter and autodiff use. */
export interface OpDefinition {
  readonly type: string;
  readonly since: number;
  readonly sinceOf?: ((node: Node) => number) | undefined;
  readonly doc: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: AttributeSpecs;
  readonly elementwise: boolean;
  readonly samples: readonly Sample[];
  readonly outputCount: (args: readonly (Arg | undefined)[], attrs: Record<string, unknown>) => number;
  readonly infer: (
    args: readonly (Arg | undefined)[],
    attrs: Record<string, unknown>,
    context: InferContext,
  ) => (ValueType | undefined)[] | Issue;
  /** Instead of `infer`, for operators on sequences and optional values (see `define-value.ts`). */
  readonly types?: (
    inputs: readonly (ValueType | undefined)[],
    attrs: Record<string, unknown>,
    context: InferContext,
  ) => (ValueType | undefined)[] | Issue;
  readonly contents: (
    args: readonly (Arg | undefined)[],
    attrs: Record<string, unknown>,
  ) => (readonly Dim[] | undefined)[];
  readonly cost: (
    args: readonly (Arg | undefined)[],
    outputs: readonly (Arg | undefined)[],
    attrs: Record<string, unknown>,
  ) => Cost;
  readonly evaluate: (
    args: readonly (RefValue | undefined)[],
    attrs: Record<string, unknown>,
    context: EvaluateContext<RefValue>,
  ) => (RefValue | undefined)[];
  readonly grad:
    | ((
        g: Builder,
        inputs: readonly (Value | undefined)[],
        outputGrads: readonly (Value | undefined)[],
        context: {
          attrs: Record<string, unknown>;
          outputs: readonly (Value | undefined)[];
          needs: readonly boolean[];
          walk: Walk;
        },
      ) => (Value | undefined)[])
    | "zero"
    | { readonly none: string };
}

export function bareName(name: string): string {
  return name.replace(/(\?|\.\.\.)$/, "");
}

/** A list of names, read once. */
export interface Entry {
  readonly name: string;
  readonly rest: boolean;
  readonly required: boolean;
}

export function entriesOf(list: readonly string[]): readonly Entry[] {
  return list.map((entry) => ({
    name: bareName(entry),
    rest: entry.endsWith("..."),
    required: !/(\?|\.\.\.)$/.test(entry),
  }));
}

/** Positions to names. */
export function name<T>(
  entries: readonly Entry[],
  items: readonly (T | undefined)[],
): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as Entry;
    record[entry.name] = entry.rest ? items.slice(i) : items[i];
  }
  return record;
}

/** Names to positions. */
export function place<T>(
  entries: readonly Entry[],
  record: Readonly<Record<string, unknown>>,
): (T | undefined)[] {
  const items: (T | undefined)[] = [];
  for (const entry of entries) {
    const item = record[entry.name];
    if (entry.rest) items.push(...((item ?? []) as (T | undefined)[]));
    else items.push(item as T | undefined);
  }
  return items;
}

/** Required inputs that are missing. */
export function missing(
  spec: { type: string; inputs: readonly string[] },
  entries: readonly Entry[],
  args: readonly unknown[],
): Issue | undefined {
  const at = entries.findIndex((entry, i) => {
    // In a list of any length none may be left out.
    if (entry.rest) return args.slice(i).includes(undefined);
    return entry.required && args[i] === undefined;
  });
  if (at < 0) return undefined;
  return issue("input_missing", { path: spec.type, expected: `input ${spec.inputs[at]}`, received: "none" });
}

/** A length that a tensor can have, or a symbol for one. */
function isLength(d: Dim): boolean {
  return typeof d === "string" || (Number.isSafeInteger(d) && d >= 0);
}

/** Refusal of a result that no tensor can hold: its lengths come from numbers that are given. */
function lengthIssue(shape: Shape): Issue {
  return issue("shape_length", {
    expected: "lengths that are whole numbers of at least 0",
    received: `[${shape.join(", ")}]`,
    hint: "look at the numbers (sizes, pads, counts) that the operator is given",
  });
}

/** Declare an operator. One file an operator; add it to `ops/index.ts`. */
export function defineOp<
  const I extends readonly string[],
  const O extends readonly string[],
  A extends AttributeSpecs = Record<never, never>,
>(spec: OpSpec<I, O, A>): OpDefinition {
  // The casts below are the one place where names are erased; OpSpec types every rule that passes through.
  type Attrs = AttributeValues<A>;
  const [read, given] = [entriesOf(spec.inputs), entriesOf(spec.outputs)];
  const required = given.filter((o) => o.required).length;
  const args = (items: readonly (Arg | undefined)[]) => name(read, items) as Named<I, Arg>;
  const { grad } = spec;
  return {
    type: spec.type,
    since: spec.since,
    sinceOf: spec.sinceOf,
    doc: spec.doc,
    inputs: spec.inputs,
    outputs: spec.outputs,
    attributes: spec.attributes ?? {},
    elementwise: spec.elementwise ?? false,
    samples: spec.samples,
    outputCount: (items, attrs) => spec.outputCount?.(args(items), attrs as Attrs) ?? required,
    infer: (items, attrs, context) => {
      const absent = missing(spec, read, items);
      if (absent !== undefined) return absent;
      const result = spec.infer(args(items), attrs as Attrs, context);
      if (isIssue(result)) return result;
      const types = place<{ dtype: DType; shape: Shape }>(given, result);
      const bad = types.find((t) => t?.shape.some((d) => !isLength(d)));
      if (bad !== undefined) return lengthIssue(bad.shape);
      return types.map((t) => t && { kind: "tensor", dtype: t.dtype, shape: t.shape });
    },
    contents: (items, attrs) => {
      if (spec.contents === undefined || items.some(isTable) || missing(spec, read, items) !== undefined)
        return [];
      const held = spec.contents(args(items), attrs as Attrs);
      return place<readonly Dim[]>(given, held);
    },
    cost(items, outputs, attrs) {
      // What lacks an input or a result is no legal node, and costs nothing that could be told.
      if (missing(spec, read, items) !== undefined) return {};
      if (given.some((entry, i) => entry.required && outputs[i] === undefined)) return {};
      return spec.cost?.(args(items), name(given, outputs) as Named<O, Arg>, attrs as Attrs) ?? {};
    },
    evaluate: (items, attrs, context) => {
      if (spec.anyValue !== true) for (const item of items) item && asTensor(item, spec.type);
      const inputs = name(read, items) as Named<I, RefTensor>;
      return place(given, spec.evaluate(inputs, attrs as Attrs, context as EvaluateContext));
    },
    grad:
      typeof grad !== "function"
        ? grad
        : (g, inputs, outputGrads, context) =>
            place(
              read,
              grad(
                g,
                name(read, inputs) as Named<I, Value>,
                name(given, outputGrads) as Parameters<typeof grad>[2],
                {
                  attrs: context.attrs as Attrs,
                  outputs: name(given, context.outputs) as Named<O, Value>,
                  walk: context.walk,
                  needs: (input) => {
                    const at = read.findIndex((entry) => entry.name === input);
                    return read[at]?.rest
                      ? context.needs.slice(at).some(Boolean)
                      : context.needs[at] === true;
                  },
                },
              ),
            ),
  };
}
