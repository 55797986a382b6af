import { canonicalJson, fail, messageOf } from "../base/index.js";
import type { StudyEvent } from "./events.js";
import { type StudyTotals, tallyStudy, tallyTrial } from "./totals.js";
import { advance, isTrialEvent, settle, type TrialRow } from "./trial.js";

/** What a batch of events does to a study: the one way of writing, shared by all stores. */
export interface Batch {
  /** Events that say something new, as canonical JSON beside the event, in order. */
  readonly kept: readonly { readonly event: StudyEvent; readonly text: string }[];
  /** Rows that changed. */
  readonly changed: ReadonlyMap<number, TrialRow>;
  readonly totals: StudyTotals;
  /** True where all rows not in `changed` are to be settled. */
  readonly settles: boolean;
}

/** The trials that a batch speaks of: the rows to be loaded for {@link applyBatch}. */
export function trialsOf(events: readonly StudyEvent[]): number[] {
  const trials = new Set<number>();
  for (const event of events) if (isTrialEvent(event)) trials.add(event.trial);
  return [...trials];
}

/**
 * Apply events to totals and to the rows of their trials.
 * @throws `event_invalid`, `unknown_trial`, `trial_exists`; then nothing of the batch counts
 */
export function applyBatch(
  totals: StudyTotals,
  rows: ReadonlyMap<number, TrialRow>,
  events: readonly StudyEvent[],
  atMs: number,
): Batch {
  const changed = new Map<number, TrialRow>();
  const kept: { event: StudyEvent; text: string }[] = [];
  let after = totals;
  let settles = false;
  for (const event of events) {
    const text = textOf(event);
    if (isTrialEvent(event)) {
      const row = changed.get(event.trial) ?? settled(rows.get(event.trial), settles);
      const next = advance(row, event, atMs) ?? unknownTrial(event.trial);
      if (next === row) {
        if (event.kind === "asked") sameTrial(row, event);
        if (event.kind === "reported") kept.push({ event, text });
        continue;
      }
      changed.set(event.trial, next);
      after = tallyTrial(after, event, row, next);
    } else {
      after = tallyStudy(after, event);
      if (event.kind === "finished") {
        settles = true;
        for (const [trial, row] of changed) changed.set(trial, settle(row));
      }
    }
    kept.push({ event, text });
  }
  return { kept, changed, totals: after, settles };
}

function settled(row: TrialRow | undefined, settles: boolean): TrialRow | undefined {
  return row !== undefined && settles ? settle(row) : row;
}

/** Canonical JSON of an event, where it has one and its numbers are counts. */
export function textOf(event: StudyEvent): string {
  for (const key of ["trial", "parent", "rung", "epoch", "attempt", "count"] as const) {
    const value: unknown = key in event ? Reflect.get(event, key) : undefined;
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || Number(value) < 0) {
      fail("event_invalid", {
        path: `${event.kind}.${key}`,
        expected: "a whole number from 0",
        received: String(value),
      });
    }
  }
  try {
    return canonicalJson(event);
  } catch (error) {
    const hint = "fail the trial instead of storing a result that is not a number";
    return fail("event_invalid", {
      path: event.kind,
      expected: "plain JSON",
      received: messageOf(error),
      hint,
    });
  }
}

function unknownTrial(trial: number): never {
  return fail("unknown_trial", {
    path: `trial ${trial}`,
    expected: "a trial that was asked before",
    hint: "append its asked event first",
  });
}

function sameTrial(row: TrialRow, { trial, hash, genotype }: Extract<StudyEvent, { kind: "asked" }>): void {
  if (row.hash === hash && canonicalJson(row.genotype) === canonicalJson(genotype)) return;
  fail("trial_exists", {
    path: `trial ${trial}`,
    expected: "a number that no other trial has",
    received: `hash ${hash}, while the log has ${row.hash}`,
    hint: "number new trials from nextTrial of the replayed log",
  });
}
