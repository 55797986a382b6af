import { unknownName } from "../base/index.js";
import type { StrategyDefinition } from "./define.js";
import { random } from "./random.js";
import { regularizedEvolution } from "./regularized-evolution.js";

export * from "./define.js";
export { random, regularizedEvolution };

/** Every strategy by name. A new one is its file, its test and a line here. */
const STRATEGIES: readonly StrategyDefinition[] = [regularizedEvolution, random];

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
