/**
 * How a space is declared: `s.object`, `s.oneOf`, `s.int`, ... A declaration is checked when it is made;
 * everything else (sampling, validation, mutation, ...) is derived from it. Genotypes are plain JSON; treat
 * them as immutable, since children share parts with their parents.
 */
import { fail } from "../base/index.js";
import { checkedList, checkedRange, checkedWeights, whole } from "./declare.js";
import { ruleOf, settleFields } from "./rule.js";
import type {
  Alternative,
  AnyConditional,
  AnySchema,
  Branches,
  ChoiceNode,
  Conditional,
  ContextOf,
  Fields,
  Infer,
  ListOf,
  Node,
  ObjectNode,
  ObjectOf,
  ObjectSchema,
  Refinement,
  Rule,
  Scalar,
  Schema,
  TaggedOf,
} from "./types.js";

export type { Infer as infer } from "./types.js";

class Declared {
  constructor(
    readonly node: Node,
    readonly fields?: Fields,
  ) {}

  refine(check: Refinement["check"], message: string): Declared {
    return new Declared(refined(this.node, { check, message }), this.fields);
  }

  describe(text: string): Declared {
    return new Declared({ ...this.node, description: text }, this.fields);
  }
}

// The type-level halves of a schema exist for the compiler alone, so this one cast stands for all.
function make<S>(node: Node, fields?: Fields): S {
  const declared: unknown = new Declared(node, fields);
  return declared as S;
}

function refined(node: Node, refinement: Refinement): Node {
  return { ...node, refinements: [...node.refinements, refinement] };
}

const NONE = { refinements: [] } as const;

/** An object of decisions, taken in the order of declaration. */
export function object<const F extends Fields>(fields: F): ObjectSchema<F> {
  return make(objectNode(fields), fields);
}

function objectNode(fields: Fields): ObjectNode {
  const settled = settleFields(Object.entries(fields));
  return { kind: "object", ...NONE, fields: settled, names: new Set(settled.map((field) => field.name)) };
}

/** Options of {@link oneOf}. */
export interface OneOfOptions<W, N, C> {
  /** Relative frequencies of the weighted draw; 1 where nothing else is said. */
  weights?: W;
  /** Which alternatives exist in this context (e.g. which operators take the running shape). */
  allow?: (name: N, context: C) => boolean;
}

/**
 * One of several alternatives. `s.oneOf(["relu", "gelu"])`: the genotype is the value itself. A sub-schema
 * in the list is written `{ branch: position, value }`. `s.oneOf({ conv: s.object({ kernel }), skip:
 * s.object({}) })`: the genotype is `{ op: "conv", kernel: 3 }` or `{ op: "skip" }`, so that `switch (g.op)`
 * narrows it.
 */
export function oneOf<const V extends readonly (Scalar | AnySchema)[], C = unknown>(
  values: V,
  options?: OneOfOptions<readonly number[], Extract<V[number], Scalar> | number, C>,
): Schema<ListOf<V>, ContextOf<Extract<V[number], AnySchema>> & NoInfer<C>>;
export function oneOf<const B extends Branches, C = unknown>(
  branches: B,
  options?: OneOfOptions<{ readonly [K in keyof B]?: number }, keyof B & string, C>,
): Schema<TaggedOf<B>, ContextOf<B[keyof B]> & NoInfer<C>>;
export function oneOf(
  choices: readonly (Scalar | AnySchema)[] | Branches,
  options: OneOfOptions<readonly number[] | { readonly [op: string]: number | undefined }, never, never> = {},
): AnySchema {
  const alternatives = isList(choices) ? choices.map(listed) : Object.entries(choices).map(tagged);
  const names = alternatives.map((alternative) => alternative.name);
  const { weights, allow } = options;
  const node: ChoiceNode = {
    kind: "choice",
    ...NONE,
    alternatives,
    positions: checkedList("oneOf", names),
    weights: weights && checkedWeights(names, weights),
    plain: allow === undefined && alternatives.every((alternative) => alternative.kind === "value"),
    allow,
  };
  return make(node);
}

function isList(choices: object): choices is readonly (Scalar | AnySchema)[] {
  return Array.isArray(choices);
}

function listed(choice: Scalar | AnySchema, position: number): Alternative {
  if (typeof choice !== "object" || choice === null) {
    return { kind: "value", name: Object.is(choice, -0) ? 0 : choice };
  }
  return { kind: "branch", tag: "branch", name: position, body: objectNode({ value: choice }) };
}

function tagged([name, choice]: [string, AnySchema]): Alternative {
  const { node } = choice;
  if (node.kind !== "object") {
    return fail("schema_branch", {
      path: name,
      expected: "s.object as a branch",
      received: node.kind,
      hint: "wrap it: s.object({ value: ... })",
    });
  }
  if (node.names.has("op")) {
    fail("schema_reserved_field", {
      path: name,
      expected: "a branch without a field named op",
      received: "op",
      hint: "the branch's own name is written there; rename the field",
    });
  }
  return { kind: "branch", tag: "op", name, body: node };
}

/** A value that is no decision. */
export function literal<const V extends Scalar>(value: V): Schema<V> {
  return oneOf([value]) as Schema<V>;
}

/** `true` or `false`. */
export function boolean(): Schema<boolean> {
  return oneOf([false, true]);
}

/** An integer `min, min + step, ...` up to `max`; with `log`, small ones are drawn more often. */
export function int(options: { min: number; max: number; step?: number; log?: boolean }): Schema<number> {
  const { min, max, log = false, step = 1 } = options;
  whole("int min", min, Number.MIN_SAFE_INTEGER);
  whole("int max", max, min);
  whole("int step", step, 1);
  checkedRange("int", min, max, log);
  const count = Math.floor((max - min) / step) + 1;
  return make({ kind: "int", ...NONE, min: min + 0, max: min + (count - 1) * step, step, log, count });
}

/** A real number between `min` and `max`, both included; with `log`, uniform in its logarithm. */
export function real(options: { min: number; max: number; log?: boolean }): Schema<number> {
  const { min, max, log = false } = options;
  checkedRange("real", min, max, log);
  return make({ kind: "real", ...NONE, min: min + 0, max: max + 0, log });
}

/** Some of the items, between `min` (0) and `max` (all) of them, written in the order of declaration. */
export function subset<const V extends readonly Scalar[]>(
  items: V,
  options: { min?: number; max?: number } = {},
): Schema<V[number][]> {
  const { min = 0, max = items.length } = options;
  whole("subset min", min, 0);
  whole("subset max", max, min, items.length);
  const clean = items.map((item) => (Object.is(item, -0) ? 0 : item));
  const positions = checkedList("subset", clean);
  return make({ kind: "subset", ...NONE, items: clean, positions, min, max });
}

/** Longest list that a schema may declare. */
const MAX_LENGTH = 100_000;

/**
 * A list of between `min` and `max` items. `context` gives the next item its context from the items before
 * it, e.g. the shape that they leave.
 */
export function repeat<T, C, D = C>(
  item: Schema<T, C>,
  options: { min: number; max: number; context?: (before: readonly T[], context: D) => C },
): Schema<T[], NoInfer<D>> {
  const { min, max, context } = options;
  whole("repeat min", min, 0);
  whole("repeat max", max, min, MAX_LENGTH);
  return make({ kind: "repeat", ...NONE, item: item.node, min, max, context });
}

/**
 * A schema that may contain itself. `maxDepth` bounds how many `s.lazy` schemas may be nested in one
 * another from here on, this one included; the tightest bound on the way counts. Annotate the constant's
 * type (`const tree: Schema<Tree> = s.lazy(() => ...)`), since TypeScript cannot infer a recursive one.
 */
export function lazy<T, C = unknown>(
  schema: () => Schema<T, C>,
  options: { maxDepth?: number } = {},
): Schema<T, C> {
  const { maxDepth = 8 } = options;
  whole("lazy maxDepth", maxDepth, 1, 500);
  let resolved: Node | undefined;
  const inner = () => {
    resolved ??= schema().node;
    return resolved;
  };
  return make({ kind: "lazy", ...NONE, inner, maxDepth, identity: {} });
}

type Values<D extends Fields> = {
  readonly [K in keyof D]: D[K] extends { readonly optional: infer O }
    ? Infer<D[K]> | (true extends O ? undefined : never)
    : Infer<D[K]>;
};
type OptionalOf<X> = X extends { readonly optional: infer O extends boolean } ? O : false;

/**
 * A field that depends on earlier fields of the same object, or on the context. `deps` names them with
 * their schemas, which gives `test` its types:
 * `const kernel = s.oneOf([1, 3]); s.object({ kernel, dilation: s.when({ kernel }, (g) => g.kernel > 1,
 * s.int({ min: 1, max: 3 })) })`. Without `otherwise` the field is absent where the test fails.
 */
export function when<
  const D extends Fields,
  X extends AnySchema | AnyConditional,
  Y extends AnySchema | AnyConditional = never,
  C = unknown,
>(
  deps: D,
  test: (values: Values<D>, context: C) => boolean,
  then: X,
  ...otherwise: Y[]
): Conditional<
  Infer<X> | Infer<Y>,
  NoInfer<C> & ContextOf<X | Y>,
  [Y] extends [never] ? true : OptionalOf<X> | OptionalOf<Y>
> {
  const [second] = otherwise;
  return conditional({
    kind: "when",
    deps: Object.keys(deps),
    test,
    yes: ruleOf(then),
    no: second && ruleOf(second),
  });
}

/** A field whose schema sees another context, made from earlier fields and the context here. */
export function within<const D extends Fields, X extends AnySchema | AnyConditional, C = unknown>(
  deps: D,
  context: (values: Values<D>, context: C) => ContextOf<X>,
  inner: X,
): Conditional<Infer<X>, NoInfer<C>, OptionalOf<X>> {
  return conditional({ kind: "within", deps: Object.keys(deps), context, inner: ruleOf(inner) });
}

function conditional<K extends AnyConditional>(rule: Rule): K {
  const made: unknown = { rule, optional: mayBeAbsent(rule) };
  return made as K;
}

function mayBeAbsent(rule: Rule): boolean {
  if (rule.kind === "always") return false;
  if (rule.kind === "within") return mayBeAbsent(rule.inner);
  return rule.no === undefined || mayBeAbsent(rule.yes) || mayBeAbsent(rule.no);
}

/** As `schema.refine`, with a check that reads the context. */
export function refine<F extends Fields, C, D>(
  schema: ObjectSchema<F, C>,
  check: (value: ObjectOf<F>, context: D) => boolean,
  message: string,
): ObjectSchema<F, C & NoInfer<D>>;
export function refine<T, C, D>(
  schema: Schema<T, C>,
  check: (value: T, context: D) => boolean,
  message: string,
): Schema<T, C & NoInfer<D>>;
export function refine<T, C, D>(
  schema: Schema<T, C>,
  check: (value: T, context: D) => boolean,
  message: string,
): Schema<T, C & NoInfer<D>> {
  const fields = "fields" in schema ? (schema.fields as Fields) : undefined;
  return make(refined(schema.node, { check, message }), fields);
}

/** Settle the context that a schema's conditions read; the result stands on its own. */
export function bind<T, C>(schema: Schema<T, C>, context: C): Schema<T> {
  return make({ kind: "bind", ...NONE, inner: schema.node, context });
}
