/**
 * Genotypes as vectors of one length, for predictors and for strategies that work in continuous spaces.
 * A choice is one-hot, followed by the columns of each of its branches; a number is its position in its range
 * (0 to 1); a subset is multi-hot; a list has, for each of `max` places, a flag and the item's columns; a
 * conditional field has the columns of each of its schemas. Columns of what is absent are 0.
 */
import { fail, type Issue, issue } from "../base/index.js";
import { isRecursive } from "./depth.js";
import { openAlternatives } from "./enumerate.js";
import { fromUnit, toUnit } from "./numeric.js";
import { arms, resolve } from "./rule.js";
import type { ChoiceNode, Node, ObjectNode, RepeatNode, Schema, SubsetNode } from "./types.js";
import { alternativeOf, parse, validate } from "./validate.js";

/** Widest vector that is made. */
const MAX_WIDTH = 1_000_000;
const widths = new WeakMap<Node, number>();
const checked = new WeakSet<Node>();

/** Ints of up to so many values survive the 24 bits of a column exactly. */
export const EXACT_INTS = 2 ** 16;

/**
 * The vector of a genotype.
 * @throws encoding_recursive for grammars (use `pathEncoding` or `toText`), encoding_too_wide.
 */
export function encode<T>(schema: Schema<T>, genotype: T): Float32Array {
  const out = new Float32Array(encodingWidth(schema));
  write(schema.node, parse(schema, genotype, "genotype"), out, 0, undefined);
  return out;
}

/** Length of the vectors of {@link encode}. */
export function encodingWidth<T>(schema: Schema<T>): number {
  const { node } = schema;
  if (!checked.has(node)) {
    if (isRecursive(node)) {
      fail("encoding_recursive", {
        expected: "a space without recursion",
        received: "a schema that contains itself",
        hint: "use pathEncoding or toText",
      });
    }
    const width = widthOf(node);
    if (width > MAX_WIDTH) {
      fail("encoding_too_wide", {
        expected: `at most ${MAX_WIDTH} columns`,
        received: String(width),
        hint: "shorten the lists, or use pathEncoding",
      });
    }
    checked.add(node);
  }
  return widthOf(node);
}

/**
 * The genotype that a vector stands for: of any vector, not of {@link encode}'s alone (largest one-hot column,
 * nearest number, flags above one half). Exact for choices, subsets, lists and ints of up to 65,536 values;
 * reals come back to single precision. An issue where a refinement refuses the result.
 */
export function decode<T>(schema: Schema<T>, vector: ArrayLike<number>): T | Issue {
  const width = encodingWidth(schema);
  if (vector.length !== width) {
    return issue("encoding_width", { expected: `${width} columns`, received: String(vector.length) });
  }
  for (let i = 0; i < width; i++) {
    if (!Number.isFinite(vector[i])) {
      return issue("encoding_not_finite", {
        path: String(i),
        expected: "finite numbers",
        received: String(vector[i]),
      });
    }
  }
  return validate(schema, read(schema.node, vector, 0, undefined));
}

/** What each column of {@link encode} says, e.g. `op=conv`, `:conv/kernel=3`, `stages/0?`. */
export function encodingColumns<T>(schema: Schema<T>): string[] {
  encodingWidth(schema);
  const out: string[] = [];
  name(schema.node, "", out);
  return out;
}

function widthOf(node: Node): number {
  let width = widths.get(node);
  if (width === undefined) {
    width = computeWidth(node);
    widths.set(node, width);
  }
  return width;
}

function computeWidth(node: Node): number {
  switch (node.kind) {
    case "choice":
      return node.alternatives.reduce(
        (sum, it) => sum + 1 + (it.kind === "branch" ? widthOf(it.body) : 0),
        0,
      );
    case "object":
      return node.fields.flatMap((field) => arms(field.rule)).reduce((sum, arm) => sum + widthOf(arm), 0);
    case "int":
    case "real":
      return 1;
    case "subset":
      return node.items.length;
    case "repeat":
      return node.max * (1 + widthOf(node.item));
    case "lazy":
      return widthOf(node.inner());
    case "bind":
      return widthOf(node.inner);
  }
}

/** First column of a branch: after all one-hot columns and the branches before it. */
function branchOffset(node: ChoiceNode, index: number): number {
  return node.alternatives
    .slice(0, index)
    .reduce((sum, it) => sum + (it.kind === "branch" ? widthOf(it.body) : 0), node.alternatives.length);
}

function write(node: Node, value: unknown, out: Float32Array, at: number, context: unknown): void {
  switch (node.kind) {
    case "choice": {
      const alternative = alternativeOf(node, value);
      const index = alternative === undefined ? -1 : (node.positions.get(alternative.name) ?? -1);
      out[at + index] = 1;
      if (alternative?.kind === "branch") {
        writeObject(alternative.body, value, out, at + branchOffset(node, index), context);
      }
      return;
    }
    case "object":
      writeObject(node, value, out, at, context);
      return;
    case "int":
    case "real":
      out[at] = toUnit(node, value as number);
      return;
    case "subset": {
      const chosen = new Set(value as readonly unknown[]);
      for (const [i, item] of node.items.entries()) out[at + i] = chosen.has(item) ? 1 : 0;
      return;
    }
    case "repeat": {
      const items = value as readonly unknown[];
      const stride = 1 + widthOf(node.item);
      for (const [i, item] of items.entries()) {
        out[at + i * stride] = 1;
        const inside = node.context ? node.context(items.slice(0, i), context) : context;
        write(node.item, item, out, at + i * stride + 1, inside);
      }
      return;
    }
    case "lazy":
      write(node.inner(), value, out, at, context);
      return;
    case "bind":
      write(node.inner, value, out, at, node.context);
  }
}

function writeObject(
  node: ObjectNode,
  value: unknown,
  out: Float32Array,
  at: number,
  context: unknown,
): void {
  const record = value as Readonly<Record<string, unknown>>;
  let offset = at;
  for (const { name, rule } of node.fields) {
    const active = resolve(rule, record, context);
    let used = false;
    for (const arm of arms(rule)) {
      // One schema may stand in two arms; the first one's columns serve.
      if (!used && active?.node === arm) {
        write(arm, record[name], out, offset, active.context);
        used = true;
      }
      offset += widthOf(arm);
    }
  }
}

function read(node: Node, vector: ArrayLike<number>, at: number, context: unknown): unknown {
  const column = (i: number) => vector[at + i] ?? 0;
  switch (node.kind) {
    case "choice":
      return readChoice(node, vector, at, context);
    case "object":
      return readObject(node, {}, vector, at, context);
    case "int":
    case "real":
      return fromUnit(node, column(0));
    case "subset":
      return readSubset(node, column);
    case "repeat":
      return readRepeat(node, vector, at, context);
    case "lazy":
      return read(node.inner(), vector, at, context);
    case "bind":
      return read(node.inner, vector, at, node.context);
  }
}

function readChoice(node: ChoiceNode, vector: ArrayLike<number>, at: number, context: unknown): unknown {
  const open = openAlternatives(node, context, Number.POSITIVE_INFINITY);
  const index = (it: (typeof open)[number]) => node.positions.get(it.name) ?? 0;
  // The first of equals, in the order of declaration.
  const [best] = open.sort(
    (a, b) => (vector[at + index(b)] ?? 0) - (vector[at + index(a)] ?? 0) || index(a) - index(b),
  );
  if (best === undefined) return undefined;
  if (best.kind === "value") return best.name;
  return readObject(
    best.body,
    { [best.tag]: best.name },
    vector,
    at + branchOffset(node, index(best)),
    context,
  );
}

function readObject(
  node: ObjectNode,
  out: Record<string, unknown>,
  vector: ArrayLike<number>,
  at: number,
  context: unknown,
): unknown {
  let offset = at;
  for (const { name, rule } of node.fields) {
    const active = resolve(rule, out, context);
    let used = false;
    for (const arm of arms(rule)) {
      if (!used && active?.node === arm) {
        out[name] = read(arm, vector, offset, active.context);
        used = true;
      }
      offset += widthOf(arm);
    }
  }
  return out;
}

function readSubset(node: SubsetNode, column: (i: number) => number): unknown {
  const ranked = node.items.map((_, i) => i).sort((a, b) => column(b) - column(a) || a - b);
  const wanted = ranked.filter((i) => column(i) > 0.5).length;
  const size = Math.min(node.max, Math.max(node.min, wanted));
  const chosen = new Set(ranked.slice(0, size));
  return node.items.filter((_, i) => chosen.has(i));
}

function readRepeat(node: RepeatNode, vector: ArrayLike<number>, at: number, context: unknown): unknown {
  const stride = 1 + widthOf(node.item);
  const out: unknown[] = [];
  while (out.length < node.max) {
    const place = at + out.length * stride;
    if (out.length >= node.min && (vector[place] ?? 0) <= 0.5) break;
    out.push(read(node.item, vector, place + 1, node.context ? node.context(out, context) : context));
  }
  return out;
}

function name(node: Node, path: string, out: string[]): void {
  switch (node.kind) {
    case "choice":
      for (const it of node.alternatives) out.push(`${path}=${it.name}`);
      for (const it of node.alternatives) if (it.kind === "branch") name(it.body, `${path}:${it.name}`, out);
      return;
    case "object":
      for (const field of node.fields) {
        for (const arm of arms(field.rule))
          name(arm, path === "" ? field.name : `${path}/${field.name}`, out);
      }
      return;
    case "int":
    case "real":
      out.push(path);
      return;
    case "subset":
      for (const item of node.items) out.push(`${path}=${item}`);
      return;
    case "repeat":
      for (let i = 0; i < node.max; i++) {
        const place = path === "" ? String(i) : `${path}/${i}`;
        out.push(`${place}?`);
        name(node.item, place, out);
      }
      return;
    case "lazy":
      name(node.inner(), path, out);
      return;
    case "bind":
      name(node.inner, path, out);
  }
}
