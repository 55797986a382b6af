import { meanOf } from "../../base/index.js";
import { random, reinforce } from "../../strategies/index.js";
import { defineReproduction } from "../reproduction.js";
import { nb201Lookup, playNb201, reportOfBest, smoothed } from "../table-play.js";

const PROPOSALS = 1_000;
const LAST = 200;

/** Does an LSTM controller that learns by REINFORCE come to propose better networks than chance? */
export const reproduction = defineReproduction({
  paper: 19,
  claim:
    "The policy of a controller that is trained by REINFORCE proposes better networks than random search.",
  data: "All 15,625 cells of NAS-Bench-201, CIFAR-10: nasbench201.csv.gz",
  baseline: "Random search with as many proposals",
  method:
    `${PROPOSALS} proposals, repeated ones included; two layers of LSTM with 35 units, Adam at the paper's rate 6e-4, eight ` +
    "networks a step, reward accuracy cubed against a moving average of the past (0.95). The reward is the table's " +
    `validation accuracy; reported is the mean test accuracy of the last ${LAST} proposals. The paper's own space and its ` +
    "trainings are not repeated.",
  rule: [
    { kind: "above", more: "policy, last 200", less: "random, last 200", by: 3 },
    { kind: "not-below", more: "policy, last 200", less: "90.5", slack: 0 },
  ],
  seeds: { full: 10, quick: 3 },
  units: "test accuracy, %",
  axes: { x: "proposals", y: "mean test accuracy of the last 100 proposals, %" },
  async measure(run) {
    const lookup = await nb201Lookup(run, "cifar10");
    const options = { rate: 6e-4, batch: 8, decay: 0.95, power: 3 };
    const policy = await playNb201(lookup, reinforce, options, PROPOSALS, run);
    const chance = await playNb201(lookup, random, {}, PROPOSALS, run);
    return {
      values: {
        "policy, last 200": meanOf(policy.reported.slice(-LAST)),
        "policy, first 200": meanOf(policy.reported.slice(0, LAST)),
        "random, last 200": meanOf(chance.reported.slice(-LAST)),
        "90.5": 90.5,
        "policy, best": reportOfBest(policy),
        "random, best": reportOfBest(chance),
      },
      curves: { policy: smoothed(policy.reported, 100), random: smoothed(chance.reported, 100) },
    };
  },
});
