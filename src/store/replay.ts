import type { Json } from "../base/index.js";
import type { StoredEvent } from "./events.js";
import { advance, isTrialEvent, settle, type TrialPhase, type TrialRow } from "./trial.js";

export type { RungResult, TrialPhase, TrialRow } from "./trial.js";

/** `created` until a trial is asked, then `running` until the log says otherwise. */
export type StudyPhase = "created" | "running" | "interrupted" | "finished";

export interface CurvePoint {
  readonly rung: number;
  readonly epoch: number;
  readonly metrics: Json;
}

/** A trial with its learning curve, by rung and epoch. */
export interface TrialState extends TrialRow {
  readonly curve: readonly CurvePoint[];
}

/** Candidates refused before training. */
export interface Rejections {
  readonly count: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly smallest: Json;
}

/** What a log says. A pure function of it: equal logs give equal states. */
export interface StudyState {
  readonly config: Json;
  readonly phase: StudyPhase;
  /** By number, in the order in which they were asked. */
  readonly trials: ReadonlyMap<number, TrialState>;
  readonly counts: Readonly<Record<TrialPhase, number>>;
  /** The lowest number above all numbers used. */
  readonly nextTrial: number;
  readonly best?: { readonly trial: number; readonly score: number };
  /** The latest `final` event's trial. */
  readonly final?: number;
  readonly rejected: Rejections;
  readonly requeues: number;
  readonly resumes: number;
  /** Why the study was interrupted or finished, where it was. */
  readonly reason?: string;
  /** Number of the last event; 0 for an empty log. */
  readonly seq: number;
}

/**
 * Fold a log. Total: a duplicate, or an event about a trial that was never asked, changes nothing.
 * `from` is a state to go on from; it is not changed.
 */
export function replay(events: Iterable<StoredEvent>, from?: StudyState): StudyState {
  const fold = new Replay(from);
  for (const event of events) fold.add(event);
  return fold.state();
}

/** As {@link replay}, over a store's log. */
export async function replayLog(events: AsyncIterable<StoredEvent>, from?: StudyState): Promise<StudyState> {
  const fold = new Replay(from);
  for await (const event of events) fold.add(event);
  return fold.state();
}

/** Trials whose work was cut off, or has not begun: what a resumed study continues with. */
export function unfinished(state: StudyState): { lost: TrialState[]; queued: TrialState[] } {
  const lost: TrialState[] = [];
  const queued: TrialState[] = [];
  for (const trial of state.trials.values()) {
    if (trial.phase === "running") lost.push(trial);
    if (trial.phase === "asked") queued.push(trial);
  }
  return { lost, queued };
}

/** A fold in progress, for those who follow a log. */
export class Replay {
  private readonly rows = new Map<number, TrialRow>();
  private readonly curves = new Map<number, CurvePoint[]>();
  private readonly counts: Record<TrialPhase, number> = {
    asked: 0,
    running: 0,
    waiting: 0,
    done: 0,
    failed: 0,
  };
  private config: Json = null;
  private phase: StudyPhase = "created";
  private nextTrial = 0;
  private best: StudyState["best"];
  private final: number | undefined;
  private rejected: Rejections = { count: 0, reasons: {}, smallest: null };
  private requeues = 0;
  private resumes = 0;
  private reason: string | undefined;
  private seq = 0;

  constructor(from?: StudyState) {
    if (from === undefined) return;
    for (const { curve, ...row } of from.trials.values()) {
      this.rows.set(row.trial, row);
      this.curves.set(row.trial, [...curve]);
    }
    Object.assign(this.counts, from.counts);
    ({
      config: this.config,
      phase: this.phase,
      nextTrial: this.nextTrial,
      best: this.best,
      final: this.final,
      rejected: this.rejected,
      requeues: this.requeues,
      resumes: this.resumes,
      reason: this.reason,
      seq: this.seq,
    } = from);
  }

  /** Take one event; one that was taken before (by its `seq`) changes nothing. */
  add({ seq, atMs, event }: StoredEvent): void {
    if (seq <= this.seq) return;
    this.seq = seq;
    if (isTrialEvent(event)) {
      const before = this.rows.get(event.trial);
      const after = advance(before, event, atMs);
      if (after === undefined) return;
      if (event.kind === "reported") this.report(event);
      if (after === before) return;
      if (event.kind === "final") this.final = event.trial;
      if (event.kind === "requeued") this.requeues++;
      if (event.kind === "asked") this.phase = "running";
      this.put(before, after);
      return;
    }
    switch (event.kind) {
      case "created":
        this.config = event.config;
        return;
      case "rejected": {
        const reasons = { ...this.rejected.reasons };
        for (const [limit, count] of Object.entries(event.reasons))
          reasons[limit] = (reasons[limit] ?? 0) + count;
        this.rejected = { count: this.rejected.count + event.count, reasons, smallest: event.smallest };
        return;
      }
      case "resumed":
        this.resumes++;
        this.phase = "running";
        this.reason = undefined;
        return;
      case "interrupted":
        this.phase = "interrupted";
        this.reason = event.reason;
        return;
      case "finished":
        this.phase = "finished";
        this.reason = event.reason;
        for (const row of this.rows.values()) this.put(row, settle(row));
        return;
    }
  }

  /** The state so far. What follows does not change it. */
  state(): StudyState {
    const trials = new Map<number, TrialState>();
    for (const [trial, row] of this.rows)
      trials.set(trial, { ...row, curve: [...(this.curves.get(trial) ?? [])] });
    return {
      config: this.config,
      phase: this.phase,
      trials,
      counts: { ...this.counts },
      nextTrial: this.nextTrial,
      ...(this.best && { best: this.best }),
      ...(this.final !== undefined && { final: this.final }),
      rejected: this.rejected,
      requeues: this.requeues,
      resumes: this.resumes,
      ...(this.reason !== undefined && { reason: this.reason }),
      seq: this.seq,
    };
  }

  private put(before: TrialRow | undefined, after: TrialRow): void {
    if (before === after) return;
    if (before !== undefined) this.counts[before.phase]--;
    this.counts[after.phase]++;
    this.rows.set(after.trial, after);
    this.nextTrial = Math.max(this.nextTrial, after.trial + 1);
    if (before?.score === after.score) return;
    if (after.score !== undefined && better(after, this.best)) {
      this.best = { trial: after.trial, score: after.score };
    } else if (this.best?.trial === after.trial) {
      this.best = bestOf(this.rows.values());
    }
  }

  private report({ trial, rung, epoch, metrics }: CurvePoint & { trial: number }): void {
    const curve = this.curves.get(trial) ?? [];
    const at = curve.findLastIndex(
      (point) => point.rung < rung || (point.rung === rung && point.epoch <= epoch),
    );
    const same = curve[at]?.rung === rung && curve[at]?.epoch === epoch;
    curve.splice(same ? at : at + 1, same ? 1 : 0, { rung, epoch, metrics });
    this.curves.set(trial, curve);
  }
}

/** Highest score; of equals the one with the lowest number. */
function bestOf(rows: Iterable<TrialRow>): StudyState["best"] {
  let best: StudyState["best"];
  for (const row of rows) {
    if (row.score !== undefined && better(row, best)) best = { trial: row.trial, score: row.score };
  }
  return best;
}

function better({ trial, score }: TrialRow, than: StudyState["best"]): boolean {
  if (score === undefined) return false;
  return than === undefined || score > than.score || (score === than.score && trial < than.trial);
}
