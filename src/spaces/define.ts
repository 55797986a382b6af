import { fail, hashJson, type Issue, issue, type Json } from "../base/index.js";
import type { Value } from "../ir/index.js";
import { type Gate, givenWeights, type Network, type NetworkBuilder } from "../nn/index.js";
import {
  type Infer,
  identity,
  type OpenChoice,
  parse,
  relax,
  type Schema,
  settle,
  track,
} from "../schema/index.js";
import {
  buildModel,
  type Features,
  type ModelBody,
  type ModelOptions,
  type Problem,
  type Recipe,
} from "../train/index.js";

export type { Recipe };

/** Architecture parameters of a supernet by the path of their decision, one number a choice (`network.mixtures`). */
export type Alphas = ReadonlyMap<string, readonly number[]>;

/** What spaces around whole models read: the model's inputs as they come, and what it is built for. */
export interface Surroundings {
  readonly raw: ReadonlyMap<string, Value>;
  readonly problem: Problem;
}

/** A search space: the schema of its decisions, and what network a choice stands for. */
export interface Space<S extends Schema<unknown> = Schema<unknown>> {
  readonly name: string;
  /** Other names under which it is found. */
  readonly aliases?: readonly string[];
  /** Raised whenever a genotype would mean another network than before. */
  readonly version: number;
  readonly description: string;
  /** How the decisions make a network, in words, for those who cannot read the builder (language models). */
  readonly wiring?: string;
  readonly schema: S;
  readonly recipe: Recipe;
  /**
   * Of spaces that can be searched by gradients: the genotype that their supernet is made of. Decisions read through
   * `g.choose`, `g.stack`, `g.width` and `g.kernel` are open in it, all others are as they are here.
   */
  readonly supernet?: Infer<S>;
  /** The genotype of a relaxation, where it is not simply the strongest alternative of each choice. */
  discretize?(alphas: Alphas): Infer<S>;
  /** Points that are known by name: published networks, hand-made ones. */
  readonly seeds?: Readonly<Record<string, Infer<S>>>;
  /** A problem to show the space on, where none of the usual ones will do. */
  readonly example?: Problem;
  /** The same decisions over fewer and thinner layers: what tests build a thousand times. */
  readonly tiny?: Space<S>;
  /** What of a genotype the network depends on, where the builder reads more than that. */
  canonical?(genotype: Infer<S>): Json;
  /**
   * Of spaces whose decisions depend on the shape of the inputs: the space for a problem that it accepts, the same one
   * for equal shapes. `schema` and `seeds` above are then examples. Ask with {@link spaceFor}.
   */
  forProblem?(problem: Problem): Space<S>;
  /**
   * Of spaces that decide on training too: what a genotype says of its recipe, in place of {@link recipe}. The same
   * fields for every genotype.
   */
  recipeOf?(genotype: Infer<S>): Partial<Recipe>;
  /**
   * Of spaces of causal networks over a series: what comes out at each step, [N, T, ...], before the steps are pooled. It
   * depends on no later step; `probeCausality` checks that of a genotype.
   */
  steps?(g: NetworkBuilder, features: Features, genotype: Infer<S>): Value;
  /** Why this space cannot take a problem; undefined where it can. */
  accepts(problem: Problem): Issue | undefined;
  /** Features in, [N, outputs] out. Reads the decisions it needs from the genotype. */
  build(
    g: NetworkBuilder,
    features: Features,
    genotype: Infer<S>,
    outputs: number,
    around: Surroundings,
  ): Value;
}

/** Declare a space. One file a space; add it to `spaces/index.ts`. */
export function defineSpace<S extends Schema<unknown>>(space: Space<S>): Space<S> {
  return space;
}

/** A space with the schema and the seeds that it has for a problem. */
export function spaceFor<S extends Schema<unknown>>(space: Space<S>, problem: Problem): Space<S> {
  return space.forProblem?.(problem) ?? space;
}

/** How a genotype's network is trained: by `base`, and by what the genotype itself decides. */
export function recipeFor<S extends Schema<unknown>>(
  space: Space<S>,
  base: Recipe,
  genotype: Infer<S>,
): Recipe {
  return { ...base, ...space.recipeOf?.(genotype) };
}

/** The network of a genotype, as the body of a model. */
export function bodyOf<S extends Schema<unknown>>(space: Space<S>, genotype: Infer<S>): ModelBody {
  return (g, features, outputs, raw, problem) =>
    space.build(g, features, genotype, outputs, { raw, problem });
}

/**
 * The supernet of a space, as the body of a model: every branch of every open choice, mixed by what the gate makes
 * of the graph's architecture parameters (`network.mixtures`).
 * Errors: `space_not_differentiable` where the space has no supernet.
 */
export function supernetBody<S extends Schema<unknown>>(
  space: Space<S>,
  options: { readonly gate?: Gate; readonly base?: Infer<S> } = {},
): ModelBody {
  const { gate = givenWeights, base = supernetBase(space) } = options;
  const open = relax(space.schema, base) as Infer<S>;
  return (g, features, outputs, raw, problem) => {
    g.gate = gate;
    return space.build(g, features, open, outputs, { raw, problem });
  };
}

/**
 * The genotype that architecture parameters stand for: the space's own rule, or of each open choice the strongest
 * alternative (the first of equals; a choice without parameters takes its first).
 * Errors: `space_not_differentiable`, `space_unsatisfiable` where no genotype is near.
 */
export function discretize<S extends Schema<unknown>>(space: Space<S>, alphas: Alphas): Infer<S> {
  if (space.discretize !== undefined) return space.discretize(alphas);
  const strongest = ({ path }: OpenChoice) => {
    const values = alphas.get(path) ?? [];
    return Math.max(0, values.indexOf(Math.max(...values)));
  };
  const genotype = settle(space.schema, supernetBase(space), strongest);
  if (genotype !== undefined) return genotype as Infer<S>;
  return fail("space_unsatisfiable", {
    path: space.name,
    expected: "a genotype near the strongest alternatives",
    received: "alternatives that exclude each other",
  });
}

function supernetBase<S extends Schema<unknown>>({ name, supernet }: Space<S>): Infer<S> {
  return (
    supernet ??
    fail("space_not_differentiable", {
      path: name,
      expected: "a space with a supernet",
      received: "one whose decisions are not choices between branches",
      hint: "choose a strategy that samples genotypes, or a space such as nb201 or darts",
    })
  );
}

/** A network with the identity of what it was built from. */
export interface Built {
  readonly network: Network;
  /** Hash of the decisions that builder and recipe read: genotypes that share it are one network, trained alike. */
  readonly hash: string;
}

/** Build a genotype's network, and note which decisions it depends on. */
export function buildGenotype<S extends Schema<unknown>>(
  general: Space<S>,
  problem: Problem,
  genotype: unknown,
  options: ModelOptions = { training: false, batch: "N" },
): Built {
  const space = spaceFor(general, problem);
  const valid = parse(space.schema, genotype, "genotype") as Infer<S>;
  const { view, reads } = track(valid);
  const network = buildModel("model", problem, bodyOf(space, view), options);
  space.recipeOf?.(view);
  const canonical = space.canonical?.(valid);
  return {
    network,
    hash: canonical === undefined ? identity(space.schema, genotype, reads()) : hashJson(canonical),
  };
}

const KINDS = { image: "images", table: "a table", plain: "plain arrays" } as const;

/** `accepts` of spaces for images of at least `minSide` pixels each way. */
export function imagesOnly(name: string, minSide = 8): (problem: Problem) => Issue | undefined {
  return ({ preprocessing }) => {
    if (preprocessing.kind !== "image") {
      return issue("space_input", {
        path: name,
        expected: "images",
        received: KINDS[preprocessing.kind],
        hint: "use --space tabular-mlp",
      });
    }
    const { height, width } = preprocessing;
    if (Math.min(height, width) >= minSide) return undefined;
    return issue("space_input", {
      path: name,
      expected: `images of at least ${minSide} by ${minSide} pixels`,
      received: `${height} by ${width}`,
      hint: "choose a larger image size, or --space mobile-cnn",
    });
  };
}

/** The image of features that {@link imagesOnly} has let through. */
export function imageOf(name: string, features: Features): Value {
  return features.kind === "image" ? features.image : fail("space_input", { path: name, expected: "images" });
}
