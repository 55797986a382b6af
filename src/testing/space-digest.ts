import { hashJson, rngOf } from "../base/index.js";
import { crossover, mutate, sample } from "../schema/index.js";
import { buildGenotype, listSpaces, spaceFor } from "../spaces/index.js";
import { problemOfShape } from "../zoo/index.js";

/** What each space makes of a seed: hashes of samples, mutants, children, and of the networks that are built. */
export function spaceDigests(): Record<string, string> {
  const problems = [problemOfShape([3, 16, 16], 4), problemOfShape([5], 4)];
  return Object.fromEntries(
    listSpaces().map((general) => {
      const problem = problems.find((it) => general.accepts(it) === undefined);
      const space = problem === undefined ? general : spaceFor(general, problem);
      const made = Array.from({ length: 5 }, (_, i) => {
        const genotype = sample(space.schema, rngOf(7, "digest", i));
        const mutant = mutate(space.schema, genotype, rngOf(7, "digest", i, "mutant"));
        const child = crossover(space.schema, genotype, mutant, rngOf(7, "digest", i, "child"));
        const built = problem && buildGenotype(space.tiny ?? space, problem, genotype);
        const nodes = built?.network.graph.nodes.map(({ name, opType }) => `${opType} ${name}`);
        const params = built?.network.params.map(({ name, shape }) => `${name} ${shape}`);
        return { genotype, mutant, child, hash: built?.hash ?? null, nodes, params };
      });
      return [space.name, hashJson(made)];
    }),
  );
}
