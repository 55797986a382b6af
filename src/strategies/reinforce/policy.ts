import type { Token } from "../learning/tokens.js";

/** A distribution over genotypes, decision by decision, that learns. */
export interface Policy {
  walk(): PolicyWalk;
  /** Adds the gradient of −advantage · ln P(tokens) − bonus · Σ entropy of each decision. */
  gather(tokens: readonly Token[], advantage: number, bonus: number): void;
  /** One step against what was gathered. */
  descend(rate: number): void;
}

/** The way through the decisions of one genotype. */
export interface PolicyWalk {
  /**
   * Chances of the alternatives of the next decision. A decision that was met before on this walk takes it back to where
   * it stood then.
   */
  chances(key: string, weights: readonly number[], temperature?: number): Float64Array;
  /** Which alternative the last decision took. */
  took(at: number): void;
}
