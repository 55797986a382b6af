import type { Json } from "../base/index.js";
import type { StudyEvent } from "./events.js";
import type { TrialPhase, TrialRow } from "./trial.js";

/** `created` until a trial is asked, then `running` until the log says otherwise. */
export type StudyPhase = "created" | "running" | "interrupted" | "finished";

/** Trials by phase; they add up to all trials. */
export type TrialCounts = Readonly<Record<TrialPhase, number>>;

/** Candidates refused before training. */
export interface Rejections {
  readonly count: number;
  /** Limit to number of candidates that it refused. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The smallest candidate of the latest event. */
  readonly smallest: Json;
}

/** What a log adds up to, apart from its trials. */
export interface StudyTotals {
  readonly phase: StudyPhase;
  readonly counts: TrialCounts;
  /** The lowest number above all numbers used. */
  readonly nextTrial: number;
  /** The trial of the latest `final` event. */
  readonly final?: number;
  readonly rejected: Rejections;
  readonly requeues: number;
  readonly resumes: number;
  /** Why the study was interrupted or finished, where it was. */
  readonly reason?: string;
}

export const NO_TOTALS: StudyTotals = {
  phase: "created",
  counts: { asked: 0, running: 0, waiting: 0, done: 0, failed: 0 },
  nextTrial: 0,
  rejected: { count: 0, reasons: {}, smallest: null },
  requeues: 0,
  resumes: 0,
};

/** Totals after an event that took a trial from one row to another (undefined: there was none). */
export function tallyTrial(
  totals: StudyTotals,
  event: StudyEvent,
  before: TrialRow | undefined,
  after: TrialRow,
): StudyTotals {
  const counts = { ...totals.counts };
  if (before !== undefined) counts[before.phase]--;
  counts[after.phase]++;
  const next = { ...totals, counts, nextTrial: Math.max(totals.nextTrial, after.trial + 1) };
  if (event.kind === "final") return { ...next, final: after.trial };
  if (event.kind === "requeued") return { ...next, requeues: totals.requeues + 1 };
  return event.kind === "asked" ? running(next) : next;
}

/** Totals after an event about the study as a whole. */
export function tallyStudy(totals: StudyTotals, event: StudyEvent): StudyTotals {
  switch (event.kind) {
    case "rejected": {
      const reasons = { ...totals.rejected.reasons };
      for (const [limit, count] of Object.entries(event.reasons))
        reasons[limit] = (reasons[limit] ?? 0) + count;
      const count = totals.rejected.count + event.count;
      return { ...totals, rejected: { count, reasons, smallest: event.smallest } };
    }
    case "resumed":
      return running({ ...totals, resumes: totals.resumes + 1 });
    case "interrupted":
      return { ...totals, phase: "interrupted", reason: event.reason };
    case "finished": {
      const { waiting, done } = totals.counts;
      const counts = { ...totals.counts, waiting: 0, done: done + waiting };
      return { ...totals, phase: "finished", reason: event.reason, counts };
    }
    default:
      return totals;
  }
}

function running(totals: StudyTotals): StudyTotals {
  const { reason: _, ...rest } = totals;
  return { ...rest, phase: "running" };
}
