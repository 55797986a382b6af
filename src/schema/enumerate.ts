/** All genotypes of a space, one after another. */
import { fail } from "../base/index.js";
import { enter, minDepth } from "./depth.js";
import { fromUnit } from "./numeric.js";
import { resolve } from "./rule.js";
import type {
  Alternative,
  ChoiceNode,
  Node,
  ObjectNode,
  RealNode,
  RepeatNode,
  Schema,
  SubsetNode,
} from "./types.js";

/** Options of {@link enumerate}. */
export interface EnumerateOptions {
  /** Points that stand for each real, evenly spread over its range, both ends included (2 or more). */
  grid?: number;
}

/** Bounds and findings of one enumeration. */
export interface Walk {
  readonly grid?: number;
  /** Steps that are left; at 0 the enumeration ends early. */
  work: number;
  sawReal: boolean;
}

/**
 * Every genotype once, in a fixed order in which shorter derivations come first. A lazy generator: take as
 * many as you need.
 * @throws space_not_finite at the first real where no `grid` is given.
 */
export function* enumerate<T>(schema: Schema<T>, options: EnumerateOptions = {}): Generator<T> {
  const walk = { grid: options.grid, work: Number.POSITIVE_INFINITY, sawReal: false };
  for (const value of points(schema.node, undefined, Number.POSITIVE_INFINITY, walk)) yield value as T;
}

/** Every value of a node in its place. */
export function* points(node: Node, context: unknown, left: number, walk: Walk): Generator<unknown> {
  for (const value of unrefined(node, context, left, walk)) {
    if (--walk.work < 0) return;
    if (node.refinements.every((refinement) => refinement.check(value, context))) yield value;
  }
}

function* unrefined(node: Node, context: unknown, left: number, walk: Walk): Generator<unknown> {
  switch (node.kind) {
    case "choice":
      yield* choices(node, context, left, walk);
      return;
    case "object":
      yield* objects(node, 0, {}, context, left, walk);
      return;
    case "int":
      for (let k = 0; k < node.count; k++) yield node.min + k * node.step;
      return;
    case "real":
      yield* reals(node, walk);
      return;
    case "subset":
      yield* subsets(node, 0, []);
      return;
    case "repeat":
      yield* lists(node, [], context, left, walk);
      return;
    case "lazy": {
      const inside = enter(node, left);
      if (inside >= 0 && minDepth(node.inner()) <= inside) yield* points(node.inner(), context, inside, walk);
      return;
    }
    case "bind":
      yield* points(node.inner, node.context, left, walk);
  }
}

function* reals(node: RealNode, walk: Walk): Generator<number> {
  if (node.min === node.max) {
    yield node.min;
    return;
  }
  walk.sawReal = true;
  if (walk.grid === undefined) {
    fail("space_not_finite", {
      expected: "a finite space",
      received: `a real in ${node.min}..${node.max}`,
      hint: "give a grid of points for the reals",
    });
  }
  const last = Math.max(2, Math.floor(walk.grid)) - 1;
  for (let k = 0; k <= last; k++) yield fromUnit(node, k / last);
}

/** Alternatives that exist here, the shortest derivations first. */
export function openAlternatives(node: ChoiceNode, context: unknown, left: number): Alternative[] {
  const depthOf = (it: Alternative) => (it.kind === "value" ? 0 : minDepth(it.body));
  return node.alternatives
    .filter((it) => depthOf(it) <= left && depthOf(it) < Number.POSITIVE_INFINITY)
    .filter((it) => !node.allow || node.allow(it.name, context))
    .sort((a, b) => depthOf(a) - depthOf(b));
}

function* choices(node: ChoiceNode, context: unknown, left: number, walk: Walk): Generator<unknown> {
  for (const alternative of openAlternatives(node, context, left)) {
    if (alternative.kind === "value") yield alternative.name;
    else {
      const { body, tag, name } = alternative;
      for (const value of objects(body, 0, { [tag]: name }, context, left, walk)) {
        if (--walk.work < 0) return;
        if (body.refinements.every((refinement) => refinement.check(value, context))) yield value;
      }
    }
  }
}

function* objects(
  node: ObjectNode,
  index: number,
  before: Readonly<Record<string, unknown>>,
  context: unknown,
  left: number,
  walk: Walk,
): Generator<unknown> {
  const field = node.fields[index];
  if (field === undefined) {
    yield { ...before };
    return;
  }
  const active = resolve(field.rule, before, context);
  if (active === undefined) {
    yield* objects(node, index + 1, before, context, left, walk);
    return;
  }
  for (const value of points(active.node, active.context, left, walk)) {
    yield* objects(node, index + 1, { ...before, [field.name]: value }, context, left, walk);
  }
}

function* subsets(node: SubsetNode, from: number, chosen: readonly unknown[]): Generator<unknown> {
  if (chosen.length >= node.min) yield [...chosen];
  if (chosen.length === node.max) return;
  for (let i = from; i < node.items.length; i++) {
    if (chosen.length + node.items.length - i < node.min) return;
    yield* subsets(node, i + 1, [...chosen, node.items[i]]);
  }
}

/** A list comes before the longer lists that begin with it. */
function* lists(
  node: RepeatNode,
  before: readonly unknown[],
  context: unknown,
  left: number,
  walk: Walk,
): Generator<unknown> {
  if (before.length >= node.min) yield [...before];
  if (before.length === node.max || minDepth(node.item) > left) return;
  const inside = node.context ? node.context(before, context) : context;
  for (const item of points(node.item, inside, left, walk)) {
    yield* lists(node, [...before, item], context, left, walk);
  }
}
