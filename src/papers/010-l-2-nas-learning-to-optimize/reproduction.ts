import { medianOf } from "../../base/index.js";
import { l2nas, random } from "../../strategies/index.js";
import { defineReproduction } from "../reproduction.js";
import { nb201Lookup, playNb201, reportOfBest, smoothed } from "../table-play.js";

const PROPOSALS = 500;
const LAST = 100;

/** Does an actor with a quantile critic come to propose better networks than chance? */
export const reproduction = defineReproduction({
  paper: 10,
  claim:
    "A continuous-action actor with a quantile-driven critic learns to propose good cells within 500 queries, and finds one " +
    "as good as random search's or better.",
  data: "All 15,625 cells of NAS-Bench-201, CIFAR-10: nasbench201.csv.gz",
  baseline: "Random search with as many proposals",
  method:
    `${PROPOSALS} proposals, repeated ones included, of which the first 100 are random; the state is the mean of the 64 best, ` +
    "noise ±0.5 and random actions (0.3) shrink to nothing; the reward is the table's validation accuracy, reported is test " +
    "accuracy. The margins are those of a pilot on the same table.",
  rule: [
    { kind: "above", more: "median of the last 100", less: "random's median of the last 100", by: 2 },
    { kind: "not-below", more: "best", less: "random's best", slack: 0 },
  ],
  seeds: { full: 10, quick: 3 },
  units: "test accuracy, %",
  axes: { x: "proposals", y: "mean test accuracy of the last 50 proposals, %" },
  async measure(run) {
    const lookup = await nb201Lookup(run, "cifar10");
    const options = { warmup: 100, best: 64, horizon: PROPOSALS, noise: 0.5, explore: 0.3, updates: 10 };
    const actor = await playNb201(lookup, l2nas, options, PROPOSALS, run);
    const chance = await playNb201(lookup, random, {}, PROPOSALS, run);
    return {
      values: {
        "median of the last 100": medianOf(actor.reported.slice(-LAST)),
        "random's median of the last 100": medianOf(chance.reported.slice(-LAST)),
        best: reportOfBest(actor),
        "random's best": reportOfBest(chance),
        "different cells": actor.distinct,
      },
      curves: { actor: smoothed(actor.reported, 50), random: smoothed(chance.reported, 50) },
    };
  },
});
