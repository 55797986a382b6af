/** One JSON scalar: what `s.oneOf([...])` and `s.subset([...])` choose between. */
export type Scalar = string | number | boolean | null;

/** A check that is no decision by itself: a genotype that fails it is no point of the space. */
export interface Refinement {
  /** True where the value is acceptable. Must depend on nothing but its arguments. */
  check(value: unknown, context: unknown): boolean;
  /** What is expected, e.g. "an even width". */
  readonly message: string;
}

interface NodeBase {
  readonly description?: string;
  readonly refinements: readonly Refinement[];
}

/** A value is written as itself, a branch as `{ [tag]: name, ...fields of its body }`. */
export type Alternative =
  | { readonly kind: "value"; readonly name: Scalar }
  | {
      readonly kind: "branch";
      readonly name: string | number;
      readonly tag: "op" | "branch";
      readonly body: ObjectNode;
    };

export interface ChoiceNode extends NodeBase {
  readonly kind: "choice";
  readonly alternatives: readonly Alternative[];
  /** Position of a value or of a branch's name. */
  readonly positions: ReadonlyMap<Scalar, number>;
  readonly weights?: readonly number[];
  /** No branches and no guard: nothing but a draw from a list. */
  readonly plain: boolean;
  allow?(name: unknown, context: unknown): boolean;
}

/** Values `min, min + step, ...` up to `max`. */
export interface IntNode extends NodeBase {
  readonly kind: "int";
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly log: boolean;
  /** How many values there are. */
  readonly count: number;
}

export interface RealNode extends NodeBase {
  readonly kind: "real";
  readonly min: number;
  readonly max: number;
  readonly log: boolean;
}

export interface SubsetNode extends NodeBase {
  readonly kind: "subset";
  readonly items: readonly Scalar[];
  readonly positions: ReadonlyMap<Scalar, number>;
  readonly min: number;
  readonly max: number;
}

export interface RepeatNode extends NodeBase {
  readonly kind: "repeat";
  readonly item: Node;
  readonly min: number;
  readonly max: number;
  /** The context of the next item, from the items before it. */
  context?(before: readonly unknown[], context: unknown): unknown;
}

/** How one field of an object comes to its schema. */
export type Rule =
  | { readonly kind: "always"; readonly node: Node }
  | {
      readonly kind: "when";
      readonly deps: readonly string[];
      test(values: unknown, context: unknown): boolean;
      readonly yes: Rule;
      readonly no?: Rule;
    }
  | {
      readonly kind: "within";
      readonly deps: readonly string[];
      context(values: unknown, context: unknown): unknown;
      readonly inner: Rule;
    };

export interface Field {
  readonly name: string;
  readonly rule: Rule;
  /** A later field depends on this one. */
  readonly pivot: boolean;
}

export interface ObjectNode extends NodeBase {
  readonly kind: "object";
  readonly fields: readonly Field[];
  readonly names: ReadonlySet<string>;
}

export interface LazyNode extends NodeBase {
  readonly kind: "lazy";
  /** The schema behind it; the same node at every call. */
  inner(): Node;
  readonly maxDepth: number;
  /** The same for all refined or described copies of one `s.lazy` call. */
  readonly identity: object;
}

/** A schema whose context is settled. */
export interface BindNode extends NodeBase {
  readonly kind: "bind";
  readonly inner: Node;
  readonly context: unknown;
}

/** What the derived functions read. Written by the builders of `s` alone. */
export type Node =
  | ChoiceNode
  | IntNode
  | RealNode
  | SubsetNode
  | RepeatNode
  | ObjectNode
  | LazyNode
  | BindNode;

declare const TYPE: unique symbol;
declare const CONTEXT: unique symbol;

interface Typed<out T, in C> {
  readonly [TYPE]: T;
  readonly [CONTEXT]: (context: C) => void;
}

/**
 * A declared space of genotypes of type `T`. `C` is the context that its conditions read (`unknown` where
 * they read none); all derived functions ask for a schema without one, made by `s.bind`.
 */
export interface Schema<out T, in C = unknown> extends Typed<T, C> {
  readonly node: Node;
  /** Keep only the values for which `check` holds; `message` says what is expected. See also `s.refine`. */
  refine(check: (value: T) => boolean, message: string): this;
  /** A sentence for people: shown by `decisions`, and in the JSON Schema. */
  describe(text: string): this;
}

/** A schema whose fields are known by name; as a branch of `s.oneOf` they stand beside the `op`. */
export interface ObjectSchema<F extends Fields, C = unknown>
  extends Schema<ObjectOf<F>, ContextOf<F[keyof F]> & C> {
  readonly fields: F;
}

/** Branches of a tagged `s.oneOf`. */
export type Branches = { readonly [op: string]: AnySchema & { readonly fields: Fields } };

/** A field whose presence, schema or context follows from earlier fields; made by `s.when` and `s.within`. */
export interface Conditional<out T, in C, out Optional extends boolean> extends Typed<T, C> {
  readonly rule: Rule;
  readonly optional: Optional;
}

export type AnySchema = Schema<unknown, never>;
export type AnyConditional = Conditional<unknown, never, boolean>;
export type Fields = { readonly [name: string]: AnySchema | AnyConditional };

/** The genotype's type: `s.infer<typeof schema>`. */
export type Infer<S> = S extends Typed<infer T, never> ? T : never;

/** The context that all of a union of schemas need together. */
export type ContextOf<U> = [U] extends [never]
  ? unknown
  : [U] extends [Typed<unknown, infer C>]
    ? C
    : unknown;

type Simplify<T> = { [K in keyof T]: T[K] } & {};
type OptionalNames<F> = {
  [K in keyof F]: F[K] extends { readonly optional: infer O } ? (true extends O ? K : never) : never;
}[keyof F];

export type ObjectOf<F extends Fields> = Simplify<
  { -readonly [K in Exclude<keyof F, OptionalNames<F>>]: Infer<F[K]> } & {
    -readonly [K in OptionalNames<F>]?: Infer<F[K]>;
  }
>;

type Position<I> = I extends `${infer N extends number}` ? N : number;

/** Genotype of `s.oneOf([...])`: a value as itself, a sub-schema as `{ branch, value }`. */
export type ListOf<V extends readonly (Scalar | AnySchema)[]> = {
  [I in keyof V]: V[I] extends AnySchema ? { branch: Position<I>; value: Infer<V[I]> } : V[I];
}[number];

/** Genotype of `s.oneOf({...})`: a union told apart by `op`. */
export type TaggedOf<B extends Branches> = {
  [K in keyof B & string]: Simplify<{ op: K } & ObjectOf<B[K]["fields"]>>;
}[keyof B & string];
