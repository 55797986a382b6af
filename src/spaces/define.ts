import type { Issue } from "../base/index.js";
import type { Value } from "../ir/index.js";
import type { NetworkBuilder } from "../nn/index.js";
import type { Infer, Schema } from "../schema/index.js";
import type { Features, ModelBody, Problem, Recipe } from "../train/index.js";

export type { Recipe };

/** A search space: the schema of its decisions, and what network a choice stands for. */
export interface Space<S extends Schema<unknown> = Schema<unknown>> {
  readonly name: string;
  /** Raised whenever a genotype would mean another network than before. */
  readonly version: number;
  readonly description: string;
  readonly schema: S;
  readonly recipe: Recipe;
  /** Why this space cannot take a problem; undefined where it can. */
  accepts(problem: Problem): Issue | undefined;
  /** Features in, [N, outputs] out. Reads the decisions it needs from the genotype. */
  build(g: NetworkBuilder, features: Features, genotype: Infer<S>, outputs: number): Value;
}

/** Declare a space. One file a space; add it to `spaces/index.ts`. */
export function defineSpace<S extends Schema<unknown>>(space: Space<S>): Space<S> {
  return space;
}

/** The network of a genotype, as the body of a model. */
export function bodyOf<S extends Schema<unknown>>(space: Space<S>, genotype: Infer<S>): ModelBody {
  return (g, features, outputs) => space.build(g, features, genotype, outputs);
}
