/** Decisions inside networks: one branch for a genotype, a weighted mixture for a relaxed one. */
import { dim, fail } from "../base/index.js";
import { tensor, type Value } from "../ir/index.js";
import { type OpenChoice, openChoice, openLength, type Scalar } from "../schema/index.js";
import type { NetworkBuilder } from "./network.js";

/** What a branch may give: undefined stands for zeros, and costs nothing. */
export type Branch = Value | undefined;

/** A function for each alternative: by `op` for branches with fields of their own, by value for plain values. */
export type BranchTable<X, R> = [X] extends [{ readonly op: string }]
  ? { readonly [O in X["op"]]: (it: Extract<X, { readonly op: O }>) => R }
  : [X] extends [Scalar]
    ? { readonly [N in X as `${N}`]: () => R }
    : never;

/** A size that may be open: the largest in a supernet, with what makes it smaller. */
export interface Extent {
  readonly size: number;
  /** Of channels [1, size, 1, 1], of a kernel [1, 1, size, size]: 1 where a place exists, 0 where not. */
  readonly mask: Value | undefined;
}

/** What {@link choose} gives: undefined also where the decision may be absent. */
export type Chosen<X, R> = R | Extract<X, undefined>;

/** See {@link NetworkBuilder.choose}. */
export function choose<T extends object, K extends keyof T, R extends Branch>(
  g: NetworkBuilder,
  at: T,
  key: K,
  branches: ((it: NonNullable<T[K]>) => R) | BranchTable<NonNullable<T[K]>, R>,
): Chosen<T[K], R> {
  const open = openChoice(at, key);
  const run = (value: unknown): Branch => {
    if (value === undefined) return undefined;
    const name = nameOf(value);
    return g.scope(labelOf(key, name), () => {
      if (typeof branches === "function") return branches(value as NonNullable<T[K]>);
      const branch = (branches as Readonly<Record<string, ((it: unknown) => R) | undefined>>)[String(name)];
      return branch === undefined
        ? fail("choice_branch", {
            path: `${g.path}${String(key)}`,
            expected: `one of ${Object.keys(branches).join(", ")}`,
            received: String(name),
          })
        : branch(value);
    });
  };
  const chosen =
    open === undefined
      ? run(at[key])
      : mix(
          g,
          open,
          open.names.map((_, i) => run(open.value(i))),
        );
  // The type says undefined where a branch may give it or the decision may be absent: then the mixture may, too.
  return chosen as Chosen<T[K], R>;
}

/** See {@link NetworkBuilder.stack}. */
export function stack<T extends object, K extends keyof T>(
  g: NetworkBuilder,
  at: T,
  key: K,
  x: Value,
  body: (h: Value, item: T[K] extends readonly (infer I)[] ? I : never, index: number) => Value,
): Value {
  const items = at[key] as readonly (T[K] extends readonly (infer I)[] ? I : never)[];
  const outputs = [x];
  for (let i = 0; i < items.length; i++) {
    const h = outputs.at(-1) ?? x;
    outputs.push(body(h, items[i] as T[K] extends readonly (infer I)[] ? I : never, i));
  }
  const open = openLength(at, key);
  if (open === undefined || open.names.length === 1) return outputs.at(-1) ?? x;
  return (
    mix(
      g,
      open,
      open.names.map((length) => outputs[Number(length)]),
    ) ?? x
  );
}

/** See {@link NetworkBuilder.width}. */
export function openWidth<T extends object, K extends keyof T>(
  g: NetworkBuilder,
  at: T,
  key: K,
  size: (it: T[K]) => number,
): Extent {
  return extent(g, at, key, size, (of, largest) =>
    tensor(
      "float32",
      [1, largest],
      Array.from({ length: largest }, (_, i) => (i < of ? 1 : 0)),
    ),
  );
}

/** See {@link NetworkBuilder.kernel}. */
export function openKernel<T extends object, K extends keyof T>(
  g: NetworkBuilder,
  at: T,
  key: K,
  size: (it: T[K]) => number,
): Extent {
  return extent(g, at, key, size, (of, largest) => {
    const edge = (largest - of) / 2;
    const inside = (i: number) => i >= edge && i < largest - edge;
    return tensor(
      "float32",
      [1, largest * largest],
      Array.from({ length: largest * largest }, (_, i) =>
        inside(Math.floor(i / largest)) && inside(i % largest) ? 1 : 0,
      ),
    );
  });
}

function extent<T extends object, K extends keyof T>(
  g: NetworkBuilder,
  at: T,
  key: K,
  size: (it: T[K]) => number,
  maskOf: (of: number, largest: number) => ReturnType<typeof tensor>,
): Extent {
  const open = openChoice(at, key);
  if (open === undefined) return { size: size(at[key]), mask: undefined };
  const sizes = open.names.map((_, i) => size(open.value(i) as T[K]));
  const largest = Math.max(...sizes);
  if (sizes.every((it) => it === largest)) return { size: largest, mask: undefined };
  const rows = sizes.map((of) => maskOf(of, largest));
  const [, places = largest] = rows[0]?.dims ?? [];
  const table = g.constant(
    tensor(
      "float32",
      [rows.length, places],
      rows.flatMap((row) => Array.from(row.data, Number)),
    ),
    "masks",
  );
  const weights = g.Reshape(g.mixture(open.path, open.names).weights, g.i64([1, rows.length]));
  const shape = places === largest ? [1, largest, 1, 1] : [1, 1, largest, largest];
  return { size: largest, mask: g.Reshape(g.MatMul(weights, table), g.i64(shape)) };
}

/** Sum of weight times branch; branches without a value add nothing. */
function mix(g: NetworkBuilder, open: OpenChoice, parts: readonly Branch[]): Branch {
  const present = parts.flatMap((value, i) =>
    value === undefined ? [] : [{ value, name: open.names[i], i }],
  );
  const [first] = present;
  if (first === undefined) return undefined;
  const other = present.find(({ value }) => value.shape.join() !== first.value.shape.join());
  if (other !== undefined) {
    fail("choice_shapes", {
      path: open.path,
      expected: `branches of one shape: ${first.name} gives ${dim.format(first.value.shape)}`,
      received: `${other.name} gives ${dim.format(other.value.shape)}`,
      hint: "let all branches end in the same shape, or read this decision without choose",
    });
  }
  const weights = g.mixtureWeights(open.path, open.names);
  return g.Sum(present.map(({ value, i }) => g.Mul(value, weights[i] ?? g.scalar(0))));
}

function nameOf(value: unknown): Scalar {
  if (typeof value !== "object" || value === null) return value as Scalar;
  const { op, branch } = value as { readonly op?: string; readonly branch?: number };
  return op ?? branch ?? null;
}

/** Names of branches speak for themselves; numbers and flags follow the name of the decision. */
function labelOf(key: PropertyKey, name: Scalar): string {
  return typeof name === "string" ? name : `${String(key)}${name}`;
}
