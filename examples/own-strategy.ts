/**
 * A strategy of one's own: hill climbing with restarts. It sees schemas and genotypes, never graphs, so it
 * works on every space.
 *   node examples/run.js own-strategy
 */
import { defineStrategy, search } from "morphospace";
import { mutate, sample } from "morphospace/schema";
import type { Scored } from "morphospace/strategies";

interface Peak {
  readonly best: Scored | undefined;
  /** Trials since the best was found. */
  readonly since: number;
}

const hillClimbing = defineStrategy({
  name: "hill-climbing",
  description: "mutates the best so far; begins anew where nothing gets better",
  options: { patience: 10 },
  start: (): Peak => ({ best: undefined, since: 0 }),
  // A pure fold: replaying the log of a study gives the same state, so resuming needs nothing more.
  tell({ best, since }, trial) {
    return best === undefined || trial.score > best.score
      ? { best: trial, since: 0 }
      : { best, since: since + 1 };
  },
  ask({ best, since }, { schema, options, rng }) {
    if (best === undefined || since >= options.patience)
      return { genotype: sample(schema, rng), origin: "restart" };
    return { genotype: mutate(schema, best.genotype, rng), origin: "climb", parent: best.trial };
  },
});

await using study = await search({
  data: "penguins",
  strategy: hillClimbing,
  strategyOptions: { patience: 4 },
  trials: 8,
});
for await (const event of study.run()) if (event.type === "asked") console.log(event.trial, event.origin);
console.log(study.document().best?.testAccuracy);
