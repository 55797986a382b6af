import {
  type Costs,
  LIMIT_NAMES,
  type LimitName,
  type SearchDocument,
  type TrialDocument,
} from "../study/index.js";

/** What reports derive from a search document, once. */

/** The score where there is one; documents from elsewhere may hold NaN. */
export function scoreOf(trial: TrialDocument): number | undefined {
  const value = trial.valAccuracy;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function costOf(trial: TrialDocument, name: LimitName): number | undefined {
  const value = trial[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Limits that a trial's costs break; a latency that was not measured breaks none. */
export function brokenLimits(trial: TrialDocument, document: SearchDocument): LimitName[] {
  return LIMIT_NAMES.filter((name) => {
    const limit = document.limits[name];
    const value = costOf(trial, name);
    return limit !== undefined && value !== undefined && value > limit;
  });
}

export type Standing = "winner" | "front" | "plain" | "infeasible" | "failed";

/** How a trial is drawn everywhere. */
export function standingOf(trial: TrialDocument, document: SearchDocument): Standing {
  if (document.best?.number === trial.number) return "winner";
  if (trial.state === "failed") return "failed";
  if (brokenLimits(trial, document).length > 0) return "infeasible";
  return document.pareto.includes(trial.number) ? "front" : "plain";
}

/** Trials that no other beats in both score and one cost, cheapest first: the line in a Pareto plot. */
export function frontOf(document: SearchDocument, name: LimitName): TrialDocument[] {
  const points = document.trials
    .filter((t) => t.state !== "failed" && brokenLimits(t, document).length === 0)
    .flatMap((trial) => {
      const score = scoreOf(trial);
      const cost = costOf(trial, name);
      return score === undefined || cost === undefined ? [] : [{ trial, score, cost }];
    })
    .sort((a, b) => a.cost - b.cost || b.score - a.score);
  const front: TrialDocument[] = [];
  let best = Number.NEGATIVE_INFINITY;
  for (const { trial, score } of points) {
    if (score <= best) continue;
    best = score;
    front.push(trial);
  }
  return front;
}

export interface BestSoFar {
  readonly trial: TrialDocument;
  /** Position in order of trial number, from 1. */
  readonly index: number;
  /** When the trial's last rung ended, in seconds since the study began. */
  readonly seconds: number;
  readonly score: number;
  readonly best: number;
}

/** Score and best score so far. Over trials: by number. Over time: by the end of the last rung. */
export function bestSoFar(document: SearchDocument, over: "trials" | "time"): BestSoFar[] {
  const points = document.trials
    .flatMap((trial) => {
      const score = scoreOf(trial);
      if (score === undefined || brokenLimits(trial, document).length > 0) return [];
      const ended = trial.spans.reduce((end, s) => Math.max(end, s.endMs), 0);
      return [{ trial, score, seconds: ended / 1000 }];
    })
    .sort((a, b) =>
      over === "trials"
        ? a.trial.number - b.trial.number
        : a.seconds - b.seconds || a.trial.number - b.trial.number,
    );
  let best = Number.NEGATIVE_INFINITY;
  return points.map((p) => {
    best = Math.max(best, p.score);
    return { ...p, index: p.trial.number, best };
  });
}

/** The ancestors of a trial, itself first. A cycle or a missing parent ends the line. */
export function lineageOf(number: number, document: SearchDocument): TrialDocument[] {
  const byNumber = new Map(document.trials.map((t) => [t.number, t]));
  const line: TrialDocument[] = [];
  const seen = new Set<number>();
  let at = byNumber.get(number);
  while (at !== undefined && !seen.has(at.number)) {
    line.push(at);
    seen.add(at.number);
    at = at.parent === undefined ? undefined : byNumber.get(at.parent);
  }
  return line;
}

export interface LimitCheck {
  readonly name: LimitName;
  readonly limit: number | undefined;
  readonly value: number | undefined;
  /** Share of the limit that is used; above 1 where it is broken. */
  readonly used: number | undefined;
  readonly kept: boolean | undefined;
}

/** Every limit against a set of costs, unlimited costs included. */
export function checkLimits(document: SearchDocument, costs: Costs | undefined): LimitCheck[] {
  return LIMIT_NAMES.map((name) => {
    const given = document.limits[name];
    const limit = given !== undefined && Number.isFinite(given) ? given : undefined;
    const measured = costs?.[name];
    const value = typeof measured === "number" && Number.isFinite(measured) ? measured : undefined;
    if (limit === undefined || value === undefined) {
      return { name, limit, value, used: undefined, kept: undefined };
    }
    return {
      name,
      limit,
      value,
      used: limit > 0 ? Math.max(0, value / limit) : value > limit ? Number.POSITIVE_INFINITY : 1,
      kept: value <= limit,
    };
  });
}

/** Counts of trials by state. */
export function countStates(document: SearchDocument): Record<TrialDocument["state"], number> {
  const counts = { waiting: 0, running: 0, complete: 0, stopped: 0, failed: 0 };
  for (const trial of document.trials) counts[trial.state]++;
  return counts;
}
