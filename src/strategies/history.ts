import type { Scored } from "./define.js";

/**
 * Trials in the order in which they were told. Adding one gives another history and leaves this one as it was, without
 * copying the list.
 */
export class History {
  static readonly empty = new History([], 0);

  private constructor(
    private readonly items: Scored[],
    readonly length: number,
  ) {}

  with(trial: Scored): History {
    // The last history of a list may grow it; an older one begins a list of its own.
    const items =
      this.items.length === this.length && this.length > 0 ? this.items : this.items.slice(0, this.length);
    items.push(trial);
    return new History(items, this.length + 1);
  }

  /** With a trial's last word in place of what was told of it before; at the end where nothing was. */
  replaced(trial: Scored): History {
    const at = trial.again !== true ? -1 : this.trials().findIndex((it) => it.trial === trial.trial);
    return at < 0 ? this.with(trial) : new History(this.trials().with(at, trial), this.length);
  }

  at(index: number): Scored | undefined {
    return index < this.length ? this.items[index] : undefined;
  }

  /** A copy as a list. */
  trials(from = 0): Scored[] {
    return this.items.slice(from, this.length);
  }
}
