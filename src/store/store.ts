import type { Json } from "../base/index.js";
import type { StoredEvent, StudyEvent } from "./events.js";
import type { Best } from "./replay.js";
import type { StudyTotals } from "./totals.js";
import type { TrialRow } from "./trial.js";

/**
 * Where studies live: an append-only log of events a study, and read models that answer without reading
 * the log. One process at a time writes to a study (see {@link StudyStore.acquire}); any number reads.
 */
export interface StudyStore extends AsyncDisposable {
  /**
   * Begin a study; writes its `created` event.
   * @throws `study_exists`; `study_name` for a name that could not be a directory's name
   */
  create(name: string, config: Json): Promise<void>;

  /**
   * Append events in one transaction: all or none, safe from the death of the process when the promise resolves.
   * A power cut can only undo what follows the latest result (`told`, `failed`, `final`, ...). Returns what was
   * written: an event about a trial that says nothing new (a second `told` of a rung, say) is dropped.
   * Without a lease, one is taken for the length of the call.
   * @throws `unknown_study`; `lease_lost` where another process has taken over; `study_in_use` without a
   * lease; `trial_exists` where a number is asked twice with different genotypes; `unknown_trial` where
   * the trial was never asked; `event_invalid` for a payload that has no JSON form; `disk_full`
   */
  append(name: string, events: readonly StudyEvent[], lease?: Lease): Promise<readonly StoredEvent[]>;

  /**
   * The log from an event on (the first, where nothing is said), in order. Sees what is written while it
   * runs and ends at the end; call again with the next `seq` to follow. Holds no lock between events.
   * @throws `unknown_study`
   */
  read(name: string, fromSeq?: number): AsyncIterable<StoredEvent>;

  /** All studies, latest change first. The cost does not depend on the number of trials. */
  studies(): Promise<StudySummary[]>;

  /** One study's summary. @throws `unknown_study`, naming the nearest */
  summary(name: string): Promise<StudySummary>;

  /** A page of a study's trials. @throws `unknown_study` */
  trials(name: string, query?: TrialQuery): Promise<TrialRow[]>;

  /**
   * Become the study's only writer. A lease whose owner is dead is taken over at once; so is one whose
   * heartbeat has stopped. Release it with `await using` or `release()`.
   * @throws `unknown_study`; `study_in_use` naming the owner
   */
  acquire(name: string): Promise<Lease>;

  /** Throw all read models away and fold the log again. */
  rebuild(name: string): Promise<void>;

  /** Remove a study with its log. @throws `unknown_study`; `study_in_use` */
  remove(name: string): Promise<void>;
}

/** The right to write to a study. */
export interface Lease extends AsyncDisposable {
  readonly study: string;
  /** Fencing token: higher for each later owner. Every append is checked against it. */
  readonly token: number;
  /** Aborts when another process has taken the study over. Appends then fail with `lease_lost`. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** A study in a list. Where it stands is by its log; whether anyone works on it now is said by `owner`. */
export interface StudySummary extends StudyTotals {
  readonly name: string;
  readonly config: Json;
  /** Number of trials asked so far: the sum of `counts`. */
  readonly trials: number;
  readonly best?: Best;
  /** Number of the last event. */
  readonly seq: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** The live process that holds the lease, in words: `process 4711 on myhost`. */
  readonly owner?: string;
}

export const TRIAL_ORDERS = ["trial", "score", "params", "macs", "latencyMs"] as const;
export type TrialOrder = (typeof TRIAL_ORDERS)[number];

export interface TrialQuery {
  /** Trials to skip; 0 where nothing is said. */
  readonly offset?: number;
  /** Trials to return; 100 where nothing is said. */
  readonly limit?: number;
  /** `trial` where nothing is said. Trials without the figure come last; equals go by number. */
  readonly orderBy?: TrialOrder;
  readonly descending?: boolean;
}
