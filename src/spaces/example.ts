import { fail } from "../base/index.js";
import type { Graph } from "../ir/index.js";
import { countParams } from "../nn/index.js";
import type { Infer, Schema } from "../schema/index.js";
import { exportGraph, type Problem } from "../train/index.js";
import { problemOfShape } from "../zoo/index.js";
import { buildGenotype, type Space } from "./define.js";

/** A problem that a space takes, for drawings and counts: colour images of 32 by 32 pixels, or vectors. */
export function exampleProblem(space: Space): Problem {
  const problems =
    space.example !== undefined
      ? [space.example]
      : [problemOfShape([3, 32, 32], 10), problemOfShape([8], 3), problemOfShape([16, 4], 3)];
  return (
    problems.find((it) => space.accepts(it) === undefined) ??
    fail("space_input", { path: space.name, expected: "images, vectors or series" })
  );
}

/** The exported form of a genotype's network with weights of zero: what is drawn and counted. */
export function exampleGraph<S extends Schema<unknown>>(
  space: Space<S>,
  problem: Problem,
  genotype: Infer<S>,
): Graph {
  const { network } = buildGenotype(space, problem, genotype);
  const states = network.states.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return exportGraph(network, {
    params: new Float32Array(countParams(network)),
    states: new Float32Array(states).fill(1),
  });
}
