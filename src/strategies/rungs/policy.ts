/** What a free worker does next. */
export type RungAction =
  | { readonly kind: "promote"; readonly trial: number; readonly rung: number }
  | { readonly kind: "ask" }
  | { readonly kind: "wait" }
  | { readonly kind: "done" };

/** How a search stands at the moment of a decision, beside what was told. */
export interface RungsNow {
  /** Number of the trial that would be asked next. */
  readonly nextTrial: number;
  readonly mayAsk: boolean;
  /** Work is under way whose results may change the order. */
  readonly busy: boolean;
  /** Nothing runs on the trial. */
  readonly isFree: (trial: number) => boolean;
  /** A candidate for the trial is being looked for. */
  readonly isAsking: (trial: number) => boolean;
}

/** The form of a ladder: all policies have this in common. */
export interface RungsForm {
  /** Rungs of the search; results of higher ones do not count here. */
  readonly rungs: number;
  /** Of the trials on a rung, one in `eta` goes on. */
  readonly eta: number;
}

/** Trials that are trained from one rung to another. */
export interface Climb {
  readonly from: number;
  readonly to: number;
  readonly trials: number;
}

/**
 * Who trains on, and who begins where: a layer over any strategy. A decision is a function of what was told, so a search
 * that is resumed goes on as it would have.
 */
export interface RungPolicy {
  /** Rung to which a new trial is trained first. */
  firstRung(trial: number): number;
  /** A trial has become part of the search. */
  asked(trial: number): void;
  /** A trial has finished a rung, for the first time; higher scores are better. */
  told(trial: number, rung: number, score: number): void;
  /** A trial that failed counts nowhere. */
  remove(trial: number): void;
  next(now: RungsNow): RungAction;
  /** Pieces of work that a search of so many trials is expected to have; `from` is -1 for new ones. */
  planned(trials: number): readonly Climb[];
}

/** Of trials that begin on a rung one in eta goes on each time, and at least one. */
export function climbs({ rungs, eta }: RungsForm, trials: number, firstRung: number): Climb[] {
  if (trials === 0) return [];
  return Array.from({ length: rungs - firstRung }, (_, i) => ({
    from: i === 0 ? -1 : firstRung + i - 1,
    to: firstRung + i,
    trials: Math.max(1, Math.floor(trials / eta ** i)),
  }));
}
