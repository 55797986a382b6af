import type { TrialRow } from "../store/index.js";
import { metricsOf } from "./document.js";

/** Number of the next attempt at a rung: 1 for the first. */
export function attemptOf(trial: TrialRow, rung: number): number {
  return trial.latest?.rung === rung ? trial.latest.attempt + 1 : 1;
}

/** Score by which finalists are chosen: of the highest rung below the final one. */
export function searchScore(trial: TrialRow, final: number): number {
  const last = trial.rungs.findLast((r) => r.rung < final);
  return last === undefined ? Number.NEGATIVE_INFINITY : metricsOf(last).score;
}

/** Epochs that a trial has had so far. */
export function lastEpochs(trial: TrialRow): number {
  const last = trial.rungs.at(-1);
  return Math.max(1, last === undefined ? 1 : metricsOf(last).epochs);
}
