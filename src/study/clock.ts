/** How often is looked whether there is a result, once the search has had its share. */
const WAIT_MS = 100;

/**
 * The time that a study may take, where its user set one: the search must leave enough for training the winner.
 * Nothing else in a study looks at a clock.
 */
export class TimeBudget {
  private readonly beganMs = performance.now();

  constructor(
    /** Null: no limit. */
    private readonly totalMs: number | null,
    /** Part of it that is kept for the winner's test. */
    private readonly testMs = 0,
    /** Share of the rest after which no search goes on. */
    private readonly searchShare = 0.55,
  ) {}

  get elapsedMs(): number {
    return performance.now() - this.beganMs;
  }

  get searchLeftMs(): number {
    return this.totalMs === null
      ? Number.POSITIVE_INFINITY
      : (this.totalMs - this.testMs) * this.searchShare - this.elapsedMs;
  }

  get leftMs(): number {
    return this.totalMs === null ? Number.POSITIVE_INFINITY : this.totalMs - this.elapsedMs;
  }

  /** What is left for training, with a reserve for testing and writing the result. */
  get trainingMs(): number {
    return this.leftMs - this.testMs - Math.min(4000, (this.totalMs ?? 0) * 0.05);
  }

  /**
   * Calls back when the search has had its share; the result takes the call back. While there is no result yet
   * (`hasResult`) the search goes on, until there is one or no time is left for training.
   */
  atSearchEnd(callback: () => void, hasResult: () => boolean = () => true): () => void {
    if (this.totalMs === null) return () => undefined;
    let timer: NodeJS.Timeout;
    // A timer holds at most 2^31 - 1 ms.
    const arm = () => {
      const left = this.searchLeftMs;
      if (left > 0) timer = setTimeout(arm, Math.min(left, 2 ** 31 - 1));
      else if (hasResult() || this.trainingMs <= 0) timer = setTimeout(callback, 0);
      else timer = setTimeout(arm, Math.min(WAIT_MS, Math.max(0, this.trainingMs)));
    };
    arm();
    return () => clearTimeout(timer);
  }

  /** Epochs that fit into what is left after a start, at least one; `wanted` where there is no limit. */
  finalEpochs(wanted: number, epochMs: number, startMs = 0): number {
    if (this.totalMs === null) return wanted;
    const left = 0.92 * this.trainingMs - startMs;
    return Math.max(1, Math.min(wanted, Math.floor(left / Math.max(1, epochMs))));
  }
}
