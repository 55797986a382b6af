import { unknownName } from "../base/index.js";
import { asiArch } from "./asi-arch.js";
import { bananas } from "./bananas.js";
import { bohb } from "./bohb.js";
import { cmab } from "./cmab/index.js";
import type { StrategyDefinition } from "./define.js";
import { epnas } from "./epnas/index.js";
import { genius } from "./genius.js";
import { gp } from "./gp.js";
import { grid } from "./grid.js";
import { jointRecipe } from "./joint-recipe.js";
import { l2nas } from "./l2nas/index.js";
import { localSearch } from "./local-search.js";
import { nsga2 } from "./nsga2.js";
import { quasiRandom } from "./quasi-random.js";
import { random } from "./random.js";
import { regularizedEvolution } from "./regularized-evolution.js";
import { reinforce } from "./reinforce/index.js";
import { rena } from "./rena/index.js";
import { tournament } from "./tournament.js";
import { tpe } from "./tpe.js";

export * from "./define.js";
export * from "./rungs/index.js";
export {
  asiArch,
  bananas,
  bohb,
  cmab,
  epnas,
  genius,
  gp,
  grid,
  jointRecipe,
  l2nas,
  localSearch,
  nsga2,
  quasiRandom,
  random,
  regularizedEvolution,
  reinforce,
  rena,
  tournament,
  tpe,
};

/** Every strategy by name. A new one is its file, its test and a line here. */
const STRATEGIES: readonly StrategyDefinition[] = [
  regularizedEvolution,
  random,
  quasiRandom,
  grid,
  localSearch,
  tournament,
  nsga2,
  tpe,
  genius,
  asiArch,
  reinforce,
  cmab,
  epnas,
  l2nas,
  rena,
  bohb,
  gp,
  bananas,
  jointRecipe,
];

export function listStrategies(): readonly StrategyDefinition[] {
  return STRATEGIES;
}

/** The strategy of a name; a usage error with the nearest name where there is none. */
export function strategyOf(name: string): StrategyDefinition {
  return (
    STRATEGIES.find((it) => it.name === name) ??
    unknownName(
      "strategy",
      name,
      STRATEGIES.map((it) => it.name),
    )
  );
}
