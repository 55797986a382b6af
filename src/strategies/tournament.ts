import { mutate, sample } from "../schema/index.js";
import { defineStrategy, type Scored } from "./define.js";
import { History } from "./history.js";

/**
 * Tournament evolution of Liu et al. 2018 (arXiv:1711.00436, section 3.2): the best of a random share of all networks so
 * far is mutated once. Nothing ever dies, so the population grows and the pressure with it.
 * Departures: rivals are drawn with replacement, so that a tournament costs the same however many there are; the first
 * networks are drawn from the space, whose sampler stands for "a trivial network and many mutations".
 */
export const tournament = defineStrategy({
  name: "tournament",
  description: "mutates the best of a random share of all networks; nothing dies",
  options: { population: 20, share: 0.05 },
  check({ population, share }) {
    if (!Number.isSafeInteger(population) || population < 1)
      return "population must be a whole number of at least 1";
    return share > 0 && share <= 1 ? undefined : "share must lie above 0 and be at most 1";
  },
  start: () => History.empty,
  tell: (all, trial) => all.replaced(trial),
  ask(all, { schema, options, rng }) {
    if (all.length < options.population) return { genotype: sample(schema, rng), origin: "random" };
    let parent: Scored | undefined;
    for (let place = Math.max(1, Math.round(options.share * all.length)); place > 0; place--) {
      const rival = all.at(rng.int(all.length));
      if (rival !== undefined && (parent === undefined || rival.score > parent.score)) parent = rival;
    }
    if (parent === undefined) return { genotype: sample(schema, rng), origin: "random" };
    return { genotype: mutate(schema, parent.genotype, rng), origin: "mutation", parent: parent.trial };
  },
});
