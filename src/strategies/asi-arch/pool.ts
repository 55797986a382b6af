import type { Rng } from "../../base/index.js";
import type { Element } from "./element.js";
import { fitness, withinBand } from "./fitness.js";

export interface PoolOptions {
  readonly roots: number;
  readonly start: number;
  readonly update: number;
  readonly pool: number;
  readonly parents: number;
  readonly references: number;
  readonly band: number;
}

/** A member of the pool with its place. */
export interface Ranked {
  readonly element: Element;
  readonly fitness: number;
}

/**
 * Records that the pool is made of when `records` are there: the roots until there are `start`, then all up to the last
 * multiple of `update` beyond.
 */
export function recordsInPool(records: number, { roots, start, update }: PoolOptions): number {
  if (records < start) return Math.min(records, roots);
  return start + Math.floor((records - start) / update) * update;
}

/** The best of the records by fitness; of equals the higher score, then the earlier. */
export function poolOf(elements: readonly Element[], options: PoolOptions): Ranked[] {
  const [first] = elements;
  if (first === undefined) return [];
  const { pool, band } = options;
  return elements
    .slice(0, recordsInPool(elements.length, options))
    .filter((it) => band === 0 || it === first || withinBand(it, first, band))
    .map((element) => ({ element, fitness: fitness(element, first) }))
    .sort(
      (a, b) =>
        b.fitness - a.fitness || b.element.score - a.element.score || a.element.index - b.element.index,
    )
    .slice(0, pool);
}

/**
 * A parent from the first ranks and references from those behind them, each drawn evenly. Where a pool is too small to have
 * any behind, references are the others of the first ranks.
 */
export function drawContext(
  pool: readonly Ranked[],
  rng: Rng,
  { parents, references }: Pick<PoolOptions, "parents" | "references">,
): { readonly parent: Ranked; readonly references: readonly Ranked[] } | undefined {
  if (pool.length === 0) return undefined;
  const parent = rng.pick(pool.slice(0, parents));
  const behind = pool.slice(parents);
  const others = behind.length > 0 ? behind : pool.filter((it) => it !== parent);
  return { parent, references: rng.sample(others, references) };
}

/** Parent, grandparent, and of the siblings the two with the most children: what an experiment is compared with. */
export function relativesOf(
  it: Element,
  elements: readonly Element[],
): { readonly parent?: Element; readonly grandparent?: Element; readonly siblings: readonly Element[] } {
  const find = (trial: number | undefined) => elements.find((other) => other.trial === trial);
  const parent = find(it.notes.parent);
  const grandparent = parent && find(parent.notes.parent);
  const counts = new Map<number, number>();
  for (const { notes } of elements)
    if (notes.parent !== undefined) counts.set(notes.parent, (counts.get(notes.parent) ?? 0) + 1);
  const children = ({ trial }: Element) => counts.get(trial) ?? 0;
  const siblings = elements
    .filter((other) => parent !== undefined && other !== it && other.notes.parent === parent.trial)
    .sort((a, b) => children(b) - children(a) || a.index - b.index)
    .slice(0, 2);
  return { ...(parent && { parent }), ...(grandparent && { grandparent }), siblings };
}
