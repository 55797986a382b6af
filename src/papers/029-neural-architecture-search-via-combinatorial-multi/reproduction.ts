import { meanOf } from "../../base/index.js";
import { cmab, random } from "../../strategies/index.js";
import { defineReproduction } from "../reproduction.js";
import { nb201Lookup, playNb201, reportOfBest, smoothed } from "../table-play.js";

const PROPOSALS = 300;

/** Do bandits, one a decision, lead to better cells than chance, and to better ones on the way? */
export const reproduction = defineReproduction({
  paper: 29,
  claim:
    "Combinatorial bandits under the naive assumption find better cells than random search at an equal budget.",
  data: "All 15,625 cells of NAS-Bench-201, CIFAR-100: nasbench201.csv.gz",
  baseline: "Random search with as many proposals",
  method:
    `${PROPOSALS} proposals, repeated ones included; a bandit for each of the six edges, α 0.02. The reward is the table's ` +
    "validation accuracy, reported is test accuracy. A table stands in for the paper's shared weights, and an edge for a " +
    "node's pair of inputs. The margins are those of a pilot on the same table.",
  rule: [
    { kind: "above", more: "bandits, best", less: "random, best", by: 0.5 },
    { kind: "above", more: "bandits, mean", less: "random, mean", by: 3 },
  ],
  seeds: { full: 20, quick: 5 },
  units: "test accuracy, %",
  axes: { x: "proposals", y: "mean test accuracy of the last 25 proposals, %" },
  async measure(run) {
    const lookup = await nb201Lookup(run, "cifar100");
    const bandits = await playNb201(lookup, cmab, { alpha: 0.02 }, PROPOSALS, run);
    const chance = await playNb201(lookup, random, {}, PROPOSALS, run);
    return {
      values: {
        "bandits, best": reportOfBest(bandits),
        "random, best": reportOfBest(chance),
        "bandits, mean": meanOf(bandits.reported),
        "random, mean": meanOf(chance.reported),
      },
      curves: { bandits: smoothed(bandits.reported, 25), random: smoothed(chance.reported, 25) },
    };
  },
});
