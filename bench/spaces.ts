/**
 * Speed of spaces: drawing and validating genotypes, building networks and counting them. `npm run bench -- spaces`.
 * NASLib's figures for NAS-Bench-201 come beside them where the interpreter of MORPH_PYTHON has it.
 */
import { spawnSync } from "node:child_process";
import { rngOf } from "../src/base/index.js";
import { countCosts } from "../src/cost/index.js";
import { bakeWeights, countParams } from "../src/nn/index.js";
import { sample, validate } from "../src/schema/index.js";
import { buildGenotype, exampleProblem, listSpaces, type Space, spaceOf } from "../src/spaces/index.js";
import { countGenotype } from "../src/study/candidates.js";
import { record } from "./lib.js";

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Genotypes a second, drawn from one stream and validated: median of rounds. */
function drawsPerSecond(space: Space, draws: number, rounds = 5): number {
  const rates = Array.from({ length: rounds }, (_, round) => {
    const rng = rngOf(1, "draws", round);
    const began = performance.now();
    for (let i = 0; i < draws; i++) validate(space.schema, sample(space.schema, rng));
    return (1000 * draws) / (performance.now() - began);
  });
  return Math.round(median(rates));
}

/**
 * Milliseconds, medians over different genotypes: to build a network and count its costs as it stands, and to bring it
 * into its exported form first (normalisation folded, constants computed), which is what a search counts.
 */
function countMs(space: Space, networks: number): { buildAndCountMs: number; exportAndCountMs: number } {
  const problem = exampleProblem(space);
  const timed = (work: (genotype: unknown) => void) => {
    const times = Array.from({ length: networks + 5 }, (_, i) => {
      const genotype = sample(space.schema, rngOf(1, "count", i));
      const began = performance.now();
      work(genotype);
      return performance.now() - began;
    });
    return Math.round(100 * median(times.slice(5))) / 100;
  };
  return {
    buildAndCountMs: timed((genotype) => {
      const { network } = buildGenotype(space, problem, genotype);
      const states = network.states.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
      const params = new Float32Array(countParams(network));
      countCosts(bakeWeights(network, { params, states: new Float32Array(states) }));
    }),
    exportAndCountMs: timed((genotype) => countGenotype(space, problem, genotype)),
  };
}

/** The same in NASLib, or why it was not run. */
function naslib(): unknown {
  const python = process.env.MORPH_PYTHON ?? "python3";
  const program = `
import json, time
from naslib.search_spaces import NasBench201SearchSpace
def once():
    graph = NasBench201SearchSpace()
    began = time.perf_counter()
    graph.sample_random_architecture()
    sampled = time.perf_counter()
    graph.parse()
    sum(p.numel() for p in graph.parameters())
    return sampled - began, time.perf_counter() - sampled
runs = sorted(once() for _ in range(20))
print(json.dumps({"sampleMs": 1e3 * sorted(a for a, _ in runs)[10], "buildMs": 1e3 * sorted(b for _, b in runs)[10]}))
`;
  const run = spawnSync(python, ["-c", program], { encoding: "utf8" });
  if (run.status === 0) return JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "null");
  const reason = run.stderr?.trim().split("\n").at(-1) ?? run.error?.message ?? "no interpreter";
  console.error(`NASLib was not run: ${reason}`);
  return { notRun: reason };
}

const nb201 = spaceOf("nb201");
await record("spaces", {
  nb201: { drawnAndValidatedPerSecond: drawsPerSecond(nb201, 100_000), ...countMs(nb201, 40) },
  naslib: naslib(),
  spaces: listSpaces().map((space) => ({
    space: space.name,
    drawnAndValidatedPerSecond: drawsPerSecond(space, 2_000, 3),
    ...countMs(space, 9),
  })),
});
