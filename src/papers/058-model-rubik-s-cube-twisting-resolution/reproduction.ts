import { rngOf } from "../../base/index.js";
import { tinyFormula } from "../../spaces/index.js";
import { recount, tinynet } from "../../zoo/index.js";
import { defineReproduction } from "../reproduction.js";

/** What can be settled without ImageNet: the networks are those that were published, and the formula keeps its budget. */
export const reproduction = defineReproduction({
  paper: 58,
  claim:
    "TinyNet-A to E have the published parameters and multiply-adds, and the tiny formula meets the cost that is asked for.",
  data: "None: the five definitions are counted; the formula is fitted to drawn trials",
  baseline: "The authors' definition, counted by hand (6,187,972 parameters for A and so on)",
  method:
    "Each network is built and counted by this package. Then 24 drawn (resolution, depth, cost) trials are fitted and the " +
    "cost of the formula's scaling, resolution² · depth · width², is compared with the one asked for at nine budgets. " +
    "The paper's comparison of accuracies needs training at length and is not part of it.",
  rule: [
    { kind: "equals", name: "parameters off", value: 0, tolerance: 0 },
    { kind: "at-most", name: "multiply-adds off, %", value: 0.5 },
    { kind: "at-most", name: "budget missed, %", value: 0.001 },
  ],
  seeds: { full: 3, quick: 1 },
  units: "largest deviation over the five networks, or over nine budgets",
  async measure({ seed }) {
    let [parameters, macs] = [0, 0];
    for (const fact of tinynet.facts) {
      const counted = recount(tinynet, fact);
      parameters = Math.max(parameters, Math.abs(counted.params - (fact.params ?? Number.NaN)));
      const published = fact.published?.macs ?? Number.NaN;
      macs = Math.max(macs, (100 * Math.abs(counted.macs - published)) / published);
    }
    const rng = rngOf(seed, "tiny-formula");
    const front = Array.from({ length: 24 }, () => {
      const cost = 0.03 + 0.97 * rng.float();
      return { cost, resolution: 0.5 + 0.5 * rng.float(), depth: 0.6 + 0.6 * rng.float() };
    });
    const formula = tinyFormula(front);
    const missed = Array.from({ length: 9 }, (_, i) => {
      const wanted = (i + 1) / 10;
      const { resolution, width, depth } = formula(wanted);
      return (100 * Math.abs(resolution ** 2 * depth * width ** 2 - wanted)) / wanted;
    });
    return {
      values: {
        "parameters off": parameters,
        "multiply-adds off, %": macs,
        "budget missed, %": Math.max(...missed),
      },
    };
  },
});
