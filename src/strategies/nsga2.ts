import { crossover, mutate, sample } from "../schema/index.js";
import { defineStrategy, objectivesOf, type Scored } from "./define.js";
import { byRankAndCrowding } from "./non-dominated.js";

/**
 * NSGA-II (Deb et al. 2002): parents win binary tournaments by Pareto rank, then by crowding distance; children come of
 * crossover and one mutation; of parents and children together the best `population` live on.
 * Departure: steady state, for asynchronous workers: each trial that is told takes part in the next selection at once.
 */
export const nsga2 = defineStrategy({
  name: "nsga2",
  description: "evolves a Pareto front: several objectives at once (NSGA-II)",
  options: { population: 20, crossover: 0.9 },
  manyObjectives: true,
  check({ population, crossover: share }) {
    if (!Number.isSafeInteger(population) || population < 2)
      return "population must be a whole number of at least 2";
    return share >= 0 && share <= 1 ? undefined : "crossover must lie between 0 and 1";
  },
  start: (): Generation => ({ alive: [], born: 0 }),
  tell({ alive, born }, trial, { population }) {
    const at = alive.findIndex((it) => it.trial === trial.trial);
    // A late word of one that was not chosen changes nothing.
    if (at < 0 && trial.again) return { alive, born };
    const all = at >= 0 ? alive.with(at, trial) : [...alive, trial];
    const order = byRankAndCrowding(all.map(objectivesOf));
    const living = order.slice(0, population).flatMap((i) => all[i] ?? []);
    return { alive: living, born: at < 0 ? born + 1 : born };
  },
  ask({ alive, born }, { schema, options, rng }) {
    if (born < options.population || alive.length < 2)
      return { genotype: sample(schema, rng), origin: "random" };
    // `alive` is in the order of selection, so the winner of a tournament stands further ahead.
    const winner = () => alive[Math.min(rng.int(alive.length), rng.int(alive.length))];
    const [a, b] = [winner(), winner()];
    if (a === undefined || b === undefined) return { genotype: sample(schema, rng), origin: "random" };
    const mixed = rng.float() < options.crossover && a !== b;
    const child = mixed ? crossover(schema, a.genotype, b.genotype, rng) : a.genotype;
    return {
      genotype: mutate(schema, child, rng),
      origin: mixed ? "crossover" : "mutation",
      parent: a.trial,
    };
  },
});

interface Generation {
  /** Best first. */
  readonly alive: readonly Scored[];
  readonly born: number;
}
