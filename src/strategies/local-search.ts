import { canonicalJson, rngOf } from "../base/index.js";
import { neighbours, type Schema, sample } from "../schema/index.js";
import { defineStrategy, type Scored } from "./define.js";
import { History } from "./history.js";

/**
 * Local search (White, Nolen & Savani 2021, arXiv:2005.02960, Algorithm 1): from the best of a few random networks, all
 * networks one decision away are tried; where one is better it becomes the centre: at once (`patience` 0, their variant
 * "query until lower") or after all have been tried (`patience` 1). At a local optimum the search begins anew.
 * Departure: of neighbourhoods with more than `breadth` networks a sample is tried, the same for every visit.
 */
export const localSearch = defineStrategy({
  name: "local-search",
  description: "tries the neighbours of the best, moves to better ones, begins anew at local optima",
  options: { starts: 10, patience: 0, breadth: 200 },
  check({ starts, patience, breadth }) {
    if (!Number.isSafeInteger(starts) || starts < 1) return "starts must be a whole number of at least 1";
    if (patience !== 0 && patience !== 1)
      return "patience must be 0 (move at once) or 1 (try all neighbours)";
    if (!Number.isSafeInteger(breadth) || breadth < 1) return "breadth must be a whole number of at least 1";
    return undefined;
  },
  start: (): Climbs => ({ history: History.empty, walk: undefined }),
  tell: ({ history, walk }, trial) => ({ history: history.with(trial), walk }),
  ask(state, { schema, options, rng, tools }) {
    state.walk ??= new Walk(schema, options, tools.seed);
    const { walk } = state;
    walk.follow(state.history);
    const { centre, open } = walk;
    if (centre === undefined) return { genotype: sample(schema, rng), origin: "random" };
    return { genotype: rng.pick([...open.values()]), origin: "neighbour", parent: centre.trial };
  },
});

interface Climbs {
  readonly history: History;
  /** A function of the history and the space; kept so that each entry is looked at once. */
  walk: Walk | undefined;
}

/** Where a history of trials leads. */
class Walk {
  /** Absent while a new beginning is sought. */
  centre: Scored | undefined;
  /** Neighbours of the centre that were not tried, by their text; never empty where there is a centre. */
  readonly open = new Map<string, unknown>();
  private best: Scored | undefined;
  private begun = 0;
  private read = 0;
  private readonly told = new Set<string>();

  constructor(
    private readonly schema: Schema<unknown>,
    private readonly options: {
      readonly starts: number;
      readonly patience: number;
      readonly breadth: number;
    },
    private readonly seed: number,
  ) {}

  follow(history: History): void {
    for (; this.read < history.length; this.read++) {
      const trial = history.at(this.read);
      if (trial !== undefined) this.step(trial);
    }
  }

  private step(trial: Scored): void {
    const key = canonicalJson(trial.genotype);
    const first = !this.told.has(key);
    this.told.add(key);
    this.open.delete(key);
    if (this.best === undefined || trial.score > this.best.score || trial.trial === this.best.trial)
      this.best = trial;
    if (this.centre === undefined) {
      if (first) this.begun++;
      if (this.begun >= this.options.starts) this.enter(this.best);
    } else if (trial.trial === this.centre.trial) {
      this.centre = trial;
    } else if (this.options.patience === 0 && trial.score > this.centre.score) {
      this.enter(trial);
    }
    // All neighbours are known: on to the best of them, or to a new beginning.
    while (this.centre !== undefined && this.open.size === 0) {
      if (this.best.score > this.centre.score) this.enter(this.best);
      else this.leave();
    }
  }

  private enter(centre: Scored): void {
    this.centre = centre;
    this.best = centre;
    this.open.clear();
    const all = [...neighbours(this.schema, centre.genotype)].map((it) => [canonicalJson(it), it] as const);
    const few = rngOf(this.seed, "neighbourhood", canonicalJson(centre.genotype)).sample(
      all,
      this.options.breadth,
    );
    for (const [key, genotype] of few) if (!this.told.has(key)) this.open.set(key, genotype);
  }

  private leave(): void {
    this.centre = undefined;
    this.best = undefined;
    this.begun = 0;
  }
}
