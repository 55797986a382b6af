import { broadcastAll, broadcastShapes, type Dim, dim, fail, type Issue, issue } from "../base/index.js";
import { type DType, isInteger, type Value } from "../ir/index.js";
import type { AttributeSpecs, AttributeValues } from "./attributes.js";
import type { Builder } from "./builder.js";
import { combineLengths } from "./contents.js";
import { type Arg, type Cost, defineOp, type OpDefinition, type Sample } from "./define.js";
import { integerFormula, wrapInteger } from "./integers.js";
import { mapPair, mapRef, type RefTensor } from "./reference.js";

type NoAttributes = Record<never, never>;

interface Common<A extends AttributeSpecs> {
  readonly type: string;
  readonly since: number;
  readonly doc: string;
  readonly attributes?: A;
  /** Floating-point operations an element; default 1. */
  readonly flops?: number;
}

export interface UnarySpec<A extends AttributeSpecs> extends Common<A> {
  readonly f: (x: number, attrs: AttributeValues<A>) => number;
  /** Output dtype where it is not that of the input. */
  readonly result?: DType;
  /** dx, from the input, the output and its gradient. */
  readonly grad:
    | ((g: Builder, v: { x: Value; y: Value; dy: Value }, attrs: AttributeValues<A>) => Value)
    | "zero";
  readonly samples?: readonly Sample[];
}

/** Samples of a function that is smooth everywhere. */
export const SMOOTH: readonly Sample[] = [
  { inputs: { x: [2, 3] } },
  { inputs: { x: [] } },
  { inputs: { x: [1, 2, 1, 3] } },
];

/** One input on both sides of a kink at 0, never near it. */
export const AROUND_ZERO = {
  dims: [2, 4],
  values: [-3.5, -1.25, -0.5, -0.125, 0.25, 0.75, 1.5, 4],
  feed: true,
} as const;

/** Samples of a function of numbers in [low, high). */
export function within(low: number, high: number): readonly Sample[] {
  return [[2, 3], [], [1, 2, 1, 3]].map((dims) => ({ inputs: { x: { dims, low, high } } }));
}

/** An elementwise function of one tensor: the file gives the formula and its derivative. */
export function unary<A extends AttributeSpecs = NoAttributes>(spec: UnarySpec<A>): OpDefinition {
  const { f, grad, result } = spec;
  return defineOp<readonly ["x"], readonly ["y"], A>({
    type: spec.type,
    since: spec.since,
    doc: spec.doc,
    inputs: ["x"],
    outputs: ["y"],
    attributes: spec.attributes,
    elementwise: true,
    infer: ({ x }) => ({ y: { dtype: result ?? x.dtype, shape: x.shape } }),
    cost: (_, { y }) => perElement(y, spec.flops),
    evaluate({ x }, attrs) {
      const dtype = result ?? x.dtype;
      return { y: mapRef(x, (v) => wrapInteger(dtype, f(v, attrs)), dtype) };
    },
    grad:
      grad === "zero"
        ? grad
        : (g, { x }, { y: dy }, { attrs, outputs: { y } }) => (dy ? { x: grad(g, { x, y, dy }, attrs) } : {}),
    samples: spec.samples ?? SMOOTH,
  });
}

export interface BinarySpec<A extends AttributeSpecs> extends Common<A> {
  readonly f: (a: number, b: number, attrs: AttributeValues<A>) => number;
  /** The same for integers, in float64; default `f`. */
  readonly integer?: (a: number, b: number, attrs: AttributeValues<A>) => number;
  /** Exact integer arithmetic, used where float64 could lose digits. */
  readonly exact?: (a: bigint, b: bigint, attrs: AttributeValues<A>) => bigint;
  readonly grad:
    | ((
        g: Builder,
        v: { a: Value; b: Value; y: Value; dy: Value },
        needs: (input: "a" | "b") => boolean,
        attrs: AttributeValues<A>,
      ) => { readonly a?: Value; readonly b?: Value })
    | "zero";
  /** Input types that the operator takes; default all. */
  readonly takes?: (dtype: DType) => boolean;
  readonly result?: DType;
  /** The same for lengths with symbols among them (see `contents.ts`). */
  readonly lengths?: (a: Dim, b: Dim) => Dim | undefined;
  /** The second operand may be of another dtype. */
  readonly mixed?: boolean;
  readonly samples: readonly Sample[];
}

/** Broadcasting both ways, scalars, and equal shapes. */
export const PAIRS: readonly Sample[] = [
  { inputs: { a: [2, 3], b: [2, 3] } },
  { inputs: { a: [2, 1, 3], b: [4, 1] } },
  { inputs: { a: [3], b: [2, 2, 3] } },
  { inputs: { a: [2, 3], b: [] } },
  { inputs: { a: [], b: [] } },
];

/** An elementwise function of two tensors under broadcasting. */
export function binary<A extends AttributeSpecs = NoAttributes>(spec: BinarySpec<A>): OpDefinition {
  const { grad, exact } = spec;
  return defineOp<readonly ["a", "b"], readonly ["y"], A>({
    type: spec.type,
    since: spec.since,
    doc: spec.doc,
    inputs: ["a", "b"],
    outputs: ["y"],
    attributes: spec.attributes,
    elementwise: true,
    infer({ a, b }) {
      const shape = broadcastShapes(a.shape, b.shape);
      if (shape === undefined) return broadcastIssue([a, b]);
      const refused = spec.mixed ? undefined : mixedTypes([a, b]);
      if (refused !== undefined) return refused;
      if (spec.takes?.(a.dtype) === false) {
        return issue("dtype_unsupported", { expected: `a type that ${spec.type} takes`, received: a.dtype });
      }
      return { y: { dtype: spec.result ?? a.dtype, shape } };
    },
    contents: ({ a, b }) => ({ y: spec.lengths && combineLengths(a, b, spec.lengths) }),
    cost: (_, { y }) => perElement(y, spec.flops),
    evaluate({ a, b }, attrs) {
      if (!isInteger(a.dtype))
        return { y: mapPair(a, b, (p, q) => spec.f(p, q, attrs), spec.result ?? a.dtype) };
      const f = spec.integer ?? spec.f;
      const quick = (p: number, q: number) => f(p, q, attrs);
      const whole =
        exact && spec.result === undefined
          ? integerFormula(a.dtype, quick, (p, q) => exact(p, q, attrs))
          : (p: number, q: number) => wrapInteger(spec.result ?? a.dtype, quick(p, q));
      return { y: mapPair(a, b, whole, spec.result ?? a.dtype) };
    },
    grad:
      grad === "zero"
        ? grad
        : (g, { a, b }, { y: dy }, { attrs, needs, outputs: { y } }) =>
            dy ? grad(g, { a, b, y, dy }, needs, attrs) : {},
    samples: spec.samples,
  });
}

/** A truth value for each pair of elements under broadcasting; nothing flows back through it. */
export function comparison(
  spec: Common<NoAttributes> & {
    readonly f: (a: number, b: number) => boolean;
    readonly takes?: (dtype: DType) => boolean;
    readonly samples: readonly Sample[];
  },
): OpDefinition {
  return binary({ ...spec, f: (a, b) => Number(spec.f(a, b)), result: "bool", grad: "zero" });
}

export interface VariadicSpec {
  readonly type: string;
  readonly since: number;
  readonly doc: string;
  /** One element of the result from the elements of all inputs. */
  readonly f: (values: readonly number[]) => number;
  readonly grad: (
    g: Builder,
    v: { xs: readonly Value[]; y: Value; dy: Value },
  ) => readonly (Value | undefined)[];
  readonly samples: readonly Sample[];
}

/** An elementwise function of any number of tensors (at least one) under broadcasting. */
export function variadic(spec: VariadicSpec): OpDefinition {
  return defineOp({
    type: spec.type,
    since: spec.since,
    doc: spec.doc,
    inputs: ["xs..."],
    outputs: ["y"],
    elementwise: true,
    infer({ xs }) {
      const [first] = xs;
      if (first === undefined)
        return issue("input_missing", { expected: "one input or more", received: "none" });
      const shape = broadcastAll(xs.map((x) => x.shape));
      if (shape === undefined) return broadcastIssue(xs);
      return mixedTypes(xs) ?? { y: { dtype: first.dtype, shape } };
    },
    cost: ({ xs }, { y }) => perElement(y, Math.max(1, xs.length - 1)),
    evaluate({ xs }) {
      const [first, ...rest] = xs;
      if (first === undefined) fail("input_missing", { path: spec.type });
      // Widen all inputs to the common shape by adding zeros of the others' shapes.
      const common = rest.reduce((shape, x) => mapPair(shape, x, () => 0), first);
      const wide = xs.map((x) => mapPair(common, x, (_, v) => v, x.dtype).data);
      const data = common.data.map((_, i) => spec.f(wide.map((x) => x[i] ?? 0)));
      return { y: { dtype: first.dtype, dims: common.dims, data } satisfies RefTensor };
    },
    grad: (g, { xs }, { y: dy }, { outputs: { y } }) => (dy ? { xs: spec.grad(g, { xs, y, dy }) } : {}),
    samples: spec.samples,
  });
}

/** So many operations an output element. */
export function perElement(y: Arg, flops = 1): Cost {
  return { flops: dim.mul(flops, ...y.shape) };
}

export function broadcastIssue(args: readonly Arg[]): Issue {
  return issue("broadcast", {
    expected: "shapes that broadcast (axes equal or 1, counted from the right)",
    received: args.map((a) => dim.format(a.shape)).join(" and "),
    hint: "reshape one, or inspect the nodes that produced them",
  });
}

/** The refusal of operands of different dtypes; undefined where they agree. */
export function mixedTypes(args: readonly Arg[]): Issue | undefined {
  const types = [...new Set(args.map((a) => a.dtype))];
  if (types.length < 2) return undefined;
  return issue("dtype_mismatch", {
    expected: "operands of one type",
    received: types.join(" and "),
    hint: "put a Cast before one of them",
  });
}
