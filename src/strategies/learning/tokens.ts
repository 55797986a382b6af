import { type Rng, rngOf } from "../../base/index.js";
import { decided, guidedSample, type Schema } from "../../schema/index.js";

/** A decision as a policy sees it: one of a few alternatives. Numbers are cut into bins. */
export interface Token {
  /** Names the decision; equal names have equally many alternatives. */
  readonly key: string;
  /** The space's own weights; 0 where an alternative does not exist here. */
  readonly weights: readonly number[];
  readonly taken: number;
}

/** Takes decisions one after another: which alternative, one whose weight is above 0. */
export type TokenChooser = (key: string, weights: readonly number[]) => number;

/** Parts into which the range of a number is cut. */
export const BINS = 8;
const EVEN: readonly number[] = new Array<number>(BINS).fill(1);

/** The name of a decision: the same place may be decided by schemas of different sizes. */
function named(key: string, count: number): string {
  return `${key}#${count}`;
}

/** A genotype whose decisions `choose` takes; within its bin a number is drawn evenly. */
export function genotypeBy<T>(schema: Schema<T>, rng: Rng, choose: TokenChooser): T {
  return guidedSample(schema, rng, {
    choose: (key, weights) => choose(named(key, weights.length), weights),
    place: (key) => (choose(named(key, 0), EVEN) + rng.float()) / BINS,
  });
}

/** What a genotype decided, each decision with what it took as one word, outer ones first. */
export function wordsOf<T>(schema: Schema<T>, genotype: T): string[] {
  return decided(schema, genotype).map(
    ({ key, count, value }) => `${named(key, count)}=${count === 0 ? binOf(value) : value}`,
  );
}

/** The bin of a position in the range of a number. */
export function binOf(unit: number): number {
  return Math.min(BINS - 1, Math.floor(unit * BINS));
}

/** The decisions of a genotype in the order in which {@link genotypeBy} asks for them. */
export function tokensOf<T>(schema: Schema<T>, genotype: T): Token[] {
  const taken = new Map(decided(schema, genotype).map((it) => [named(it.key, it.count), it.value]));
  const tokens = new Map<string, Token>();
  const note = (key: string, weights: readonly number[], at: number) => {
    if (!tokens.has(key)) tokens.set(key, { key, weights: [...weights], taken: at });
  };
  guidedSample(schema, rngOf(0, "tokens"), {
    choose(key, weights) {
      const name = named(key, weights.length);
      const at = taken.get(name) ?? 0;
      note(name, weights, at);
      return at;
    },
    place(key) {
      const name = named(key, 0);
      const unit = taken.get(name) ?? 0;
      note(name, EVEN, binOf(unit));
      return unit;
    },
  });
  return [...tokens.values()];
}
