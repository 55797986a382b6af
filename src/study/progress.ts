import { ExitCode, issue, MorphError } from "../base/index.js";
import type { TrialRow } from "../store/index.js";
import { rungPolicy } from "../strategies/index.js";
import type { StudyConfig } from "./config.js";
import { nothingFeasible, type Refusals } from "./limits.js";

/** What an estimate of the time left is made from. */
export interface Pace {
  readonly config: StudyConfig;
  readonly trials: number | null;
  readonly lanes: number;
  /** Epochs in the whole log, and in this session. */
  readonly epochs: number;
  readonly epochsNow: number;
  readonly elapsedMs: number;
  /** Until the time is up; infinite where there is no limit. */
  readonly leftMs: number;
  readonly phase: "searching" | "training the winner" | "writing" | "finished";
}

/** Epochs still to come, at the pace of this session's epochs, spread over the lanes; null without a pace. */
export function estimateMs(it: Pace): number | null {
  const { trials, epochs, epochsNow, elapsedMs, leftMs, phase, lanes } = it;
  const { rungs, eta, policy = "asha", finalEpochs, finalists } = it.config.budget;
  if (Number.isFinite(leftMs) && trials === null) return Math.max(0, leftMs);
  if (trials === null || epochsNow < 2 || phase === "finished") return null;
  let planned = finalists * finalEpochs;
  for (const climb of rungPolicy(policy, { rungs: rungs.length, eta }).planned(trials))
    planned += climb.trials * ((rungs[climb.to] ?? 0) - (rungs[climb.from] ?? 0));
  const share = phase === "searching" ? 1 : 1 / Math.min(lanes, finalists);
  const ahead = Math.max(0, planned - epochs) * (elapsedMs / epochsNow) * share;
  return Number.isFinite(leftMs) ? Math.min(ahead, Math.max(0, leftMs)) : ahead;
}

/** Why no trial has a result: the first cause, or that nothing fits, or that the time was too short. */
export function nothingTrained(
  trials: readonly TrialRow[],
  refusals: Refusals,
  config: StudyConfig,
): MorphError {
  const failed = trials.find((t) => t.error !== undefined);
  if (failed?.error !== undefined) {
    const { code, received, hint } = failed.error;
    const cause = `${code}${received === undefined ? "" : `: ${received}`}`;
    return new MorphError(
      issue("all_trials_failed", { path: `trial ${failed.trial}`, received: cause, hint }),
    );
  }
  if (trials.length === 0 && refusals.count > 0)
    return nothingFeasible(config.limits, refusals, config.space.name);
  return new MorphError(
    issue("budget_spent", {
      expected: "time for at least one trial",
      received: "none had finished its first epochs when the time was up",
      hint: "give more --time, or limit the work of a network with --max-macs",
    }),
    { exitCode: ExitCode.budgetSpent },
  );
}
