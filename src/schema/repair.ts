/**
 * Make a genotype out of a draft: keep every decision that still stands, move numbers into their range, drop
 * what has no place any more, and draw what is missing. Mutation, crossover and neighbours edit a draft
 * freely and leave the consequences (conditions, contexts, depth) to this.
 */
import type { Rng } from "../base/index.js";
import { enter, minDepth } from "./depth.js";
import { latticeIndex, nearest } from "./numeric.js";
import { resolve } from "./rule.js";
import { DEAD, type DrawState, draw, drawAlternative, drawState } from "./sample.js";
import type { ChoiceNode, Node, ObjectNode, RepeatNode, SubsetNode } from "./types.js";
import { alternativeOf, check } from "./validate.js";

const TOP = Number.POSITIVE_INFINITY;

/** Stands in a draft where a new value is wanted. */
export const HOLE = undefined;

/** The nearest genotype of a root node to a draft; {@link DEAD} where a refinement or a guard forbids it. */
export function repair(root: Node, draft: unknown, rng: Rng, state: DrawState = drawState()): unknown {
  const value = fix(root, draft, rng, undefined, TOP, state);
  return value === DEAD || check(root, value, undefined, TOP) !== undefined ? DEAD : value;
}

function fix(node: Node, old: unknown, rng: Rng, context: unknown, left: number, state: DrawState): unknown {
  if (old === HOLE) return draw(node, rng, context, left, state);
  switch (node.kind) {
    case "choice":
      return fixChoice(node, old, rng, context, left, state);
    case "object":
      return fixObject(node, record(old), {}, rng, context, left, state);
    case "int":
    case "real":
      if (typeof old !== "number" || !Number.isFinite(old)) return draw(node, rng, context, left, state);
      if (node.kind === "real") return Math.min(node.max, Math.max(node.min, old));
      return latticeIndex(node, old) >= 0 ? old : nearest(node, old);
    case "subset":
      return fixSubset(node, old, rng);
    case "repeat":
      return fixRepeat(node, old, rng, context, left, state);
    case "lazy": {
      const inside = enter(node, left);
      return inside < 0 ? DEAD : fix(node.inner(), old, rng, context, inside, state);
    }
    case "bind":
      return fix(node.inner, old, rng, node.context, left, state);
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function fixChoice(
  node: ChoiceNode,
  old: unknown,
  rng: Rng,
  context: unknown,
  left: number,
  state: DrawState,
): unknown {
  const alternative = alternativeOf(node, old);
  if (alternative === undefined || (node.allow && !node.allow(alternative.name, context))) {
    return draw(node, rng, context, left, state);
  }
  if (alternative.kind === "value") return old;
  const { body, tag, name } = alternative;
  if (minDepth(body) > left) return draw(node, rng, context, left, state);
  const fixed = fixObject(body, record(old), { [tag]: name }, rng, context, left, state);
  // Where the old fields and the new ones do not go together, the branch is drawn afresh.
  const sound = fixed !== DEAD && body.refinements.every((refinement) => refinement.check(fixed, context));
  return sound ? fixed : drawAlternative(alternative, rng, context, left, state);
}

function fixObject(
  node: ObjectNode,
  old: Readonly<Record<string, unknown>>,
  out: Record<string, unknown>,
  rng: Rng,
  context: unknown,
  left: number,
  state: DrawState,
): unknown {
  for (const { name, rule } of node.fields) {
    const active = resolve(rule, out, context);
    if (active === undefined) continue;
    const value = fix(
      active.node,
      Object.hasOwn(old, name) ? old[name] : HOLE,
      rng,
      active.context,
      left,
      state,
    );
    if (value === DEAD) return DEAD;
    out[name] = value;
  }
  return out;
}

function fixSubset(node: SubsetNode, old: unknown, rng: Rng): unknown {
  const named = new Set<unknown>(Array.isArray(old) ? old : []);
  let chosen = new Set(node.items.filter((item) => named.has(item)));
  if (chosen.size > node.max) chosen = new Set(rng.sample([...chosen], node.max));
  const others = node.items.filter((item) => !chosen.has(item));
  for (const item of rng.sample(others, Math.max(0, node.min - chosen.size))) chosen.add(item);
  return node.items.filter((item) => chosen.has(item));
}

function fixRepeat(
  node: RepeatNode,
  old: unknown,
  rng: Rng,
  context: unknown,
  left: number,
  state: DrawState,
): unknown {
  const drafts: readonly unknown[] = Array.isArray(old) ? old : [];
  const out: unknown[] = [];
  const wanted = minDepth(node.item) > left ? 0 : Math.max(node.min, drafts.length);
  for (let i = 0; i < wanted && out.length < node.max; i++) {
    const inside = node.context ? node.context(out, context) : context;
    const item = fix(node.item, drafts[i], rng, inside, left, state);
    // An item that fits nowhere is left out; the list may still be long enough.
    if (item !== DEAD) out.push(item);
  }
  return out.length >= node.min ? out : DEAD;
}
