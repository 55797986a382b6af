import { ExitCode, fail, unknownName } from "../base/index.js";
import type { StrategyDefinition } from "../strategies/index.js";
import { type Costs, LIMIT_NAMES, type LimitName } from "./types.js";

/** What a strategy for several objectives seeks beside the score, where nobody says otherwise. */
const USUAL: readonly LimitName[] = ["params", "macs"];

/**
 * The costs that a study seeks low beside a high score; none for a strategy of one objective.
 * @throws `objective_unknown`, `objectives_one` where the strategy cannot seek several
 */
export function objectivesFor(
  strategy: Pick<StrategyDefinition, "name" | "manyObjectives">,
  asked: readonly string[] | undefined,
): readonly LimitName[] {
  if (asked === undefined) return strategy.manyObjectives ? USUAL : [];
  const names = asked.map(
    (name) => LIMIT_NAMES.find((it) => it === name) ?? unknownName("objective", name, LIMIT_NAMES),
  );
  if (names.length > 0 && !strategy.manyObjectives) {
    fail(
      "objectives_one",
      {
        path: strategy.name,
        expected: "a strategy that seeks several objectives",
        received: asked.join(", "),
        hint: "use the strategy nsga2, or keep costs low by limits",
      },
      { exitCode: ExitCode.usage },
    );
  }
  return [...new Set(names)];
}

/** A trial's objectives, each turned so that higher is better: the score first. */
export function objectivesOfTrial(score: number, costs: Costs, names: readonly LimitName[]): number[] {
  return [score, ...names.map((name) => -(costs[name] ?? Number.MAX_VALUE))];
}
