/** All genotypes one decision away. */
import { canonicalJson, rngOf } from "../base/index.js";
import { openAlternatives } from "./enumerate.js";
import { switched } from "./mutate.js";
import { fromUnit, toUnit } from "./numeric.js";
import { HOLE, repair } from "./repair.js";
import { DEAD, drawState } from "./sample.js";
import type { IntNode, RealNode, RepeatNode, Schema, SubsetNode } from "./types.js";
import { alternativeOf, parse } from "./validate.js";
import { type Site, setAt, sites } from "./walk.js";

/** Steps of a real, as shares of its range (of its logarithm, where it has one). */
export const REAL_STEPS = [0.01, 0.05, 0.2] as const;
/** Ints of up to so many values have all others as neighbours; longer ones those 1, 2, 4, ... steps away. */
export const ALL_INTS = 16;

/**
 * Every valid genotype that differs in one decision, each once, in a fixed order: every other alternative, every
 * other value of a short int (1, 2, 4, ... steps of a long one), a grid of steps of a real, one item of a subset
 * added, removed or swapped, one item of a list inserted, doubled or deleted. What a change makes necessary
 * (the fields of a new branch, an inserted item) takes fields of the same name where they fit and else short
 * values that depend on the genotype alone; decisions made idle are dropped.
 */
export function* neighbours<T>(schema: Schema<T>, genotype: T): Generator<T> {
  const { node } = schema;
  const own = canonicalJson(parse(schema, genotype, "genotype"));
  const seen = new Set([own]);
  for (const site of sites(node, genotype)) {
    for (const [i, value] of [...changes(site)].entries()) {
      const draft = setAt(genotype, site.path, value);
      // Short values first; where refinements refuse them, ordinary ones.
      for (const closeAfter of [0, undefined]) {
        const rng = rngOf(0, "neighbours", site.key, i, closeAfter ?? "open");
        const child = repair(node, draft, rng, drawState(closeAfter));
        if (child === DEAD) continue;
        const text = canonicalJson(child);
        if (!seen.has(text)) {
          seen.add(text);
          yield child as T;
        }
        break;
      }
    }
  }
}

function* changes({ node, value, context, left }: Site): Generator<unknown> {
  switch (node.kind) {
    case "choice": {
      const current = alternativeOf(node, value);
      for (const other of openAlternatives(node, context, left)) {
        if (other === current) continue;
        yield other.kind === "value" ? other.name : switched(value, other.tag, other.name);
      }
      return;
    }
    case "int":
      yield* ints(node, value as number);
      return;
    case "real":
      yield* reals(node, value as number);
      return;
    case "subset":
      yield* subsets(node, value as readonly unknown[]);
      return;
    case "repeat":
      yield* lists(node, value as readonly unknown[]);
      return;
    case "lazy":
      // Its inner decisions are sites of their own.
      return;
  }
}

function* ints(node: IntNode, value: number): Generator<number> {
  const index = (value - node.min) / node.step;
  if (node.count <= ALL_INTS) {
    for (let k = 0; k < node.count; k++) if (k !== index) yield node.min + k * node.step;
    return;
  }
  for (let step = 1; step < node.count; step *= 2) {
    for (const k of [index - step, index + step]) {
      if (k >= 0 && k < node.count) yield node.min + k * node.step;
    }
  }
}

function* reals(node: RealNode, value: number): Generator<number> {
  if (node.min === node.max) return;
  const unit = toUnit(node, value);
  for (const step of REAL_STEPS) {
    for (const next of [unit - step, unit + step]) yield fromUnit(node, next);
  }
}

function* subsets(node: SubsetNode, value: readonly unknown[]): Generator<unknown> {
  const chosen = new Set(value);
  const items = (set: ReadonlySet<unknown>) => node.items.filter((item) => set.has(item));
  const out = node.items.filter((item) => !chosen.has(item));
  if (value.length > node.min)
    for (const item of value) yield items(new Set(value.filter((it) => it !== item)));
  if (value.length < node.max) for (const item of out) yield items(new Set([...value, item]));
  for (const gone of value) {
    for (const come of out) yield items(new Set([...value.filter((it) => it !== gone), come]));
  }
}

function* lists(node: RepeatNode, value: readonly unknown[]): Generator<unknown> {
  if (value.length > node.min) for (const i of value.keys()) yield value.toSpliced(i, 1);
  if (value.length < node.max) {
    for (const [i, item] of value.entries()) yield value.toSpliced(i, 0, item);
    for (let i = 0; i <= value.length; i++) yield value.toSpliced(i, 0, HOLE);
  }
}
