import { canonicalJson, type Rng, rngOf } from "../base/index.js";
import { mutate, type Schema, sample } from "../schema/index.js";
import type { Scored } from "./define.js";
import { featuresOf } from "./features.js";
import type { History } from "./history.js";
import { byFidelity } from "./tpe.js";

/** What a growing log of tells says so far; each tell is read once. */
export class Told {
  private readonly texts = new Set<string>();
  private readonly latest = new Map<number, Scored>();
  private read = 0;
  private ranked: readonly Scored[] | undefined;

  /** Read what is new in a log that begins as those before it. */
  follow(log: History): void {
    for (; this.read < log.length; this.read++) {
      const trial = log.at(this.read);
      if (trial === undefined) continue;
      this.texts.add(canonicalJson(trial.genotype));
      this.latest.set(trial.trial, trial);
      this.ranked = undefined;
    }
  }

  /** Whether a genotype, as canonical text, was told. */
  has(text: string): boolean {
    return this.texts.has(text);
  }

  /** All trials by their last word, in the order in which they were first told. */
  get trials(): readonly Scored[] {
    return [...this.latest.values()];
  }

  /** Comparable trials by their last word, best first. */
  get best(): readonly Scored[] {
    this.ranked ??= byFidelity(this.trials);
    return this.ranked;
  }
}

/** Comparable trials of a log by their last word, best first. */
export function rankedTells(tells: readonly Scored[]): Scored[] {
  return byFidelity([...new Map(tells.map((it) => [it.trial, it])).values()]);
}

/** At most so many of ranked trials: the best half, and of the others those that were asked last. */
export function lesson(ranked: readonly Scored[], most: number): readonly Scored[] {
  if (ranked.length <= most) return ranked;
  const good = ranked.slice(0, Math.ceil(most / 2));
  const others = ranked.slice(good.length).sort((a, b) => b.trial - a.trial);
  return [...good, ...others.slice(0, most - good.length)];
}

/** How many tells a model has learned from, that learns anew after every so many. */
export function learned(tells: number, startup: number, every: number): number {
  return startup + Math.floor((tells - startup) / every) * every;
}

/** A genotype that might be tried next, with what a model reads of it. */
export interface Candidate {
  readonly genotype: unknown;
  /** Canonical. */
  readonly text: string;
  readonly vector: Float32Array;
  /** Absent for a free draw. */
  readonly parent?: number;
}

export interface PoolOptions {
  /** Mutants, of each parent about as many, and free draws. */
  readonly mutants: number;
  readonly draws: number;
}

/** Different genotypes that a model may choose from: mutants of some trials, and free draws from the space. */
export function candidatesFrom(
  schema: Schema<unknown>,
  parents: readonly Scored[],
  rng: Rng,
  { mutants, draws }: PoolOptions,
): Candidate[] {
  const found = new Map<string, Candidate>();
  const { of } = featuresOf(schema);
  const add = (genotype: unknown, parent?: number) => {
    const text = canonicalJson(genotype);
    if (!found.has(text))
      found.set(text, { genotype, text, vector: of(genotype), ...(parent !== undefined && { parent }) });
  };
  for (let i = 0; i < mutants; i++) {
    const parent = parents[i % parents.length];
    if (parent !== undefined) add(mutant(schema, parent, rng), parent.trial);
  }
  for (let i = 0; i < draws; i++) add(sample(schema, rng));
  return [...found.values()];
}

/**
 * The candidates of a model: a pool that is a function of the tells that it has learned from, and mutants of the best
 * trial, where another one is the best by now. Kept from one question to the next.
 */
export class Pool {
  private learned = -1;
  private leader: Scored | undefined;
  private pool: readonly Candidate[] = [];
  private near: readonly Candidate[] = [];
  private best: Scored | undefined;

  constructor(
    private readonly seed: number,
    private readonly options: PoolOptions & { readonly parents: number },
  ) {}

  /** @param ranked gives the tells that the model has learned from, best first */
  at(
    schema: Schema<unknown>,
    learnedTells: number,
    ranked: () => readonly Scored[],
    best: Scored | undefined,
  ): readonly [pool: readonly Candidate[], near: readonly Candidate[]] {
    const { parents, mutants, draws } = this.options;
    const stream = (...path: (string | number)[]) => rngOf(this.seed, "pool", learnedTells, ...path);
    if (learnedTells !== this.learned) {
      const leaders = ranked().slice(0, parents);
      this.leader = leaders[0];
      this.pool = candidatesFrom(schema, leaders, stream("all"), { mutants, draws });
      this.learned = learnedTells;
      this.best = undefined;
      this.near = [];
    }
    if (best !== undefined && best !== this.best && best.trial !== this.leader?.trial) {
      const count = Math.ceil(mutants / 2);
      this.near = candidatesFrom(schema, [best], stream("near", best.trial), { mutants: count, draws: 0 });
      this.best = best;
    } else if (best?.trial === this.leader?.trial) this.near = [];
    return [this.pool, this.near];
  }
}

/** Questions for one trial after which a model's favourites are given up for it. */
const PATIENCE = 10;

/** Whether so many proposals for one trial were refused that fresh mutants are proposed in their place. */
export function stubborn(attempt: number): boolean {
  return attempt >= PATIENCE;
}

/** Most changes of a mutant. */
const STRONGEST = 4;

/** A genotype one change away, or (each time by a chance of one half) one more. */
export function mutant(schema: Schema<unknown>, parent: Scored, rng: Rng): unknown {
  let strength = 1;
  while (strength < STRONGEST && rng.float() < 0.5) strength++;
  return mutate(schema, parent.genotype, rng, { strength });
}
