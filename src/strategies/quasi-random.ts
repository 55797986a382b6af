import { sample } from "../schema/index.js";
import { defineStrategy } from "./define.js";
import { haltonRng } from "./low-discrepancy.js";

/**
 * Draws that are spread evenly over the space: trial i is point i of a scrambled Halton sequence, read by the space's
 * sampler one decision an axis (Bergstra & Bengio 2012, section 5, compare such sequences with random draws).
 * Departure: where a point is refused or known, the draw is an independent one.
 */
export const quasiRandom = defineStrategy({
  name: "quasi-random",
  description: "draws spread evenly over the space (scrambled Halton sequence)",
  options: {},
  start: () => null,
  tell: (state) => state,
  ask(_, { schema, rng, trial, attempt, tools }) {
    const stream = attempt === 0 ? haltonRng(tools.seed, trial + 1, rng) : rng;
    return { genotype: sample(schema, stream), origin: attempt === 0 ? "quasi-random" : "random" };
  },
});
