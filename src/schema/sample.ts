/** Drawing genotypes: by the weights of the schema, or uniformly over all distinct ones. */
import { fail, type Rng } from "../base/index.js";
import { enter, minDepth } from "./depth.js";
import { points } from "./enumerate.js";
import { fromUnit } from "./numeric.js";
import { resolve } from "./rule.js";
import type {
  Alternative,
  ChoiceNode,
  IntNode,
  Node,
  ObjectNode,
  RepeatNode,
  Schema,
  SubsetNode,
} from "./types.js";
import { drawUniform } from "./uniform.js";

/** Options of {@link sample}. */
export interface SampleOptions {
  /**
   * Every genotype equally likely, instead of every decision by its weights. Needs a finite space whose
   * points can be counted; refinements are kept by rejection of whole genotypes, so the law stays uniform.
   */
  uniform?: boolean;
}

/** No value exists here, or none was found. */
export const DEAD = Symbol("dead end");

/** What one draw has spent, and why it failed last. */
export interface DrawState {
  /** Decisions in the derivation at hand; above `closeAfter` every choice takes its shortest way out. */
  open: number;
  readonly closeAfter: number;
  /** All decisions, the rejected ones too. */
  work: number;
  reason?: string;
  /** Draw as if there were no refinements. */
  readonly unrefined?: boolean;
}

const CLOSE_AFTER = 10_000;
const LOCAL_TRIES = 100;
const ROOT_TRIES = 100;
const MAX_WORK = 1_000_000;
const EXHAUSTIVE = 100_000;
const GRID = 11;
const TOP = Number.POSITIVE_INFINITY;

/** A fresh state; `closeAfter: 0` asks for the shortest values. */
export function drawState(closeAfter: number = CLOSE_AFTER): DrawState {
  return { open: 0, closeAfter, work: 0 };
}

/**
 * Draw a genotype. Refinements are kept by bounded rejection.
 * @throws space_unsatisfiable where no acceptable genotype was found; space_not_countable for `uniform`.
 */
export function sample<T>(schema: Schema<T>, rng: Rng, options: SampleOptions = {}): T {
  const { node } = schema;
  const drawn = options.uniform ? drawUniform(node, rng) : drawRoot(node, rng);
  return drawn as T;
}

/** A valid value of a root node, or a clear failure. */
function drawRoot(node: Node, rng: Rng): unknown {
  const state = drawState();
  let tries = 0;
  for (; tries < ROOT_TRIES && state.work < MAX_WORK; tries++) {
    state.open = 0;
    const value = draw(node, rng, undefined, TOP, state);
    if (value !== DEAD) return value;
  }
  return drawExhaustively(node, rng, `${state.work} decisions drawn, none kept`, state.reason);
}

/** The last resort where rejection found nothing: look through the points themselves, if they are few. */
export function drawExhaustively(node: Node, rng: Rng, received: string, reason?: string): unknown {
  const walk = { grid: GRID, work: EXHAUSTIVE, sawReal: false };
  const valid = minDepth(node) < Number.POSITIVE_INFINITY ? [...points(node, undefined, TOP, walk)] : [];
  if (valid.length > 0) return rng.pick(valid);
  const complete = walk.work > 0 && !walk.sawReal;
  return fail("space_unsatisfiable", {
    expected: reason ?? "a schema with at least one finite value",
    received: complete ? "no point of the space satisfies it" : received,
    hint: "loosen the refinement or the guard, or state it as a condition (s.when) so that it is met by design",
  });
}

/** Draw a value of any node; {@link DEAD} where this way leads nowhere. */
export function draw(node: Node, rng: Rng, context: unknown, left: number, state: DrawState): unknown {
  const { refinements } = node;
  if (refinements.length === 0 || state.unrefined) return drawBase(node, rng, context, left, state);
  const { open } = state;
  for (let tries = 0; tries < LOCAL_TRIES && state.work < MAX_WORK; tries++) {
    state.open = open;
    const value = drawBase(node, rng, context, left, state);
    if (value === DEAD) return DEAD;
    const failed = refinements.find((refinement) => !refinement.check(value, context));
    if (failed === undefined) return value;
    state.reason = failed.message;
  }
  return DEAD;
}

function drawBase(node: Node, rng: Rng, context: unknown, left: number, state: DrawState): unknown {
  state.open++;
  state.work++;
  switch (node.kind) {
    case "choice":
      return drawChoice(node, rng, context, left, state);
    case "object":
      return drawObject(node, {}, rng, context, left, state);
    case "int":
      return drawInt(node, rng);
    case "real":
      return fromUnit(node, rng.float());
    case "subset":
      return drawSubset(node, rng);
    case "repeat":
      return drawRepeat(node, rng, context, left, state);
    case "lazy": {
      const inside = enter(node, left);
      if (inside < 0) return DEAD;
      return draw(node.inner(), rng, context, inside, state);
    }
    case "bind":
      return draw(node.inner, rng, node.context, left, state);
  }
}

/** On a logarithmic scale v stands for [v, v + step), so that each value has its share. */
function drawInt({ min, max, step, log, count }: IntNode, rng: Rng): number {
  if (!log) return min + rng.int(count) * step;
  const raw = min * Math.exp(rng.float() * Math.log((max + step) / min));
  return min + Math.min(count - 1, Math.max(0, Math.floor((raw - min) / step))) * step;
}

/** Weights of the alternatives that exist here: guarded, not too deep, and short ones alone when closing. */
export function openWeights(node: ChoiceNode, context: unknown, left: number, closing = false): number[] {
  const depths = node.alternatives.map((it) => (it.kind === "value" ? 0 : minDepth(it.body)));
  const weights = node.alternatives.map((it, i) => {
    if ((depths[i] ?? 0) > left || (node.allow && !node.allow(it.name, context))) return 0;
    return node.weights ? (node.weights[i] ?? 0) : 1;
  });
  if (!closing) return weights;
  const shortest = Math.min(...depths.filter((_, i) => (weights[i] ?? 0) > 0));
  return weights.map((weight, i) => ((depths[i] ?? 0) > shortest ? 0 : weight));
}

function drawChoice(node: ChoiceNode, rng: Rng, context: unknown, left: number, state: DrawState): unknown {
  const { alternatives } = node;
  if (node.plain) {
    const i = node.weights ? rng.weighted(node.weights) : rng.int(alternatives.length);
    return (alternatives[i] as Alternative).name;
  }
  let weights = openWeights(node, context, left, state.open > state.closeAfter);
  for (let closing = state.open > state.closeAfter; ; ) {
    if (!weights.some((weight) => weight > 0)) {
      if (!closing) return DEAD;
      closing = false;
      weights = openWeights(node, context, left);
      continue;
    }
    const i = rng.weighted(weights);
    const alternative = alternatives[i] as Alternative;
    const value = drawAlternative(alternative, rng, context, left, state);
    if (value !== DEAD) return value;
    // Backtrack: the branch has no value here, so the choice is between the others.
    weights[i] = 0;
    if (state.work > MAX_WORK) return DEAD;
  }
}

/** A value of one alternative, with its tag. */
export function drawAlternative(
  alternative: Alternative,
  rng: Rng,
  context: unknown,
  left: number,
  state: DrawState,
): unknown {
  if (alternative.kind === "value") return alternative.name;
  const { body, tag, name } = alternative;
  if (body.refinements.length === 0 || state.unrefined)
    return drawObject(body, { [tag]: name }, rng, context, left, state);
  for (let tries = 0; tries < LOCAL_TRIES && state.work < MAX_WORK; tries++) {
    const value = drawObject(body, { [tag]: name }, rng, context, left, state);
    if (value === DEAD) return DEAD;
    const failed = body.refinements.find((refinement) => !refinement.check(value, context));
    if (failed === undefined) return value;
    state.reason = failed.message;
  }
  return DEAD;
}

function drawObject(
  node: ObjectNode,
  out: Record<string, unknown>,
  rng: Rng,
  context: unknown,
  left: number,
  state: DrawState,
): unknown {
  for (const { name, rule } of node.fields) {
    let value: unknown;
    if (rule.kind === "always") value = draw(rule.node, rng, context, left, state);
    else {
      const active = resolve(rule, out, context);
      if (active === undefined) continue;
      value = draw(active.node, rng, active.context, left, state);
    }
    if (value === DEAD) return DEAD;
    out[name] = value;
  }
  return out;
}

/** Every subset of an allowed size is equally likely. */
function drawSubset(node: SubsetNode, rng: Rng): unknown {
  const n = node.items.length;
  const weights: number[] = [];
  // Logarithms of the binomials, so that long lists do not overflow.
  let log = 0;
  for (let k = 0; k <= node.max; k++) {
    if (k >= node.min) weights.push(log);
    log += Math.log((n - k) / (k + 1));
  }
  const top = Math.max(...weights);
  const size = node.min + rng.weighted(weights.map((weight) => Math.exp(weight - top)));
  const chosen = new Set(rng.sample(node.items, size));
  return node.items.filter((item) => chosen.has(item));
}

function drawRepeat(node: RepeatNode, rng: Rng, context: unknown, left: number, state: DrawState): unknown {
  const short = state.open > state.closeAfter || minDepth(node.item) > left;
  const length = short ? node.min : node.min + rng.int(node.max - node.min + 1);
  const out: unknown[] = [];
  while (out.length < length) {
    const inside = node.context ? node.context(out, context) : context;
    const value = draw(node.item, rng, inside, left, state);
    // A shorter list may still be one.
    if (value === DEAD) return out.length >= node.min ? out : DEAD;
    out.push(value);
  }
  return out;
}
