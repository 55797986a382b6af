import { fail, type Issue, issue } from "../base/index.js";
import type { Value } from "../ir/index.js";
import { globalAveragePool, linear, type NetworkBuilder } from "../nn/index.js";
import type { Schema } from "../schema/index.js";
import type { Features, Problem } from "../train/index.js";
import { defineSpace, type Space } from "./define.js";
import { compileModule } from "./einspace-compile.js";
import { einspaceSchema, type GrammarLimits } from "./einspace-grammar.js";
import { einspaceSeeds } from "./einspace-seeds.js";
import type { EinModule, Flow } from "./einspace-shapes.js";

export interface EinspaceSettings extends GrammarLimits {
  /** What the derivations are made for: [channels, height, width] or [rows, numbers]. */
  readonly input: readonly number[];
  /** What the head takes the mean over where columns come out: the authors' last axis, or the rows. */
  readonly pool: "last" | "rows";
  /** Make one convolution of im2col, a linear layer and col2im. */
  readonly fuse: boolean;
}

const DEFAULTS: EinspaceSettings = {
  input: [3, 32, 32],
  maxDepth: 100,
  maxParams: 20e6,
  maxActivations: 4e6,
  pool: "last",
  fuse: true,
};

/**
 * einspace (Ericsson et al. 2024, arXiv:2405.20838): a probabilistic context-free grammar of tensor programs. A module is
 * two in sequence, branches that are cut and joined, a routing between two rearrangements, or one computation; shapes
 * decide which rules exist (`einspace-grammar.ts`). No stem; the head takes the mean over the plane, or over the last
 * axis of columns, and a linear layer. Branches of four or eight are copies of one derivation with weights of their own.
 *
 * The decisions depend on the shape of the input: this space is for images of 3 by 32 by 32, `spaceFor` gives that of
 * a problem. Drawing ends with probability one, and at 100 levels of modules for certain. Departures: networks beyond
 * 20 million weights or 4 million numbers an example are no points (the authors ask the memory of their device);
 * `col2im` wants as many rows as the grid has places (theirs also takes multiples and mixes rows); axes are cut where
 * they divide (theirs gives up four and eight parts of every axis where one axis is shorter); where a rule finds no
 * place, the share of computation among the rest rises in proportion (theirs stays 0.32).
 */
export function einspaceSpace(settings: Partial<EinspaceSettings> = {}): Space<Schema<EinModule>> {
  const all = { ...DEFAULTS, ...settings };
  const flow: Flow = { shape: all.input, grid: null };
  const made = new Map<string, Space<Schema<EinModule>>>();
  const space: Space<Schema<EinModule>> = defineSpace({
    name: "einspace",
    version: 1,
    description: "A grammar of tensor programs: sequences, branches, rearrangements, computations",
    schema: einspaceSchema(flow, all),
    recipe: {
      batchSize: 64,
      optimizer: "sgd",
      learningRate: 0.04,
      weightDecay: 3e-4,
      labelSmoothing: 0,
      warmupEpochs: 0.5,
    },
    seeds: einspaceSeeds(flow),
    forProblem(problem) {
      const input = inputOf(problem) ?? all.input;
      const key = input.join("x");
      if (key === all.input.join("x")) return space;
      const found = made.get(key) ?? einspaceSpace({ ...settings, input });
      made.set(key, found);
      return found;
    },
    accepts,
    build(g, features, genotype, outputs) {
      const y = g.scope("backbone", () =>
        compileModule(g, inputValue(features), genotype, null, { fuse: all.fuse }),
      );
      return g.scope("classifier", () => linear(g, pooled(g, y, all.pool), outputs));
    },
  });
  return space;
}

export const einspace = einspaceSpace();

function pooled(g: NetworkBuilder, y: Value, pool: EinspaceSettings["pool"]): Value {
  if (y.rank === 4) return globalAveragePool(g, y);
  return g.ReduceMean(y, g.i64([pool === "last" ? 2 : 1]), { keepdims: 0 });
}

function inputValue(features: Features): Value {
  if (features.kind === "image") return features.image;
  return features.kind === "plain"
    ? features.x
    : fail("space_input", { path: "einspace", expected: "images" });
}

function inputOf({ preprocessing, inputs }: Problem): readonly number[] | undefined {
  if (preprocessing.kind === "image") {
    return [preprocessing.channels, preprocessing.height, preprocessing.width];
  }
  const [first] = inputs;
  return preprocessing.kind === "plain" && first?.shape.length === 2 ? first.shape : undefined;
}

function accepts(problem: Problem): Issue | undefined {
  if (inputOf(problem) !== undefined) return undefined;
  return issue("space_input", {
    path: "einspace",
    expected: "images, or arrays of rows and numbers",
    received: problem.preprocessing.kind === "table" ? "a table" : "vectors",
    hint: "use --space tabular-mlp",
  });
}
