import { mutate, sample } from "../schema/index.js";
import { defineStrategy, type Scored } from "./define.js";

/**
 * Aging evolution (Real et al. 2019, arXiv:1802.01548, Algorithm 1): the best of a random sample of the living is
 * mutated; the oldest dies.
 * Departures: with parallel workers a parent may be chosen before newer results land; a trial that reaches a
 * higher fidelity is rescored in place, it does not grow younger.
 */
export const regularizedEvolution = defineStrategy({
  name: "regularized-evolution",
  description: "mutates the best of a few, lets the oldest die",
  options: { population: 10, tournament: 4 },
  check({ population, tournament }) {
    if (!Number.isSafeInteger(population) || !Number.isSafeInteger(tournament))
      return "population and tournament must be whole numbers";
    if (population < 2 || tournament < 1) return "population must be at least 2 and tournament at least 1";
    if (tournament > population)
      return `tournament (${tournament}) must not exceed population (${population})`;
    return undefined;
  },
  start: (): Living => ({ alive: [], born: 0 }),
  tell({ alive, born }, trial, { population }) {
    const at = alive.findIndex((it) => it.trial === trial.trial);
    if (at >= 0) return { alive: alive.with(at, trial), born };
    // A late word of one that has died already changes nothing.
    if (trial.again) return { alive, born };
    return { alive: [...alive, trial].slice(-population), born: born + 1 };
  },
  ask({ alive, born }, { schema, options, rng }) {
    if (born < options.population) return { genotype: sample(schema, rng), origin: "random" };
    const rivals = rng.sample(alive, options.tournament);
    const parent = rivals.reduce((best, it) => (it.score > best.score ? it : best));
    return { genotype: mutate(schema, parent.genotype, rng), origin: "mutation", parent: parent.trial };
  },
});

interface Living {
  readonly alive: readonly Scored[];
  readonly born: number;
}
