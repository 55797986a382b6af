import type { Json } from "../base/index.js";
import type { StoredEvent } from "./events.js";
import { NO_TOTALS, type StudyTotals, tallyStudy, tallyTrial } from "./totals.js";
import { advance, isTrialEvent, settle, type TrialRow } from "./trial.js";

export interface CurvePoint {
  readonly rung: number;
  readonly epoch: number;
  readonly metrics: Json;
}

/** A trial with its learning curve, by rung and epoch. */
export interface TrialState extends TrialRow {
  readonly curve: readonly CurvePoint[];
}

export interface Best {
  readonly trial: number;
  readonly score: number;
}

/** What a log says. A pure function of it: equal logs give equal states. */
export interface StudyState extends StudyTotals {
  readonly config: Json;
  /** By number, in the order in which they were asked. */
  readonly trials: ReadonlyMap<number, TrialState>;
  /** The highest score of a trial that has not failed; of equals the lowest number. */
  readonly best?: Best;
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

/** What a resumed study continues with: trials whose work was cut off, and trials that nobody began. */
export function unfinished(state: StudyState): { lost: TrialState[]; queued: TrialState[] } {
  const trials = [...state.trials.values()];
  return {
    lost: trials.filter(({ phase }) => phase === "running"),
    queued: trials.filter(({ phase }) => phase === "asked"),
  };
}

/** A fold in progress, for those who follow a log. */
export class Replay {
  private readonly rows = new Map<number, TrialRow>();
  private readonly curves = new Map<number, CurvePoint[]>();
  #config: Json = null;
  #totals: StudyTotals = NO_TOTALS;
  #best: Best | undefined;
  #seq = 0;

  constructor(from?: StudyState) {
    if (from === undefined) return;
    const { config, trials, best, seq, ...totals } = from;
    this.#config = config;
    this.#totals = totals;
    this.#best = best;
    this.#seq = seq;
    for (const { curve, ...row } of trials.values()) {
      this.rows.set(row.trial, row);
      this.curves.set(row.trial, [...curve]);
    }
  }

  /** Take one event; one that was taken before (by its `seq`) changes nothing. */
  add({ seq, atMs, event }: StoredEvent): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    if (event.kind === "created") this.#config = event.config;
    if (isTrialEvent(event)) {
      const before = this.rows.get(event.trial);
      const after = advance(before, event, atMs);
      if (after === undefined) return;
      if (event.kind === "reported") this.report(event);
      if (after === before) return;
      this.#totals = tallyTrial(this.#totals, event, before, after);
      this.put(before, after);
      return;
    }
    this.#totals = tallyStudy(this.#totals, event);
    if (event.kind === "finished") for (const [trial, row] of this.rows) this.rows.set(trial, settle(row));
  }

  get config(): Json {
    return this.#config;
  }

  get totals(): StudyTotals {
    return this.#totals;
  }

  get best(): Best | undefined {
    return this.#best;
  }

  /** A trial without its curve. */
  row(trial: number): TrialRow | undefined {
    return this.rows.get(trial);
  }

  /** All trials without their curves, in the order in which they were asked. */
  allRows(): TrialRow[] {
    return [...this.rows.values()];
  }

  /** The state so far. What follows does not change it. */
  state(): StudyState {
    const trials = new Map<number, TrialState>();
    for (const [trial, row] of this.rows)
      trials.set(trial, { ...row, curve: [...(this.curves.get(trial) ?? [])] });
    const best = this.#best && { best: this.#best };
    return { ...this.#totals, config: this.#config, trials, ...best, seq: this.#seq };
  }

  private put(before: TrialRow | undefined, after: TrialRow): void {
    this.rows.set(after.trial, after);
    if (before?.score === after.score) return;
    if (better(after, this.#best)) this.#best = { trial: after.trial, score: after.score };
    else if (this.#best?.trial === after.trial) this.#best = bestOf(this.rows.values());
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
function bestOf(rows: Iterable<TrialRow>): Best | undefined {
  let best: Best | undefined;
  for (const row of rows) if (better(row, best)) best = { trial: row.trial, score: row.score };
  return best;
}

function better(row: TrialRow, than: Best | undefined): row is TrialRow & { score: number } {
  if (row.score === undefined) return false;
  if (than === undefined || row.score > than.score) return true;
  return row.score === than.score && row.trial < than.trial;
}
