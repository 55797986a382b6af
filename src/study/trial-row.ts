import type { TrialRow } from "../store/index.js";
import { metricsOf, type ToldMetrics } from "./document.js";

/** Number of the next attempt at a rung: 1 for the first. */
export function attemptOf(trial: TrialRow, rung: number): number {
  return trial.latest?.rung === rung ? trial.latest.attempt + 1 : 1;
}

/** Score by which finalists are chosen: of the highest rung below the final one. */
export function searchScore(trial: TrialRow, final: number): number {
  const last = trial.rungs.findLast((r) => r.rung < final);
  return last === undefined ? Number.NEGATIVE_INFINITY : metricsOf(last).score;
}

/** Milliseconds of an epoch, by those that a trial has had, and of what comes before the first one. */
export function pace(trial: TrialRow): { readonly epochMs: number; readonly startMs: number } {
  const told = trial.rungs.map(metricsOf);
  const sum = (of: (it: ToldMetrics) => number) => told.reduce((total, it) => total + of(it), 0);
  const starting = sum((it) => it.startSeconds ?? 0);
  return {
    epochMs: (1000 * (sum((it) => it.seconds) - starting)) / lastEpochs(trial),
    startMs: (1000 * starting) / Math.max(1, told.length),
  };
}

/** Epochs that a trial has had so far. */
function lastEpochs(trial: TrialRow): number {
  const last = trial.rungs.at(-1);
  return Math.max(1, last === undefined ? 1 : metricsOf(last).epochs);
}
