/** One decision changed, everything else kept as far as it still stands. */
import { canonicalJson, type Rng } from "../base/index.js";
import { enter } from "./depth.js";
import { points } from "./enumerate.js";
import { fromUnit, toUnit } from "./numeric.js";
import { HOLE, repair } from "./repair.js";
import { DEAD, draw, drawState, openWeights, sample } from "./sample.js";
import type { ChoiceNode, IntNode, RealNode, RepeatNode, Schema, SubsetNode } from "./types.js";
import { alternativeOf, parse } from "./validate.js";
import { type Site, setAt, sites } from "./walk.js";

/** Options of {@link mutate}. */
export interface MutateOptions {
  /** How many changes are made one after another (1). */
  strength?: number;
}

/** A small step of a number, as a share of its range (standard deviation). */
const STEP = 0.1;
const TRIES = 50;
const EXHAUSTIVE = 20_000;

/**
 * A valid genotype that differs from the parent in one decision and in what follows from it: a choice takes
 * another alternative (fields of the same name are kept), a number takes a small step or a new value, a
 * subset gains, loses or swaps an item, a list inserts, deletes or duplicates one, a subtree is regrown. All
 * decisions that the parent took are equally likely to be the one. Where no single change is valid, another
 * genotype is drawn; the parent comes back only where the space has no other point.
 */
export function mutate<T>(schema: Schema<T>, genotype: T, rng: Rng, options: MutateOptions = {}): T {
  const strength = Math.max(1, Math.floor(options.strength ?? 1));
  const parent = canonicalJson(parse(schema, genotype, "genotype"));
  let child = genotype;
  // An even number of changes may lead back; one more leads away again.
  for (let i = 0; i < strength || (i < strength + 2 && canonicalJson(child) === parent); i++) {
    child = once(schema, child, rng);
  }
  return child;
}

function once<T>(schema: Schema<T>, genotype: T, rng: Rng): T {
  const { node } = schema;
  const before = canonicalJson(genotype);
  const all = sites(node, genotype);
  for (let tries = 0; tries < TRIES && all.length > 0; tries++) {
    const site = rng.pick(all);
    const edited = edit(site, rng);
    if (edited === DEAD) continue;
    const child = repair(node, setAt(genotype, site.path, edited), rng);
    if (child !== DEAD && canonicalJson(child) !== before) return child as T;
  }
  for (let tries = 0; tries < TRIES; tries++) {
    const child = sample(schema, rng);
    if (canonicalJson(child) !== before) return child;
  }
  const walk = { grid: 11, work: EXHAUSTIVE, sawReal: false };
  const others: unknown[] = [];
  for (const point of points(node, undefined, Number.POSITIVE_INFINITY, walk)) {
    if (canonicalJson(point) !== before) others.push(point);
  }
  return others.length > 0 ? (rng.pick(others) as T) : genotype;
}

/** A different value for one decision, conditions not yet seen to; {@link DEAD} where there is no other. */
function edit(site: Site, rng: Rng): unknown {
  const { node, value, context, left } = site;
  switch (node.kind) {
    case "choice":
      return otherAlternative(node, value, rng, context, left);
    case "int":
      return otherInt(node, value as number, rng);
    case "real":
      return otherReal(node, value as number, rng);
    case "subset":
      return otherSubset(node, value as readonly unknown[], rng);
    case "repeat":
      return otherList(node, value as readonly unknown[], rng);
    case "lazy":
      return draw(node.inner(), rng, context, enter(node, left), drawState());
  }
}

function otherAlternative(
  node: ChoiceNode,
  value: unknown,
  rng: Rng,
  context: unknown,
  left: number,
): unknown {
  const current = alternativeOf(node, value);
  const weights = openWeights(node, context, left).map((weight, i) =>
    node.alternatives[i] === current ? 0 : weight,
  );
  if (!weights.some((weight) => weight > 0)) return DEAD;
  const chosen = node.alternatives[rng.weighted(weights)];
  if (chosen === undefined) return DEAD;
  return chosen.kind === "value" ? chosen.name : switched(value, chosen.tag, chosen.name);
}

/** The draft of another branch: its tag, and what the two branches have in common by name. */
export function switched(value: unknown, tag: "op" | "branch", name: string | number): unknown {
  // Positions of a list say nothing about what their values have in common.
  if (tag === "branch" || typeof value !== "object" || value === null) return { [tag]: name };
  return { ...value, [tag]: name };
}

function otherInt(node: IntNode, value: number, rng: Rng): unknown {
  if (node.count === 1) return DEAD;
  const index = (value - node.min) / node.step;
  if (rng.float() < 0.5) {
    const near = fromUnit(node, toUnit(node, value) + rng.normal() * STEP);
    if (near !== value) return near;
    const next = index + (rng.float() < 0.5 ? -1 : 1);
    if (next >= 0 && next < node.count) return node.min + next * node.step;
  }
  const other = rng.int(node.count - 1);
  return node.min + (other < index ? other : other + 1) * node.step;
}

function otherReal(node: RealNode, value: number, rng: Rng): unknown {
  if (node.min === node.max) return DEAD;
  const unit = rng.float() < 0.5 ? toUnit(node, value) + rng.normal() * STEP : rng.float();
  return fromUnit(node, unit);
}

function otherSubset(node: SubsetNode, value: readonly unknown[], rng: Rng): unknown {
  const chosen = new Set(value);
  const out = node.items.filter((item) => !chosen.has(item));
  const moves = [
    ...(value.length < node.max && out.length > 0 ? ["add" as const] : []),
    ...(value.length > node.min ? ["remove" as const] : []),
    ...(value.length > 0 && out.length > 0 ? ["swap" as const] : []),
  ];
  if (moves.length === 0) return DEAD;
  const move = rng.pick(moves);
  if (move !== "add") chosen.delete(rng.pick(value));
  if (move !== "remove") chosen.add(rng.pick(out));
  return node.items.filter((item) => chosen.has(item));
}

function otherList(node: RepeatNode, value: readonly unknown[], rng: Rng): unknown {
  const room = value.length < node.max;
  const moves = [
    ...(room ? ["insert" as const] : []),
    ...(room && value.length > 0 ? ["duplicate" as const] : []),
    ...(value.length > node.min ? ["delete" as const] : []),
  ];
  if (moves.length === 0) return DEAD;
  switch (rng.pick(moves)) {
    case "insert":
      return value.toSpliced(rng.int(value.length + 1), 0, HOLE);
    case "duplicate": {
      const i = rng.int(value.length);
      return value.toSpliced(i, 0, value[i]);
    }
    case "delete":
      return value.toSpliced(rng.int(value.length), 1);
  }
}
