/** Genotypes whose decisions somebody else takes, and the decisions of a genotype in the same terms. */
import { canonicalJson, type Rng } from "../base/index.js";
import { enter } from "./depth.js";
import { fromUnit, toUnit } from "./numeric.js";
import { repair } from "./repair.js";
import { resolve } from "./rule.js";
import { DEAD, openWeights, sample } from "./sample.js";
import type { Alternative, Node, ObjectNode, RepeatNode, Schema, SubsetNode } from "./types.js";
import { alternativeOf, check } from "./validate.js";
import { type Site, sites } from "./walk.js";

/** Takes the decisions of a genotype one after another, outer ones first. */
export interface Guide {
  /**
   * One of several alternatives: a branch or value of a choice, a list's length above its least, whether an item is in
   * a subset (1) or not (0). `weights` are the space's own; an alternative of weight 0 does not exist here.
   */
  choose(key: string, weights: readonly number[]): number;
  /** A number, as its position in its range, 0 to 1. */
  place(key: string): number;
}

/** A decision that a genotype took. Genotypes that face the same decision share its key. */
export interface Decided {
  readonly key: string;
  /** Of how many alternatives; 0 for a number. */
  readonly count: number;
  /** Which alternative, or the position of a number in its range. */
  readonly value: number;
}

const TRIES = 20;
const TOP = Number.POSITIVE_INFINITY;

/**
 * A genotype whose decisions a guide takes. What the guide's decisions leave no valid value for is repaired, and where
 * that fails `TRIES` times the genotype is an ordinary draw.
 *
 * @throws space_unsatisfiable as `sample` does
 */
export function guidedSample<T>(schema: Schema<T>, rng: Rng, guide: Guide): T {
  for (let tries = 0; tries < TRIES; tries++) {
    const drawn = follow(schema.node, "", undefined, TOP, guide);
    if (drawn === DEAD) continue;
    const valid = check(schema.node, drawn, undefined, TOP) === undefined;
    const value = valid ? drawn : repair(schema.node, drawn, rng);
    if (value !== DEAD) return value as T;
  }
  return sample(schema, rng);
}

/** What a valid genotype decided, in the order in which a guide is asked. */
export function decided<T>(schema: Schema<T>, genotype: T): Decided[] {
  return sites(schema.node, genotype).flatMap(decidedAt);
}

function decidedAt({ key, node, value }: Site): Decided[] {
  switch (node.kind) {
    case "lazy":
      return [];
    case "choice": {
      const taken = alternativeOf(node, value);
      const at = taken === undefined ? -1 : node.alternatives.indexOf(taken);
      return [{ key, count: node.alternatives.length, value: at }];
    }
    case "repeat": {
      const { length } = value as readonly unknown[];
      return [{ key, count: node.max - node.min + 1, value: length - node.min }];
    }
    case "subset": {
      const chosen = new Set(value as readonly unknown[]);
      return node.items.map((item) => ({
        key: itemKey(key, item),
        count: 2,
        value: Number(chosen.has(item)),
      }));
    }
    default:
      return [{ key, count: 0, value: toUnit(node, value as number) }];
  }
}

function itemKey(key: string, item: unknown): string {
  return `${key}?${canonicalJson(item)}`;
}

function join(key: string, segment: string | number): string {
  return key === "" ? String(segment) : `${key}/${segment}`;
}

function follow(node: Node, key: string, context: unknown, left: number, guide: Guide): unknown {
  switch (node.kind) {
    case "object":
      return fields(node, {}, key, context, left, guide);
    case "bind":
      return follow(node.inner, key, node.context, left, guide);
    case "lazy": {
      const inside = enter(node, left);
      return inside < 0 ? DEAD : follow(node.inner(), key, context, inside, guide);
    }
    case "int":
    case "real":
      return fromUnit(node, guide.place(key));
    case "subset":
      return subset(node, key, guide);
    case "repeat":
      return list(node, key, context, left, guide);
    case "choice": {
      const weights = openWeights(node, context, left);
      while (weights.some((weight) => weight > 0)) {
        const at = guide.choose(key, weights);
        const value = alternative(node.alternatives[at], key, context, left, guide);
        if (value !== DEAD) return value;
        weights[at] = 0;
      }
      return DEAD;
    }
  }
}

function alternative(
  it: Alternative | undefined,
  key: string,
  context: unknown,
  left: number,
  guide: Guide,
): unknown {
  if (it === undefined) return DEAD;
  if (it.kind === "value") return it.name;
  return fields(it.body, { [it.tag]: it.name }, `${key}:${it.name}`, context, left, guide);
}

function fields(
  node: ObjectNode,
  out: Record<string, unknown>,
  key: string,
  context: unknown,
  left: number,
  guide: Guide,
): unknown {
  for (const { name, rule } of node.fields) {
    const active = resolve(rule, out, context);
    if (active === undefined) continue;
    const value = follow(active.node, join(key, name), active.context, left, guide);
    if (value === DEAD) return DEAD;
    out[name] = value;
  }
  return out;
}

/** Sizes outside the bounds are left to `repair`. */
function subset(node: SubsetNode, key: string, guide: Guide): unknown {
  return node.items.filter((item) => guide.choose(itemKey(key, item), [1, 1]) === 1);
}

function list(node: RepeatNode, key: string, context: unknown, left: number, guide: Guide): unknown {
  const lengths = new Array<number>(node.max - node.min + 1).fill(1);
  const length = node.min + guide.choose(key, lengths);
  const out: unknown[] = [];
  while (out.length < length) {
    const inside = node.context ? node.context(out, context) : context;
    const value = follow(node.item, join(key, out.length), inside, left, guide);
    if (value === DEAD) return out.length >= node.min ? out : DEAD;
    out.push(value);
  }
  return out;
}
