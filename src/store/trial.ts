import type { Issue, Json } from "../base/index.js";
import type { StoredEvent } from "./events.js";

/**
 * - `asked`: waits for its first worker
 * - `running`: a worker is on it, or was when the log ends
 * - `waiting`: has results and may go on to a higher rung
 * - `done`: has results and nothing will follow
 * - `failed`: over, with a cause
 */
export type TrialPhase = (typeof TRIAL_PHASES)[number];
/** Their order is that of the store's tables: new ones go to the end. */
export const TRIAL_PHASES = ["asked", "running", "waiting", "done", "failed"] as const;

/** One rung of a trial, as it was told. */
export interface RungResult {
  readonly rung: number;
  /** The attempt that was told, and its worker; absent where no start was logged. */
  readonly attempt?: number;
  readonly worker?: string;
  /** Display only, as all times are. */
  readonly startedAtMs?: number;
  readonly toldAtMs: number;
  readonly metrics: Json;
  readonly score?: number;
  readonly checkpoint?: string;
}

export interface Attempt {
  readonly rung: number;
  /** 1 for the first attempt at a rung. */
  readonly attempt: number;
  readonly worker: string;
  readonly startedAtMs: number;
}

/** A trial without its learning curve: what the read model keeps of it. */
export interface TrialRow {
  readonly trial: number;
  readonly phase: TrialPhase;
  readonly genotype: Json;
  readonly hash: string;
  readonly parent?: number;
  readonly origin: string;
  readonly static: Json;
  readonly askedAtMs: number;
  /** Times that work on it was lost and began anew. */
  readonly requeues: number;
  /** The attempt that began last; `phase` says whether it is still at work. */
  readonly latest?: Attempt;
  /** Told rungs in ascending order. */
  readonly rungs: readonly RungResult[];
  /** Score of the highest rung that has one; absent for failed trials. */
  readonly score?: number;
  readonly error?: Issue;
  /** Result of the `final` event. */
  readonly final?: Json;
}

/** Events about one trial that has been asked. */
type TrialEvent = Extract<StoredEvent["event"], { trial: number }>;

export function isTrialEvent(event: StoredEvent["event"]): event is TrialEvent {
  return "trial" in event;
}

/**
 * What a trial is after an event; the same object where the event says nothing new (a duplicate, or a
 * late word from a worker that had been given up). Undefined where the trial was never asked.
 */
export function advance(row: TrialRow | undefined, event: TrialEvent, atMs: number): TrialRow | undefined {
  if (event.kind === "asked") return row ?? asked(event, atMs);
  if (row === undefined) return undefined;
  if (event.kind === "final") return row.final === undefined ? { ...row, final: event.result } : row;
  if (event.kind === "reported") return row;
  const told = row.rungs.some(({ rung }) => rung === event.rung);
  const { latest } = row;
  const known = latest?.rung === event.rung ? latest : undefined;
  if (event.kind === "requeued") {
    if (told || known === undefined || event.attempt <= known.attempt) return row;
    if (row.phase !== "running" && row.phase !== "failed") return row;
    const { error: _, ...rest } = row;
    return scored({ ...rest, phase: row.rungs.length > 0 ? "waiting" : "asked", requeues: row.requeues + 1 });
  }
  if (row.phase === "failed" || told) return row;
  switch (event.kind) {
    case "started": {
      const { rung, attempt, worker } = event;
      if (known !== undefined && attempt <= known.attempt) return row;
      return { ...row, phase: "running", latest: { rung, attempt, worker, startedAtMs: atMs } };
    }
    case "told": {
      const { rung, metrics, score, checkpoint, done } = event;
      const result: RungResult = {
        rung,
        ...(known && { attempt: known.attempt, worker: known.worker, startedAtMs: known.startedAtMs }),
        toldAtMs: atMs,
        metrics,
        ...(score !== undefined && { score }),
        ...(checkpoint !== undefined && { checkpoint }),
      };
      const rungs = [...row.rungs, result].sort((a, b) => a.rung - b.rung);
      return scored({ ...row, phase: done === true ? "done" : "waiting", rungs });
    }
    case "failed": {
      const { score: _, ...rest } = row;
      return { ...rest, phase: "failed", error: event.error };
    }
  }
}

function asked(event: Extract<TrialEvent, { kind: "asked" }>, askedAtMs: number): TrialRow {
  const { trial, genotype, hash, parent, origin } = event;
  const base = { trial, phase: "asked" as const, genotype, hash, origin, static: event.static, askedAtMs };
  return { ...base, ...(parent !== undefined && { parent }), requeues: 0, rungs: [] };
}

function scored(row: TrialRow): TrialRow {
  const { score: _, ...rest } = row;
  const score = row.rungs.findLast((rung) => rung.score !== undefined)?.score;
  return score === undefined ? rest : { ...rest, score };
}

/** When a study ends, nothing follows for the trials that wait. */
export function settle(row: TrialRow): TrialRow {
  return row.phase === "waiting" ? { ...row, phase: "done" } : row;
}
