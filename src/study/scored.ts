import type { Recipe } from "../spaces/index.js";
import type { StudyEvent, TrialRow } from "../store/index.js";
import type { Scored } from "../strategies/index.js";
import type { Measured } from "./asking.js";
import type { StudyConfig } from "./config.js";
import { costsOf, metricsOf, notesOf, type ToldMetrics } from "./document.js";
import type { StudyLog } from "./log.js";
import { objectivesOfTrial } from "./objectives.js";
import { payload } from "./payload.js";

/** A candidate written down as a trial; `recipe` where its genotype decides on that. */
export function askedEvent(
  trial: number,
  { genotype, hash, origin, parent, notes, costs, proxy }: Measured,
  feasible: number,
  recipe: Recipe | undefined,
): Extract<StudyEvent, { kind: "asked" }> {
  return {
    ...{ kind: "asked", trial, genotype, hash, origin },
    ...(parent !== undefined && { parent }),
    static: payload({
      ...{ ...costs, proxy, feasible },
      ...(recipe !== undefined && { recipe }),
      ...(notes !== undefined && { notes }),
    }),
  };
}

/**
 * A told rung as the strategy sees it; undefined for the finalists' long training: strategies compare trials by what they
 * reach in the search.
 */
export function scoredOf(
  row: TrialRow,
  rung: number,
  { score, loss }: Pick<ToldMetrics, "score" | "loss">,
  { budget, objectives: names = [] }: Pick<StudyConfig, "budget" | "objectives">,
): Scored | undefined {
  if (rung >= budget.rungs.length) return undefined;
  const { trial, genotype } = row;
  const objectives = names.length > 0 ? objectivesOfTrial(score, costsOf(row), names) : undefined;
  return { trial, genotype, score, loss, rung, objectives, ...notesOf(row) };
}

/** All that was told before, in the order of the log. */
export function* toldBefore(log: StudyLog, config: StudyConfig): Generator<Scored> {
  for (const { trial, rung, score } of log.tells) {
    const row = log.trial(trial);
    const result = row?.rungs.find((it) => it.rung === rung);
    if (row === undefined || result === undefined) continue;
    const scored = scoredOf(row, rung, { ...metricsOf(result), score }, config);
    if (scored !== undefined) yield scored;
  }
}
