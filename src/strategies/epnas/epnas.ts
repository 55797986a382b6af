import { canonicalJson, rngOf } from "../../base/index.js";
import type { Runtime } from "../../runtime/index.js";
import { mutate, neighbours, type Schema, sample } from "../../schema/index.js";
import { defineStrategy, type Scored } from "../define.js";
import { History } from "../history.js";
import { wordsOf } from "../learning/tokens.js";
import { drawOrder, temperatureAt } from "./annealing.js";
import { type Example, Surrogate } from "./surrogate.js";

/**
 * Efficient progressive search (Pérez-Rúa et al. 2018, arXiv:1808.00391): level by level, each of the `keep` networks of the
 * level before is extended in all possible ways; a surrogate (embedding, LSTM) predicts what the candidates are
 * worth, and `keep` of them are drawn without replacement, chances in proportion to y^(1/T). The temperature falls from
 * `first` to `last` over the levels: T = (T₀ − T_f)·exp(−(it + 1)²/σ²) + T_f. After each level the surrogate is fitted again;
 * after `levels` of them a new pass begins, from networks drawn by its predictions.
 * Departures: a schema has no notion of a smaller network, so an extension is any change of one decision (an item inserted
 * into a list among them; of large networks a sample), and the first level is drawn from the space; y is the rank of a
 * network among those of its fidelity, which makes T mean the same whatever the scores are (`first`, `last` and `keep` are
 * chosen for that and for hundreds of trials; the authors have 10, 0.2 and 15 with accuracies); `it` counts levels (the
 * authors' s·S + l jumps where passes and levels differ in number); what is known already is not tried again; the LSTM has
 * 48 units rather than 100, and a fit takes at most `steps` mini-batches, fewer of large networks. Weights are shared by
 * those who evaluate, if they do.
 */
export const epnas = defineStrategy({
  name: "epnas",
  description: "grows networks step by step, drawn by what a surrogate predicts, ever more greedily (EPNAS)",
  options: { keep: 10, levels: 6, first: 1, last: 0.1, width: 4, epochs: 50, steps: 40 },
  needs: ["runtime"],
  check({ keep, levels, first, last, width, epochs, steps }) {
    for (const [name, value] of Object.entries({ keep, levels, epochs, steps })) {
      if (!Number.isSafeInteger(value) || value < 1) return `${name} must be a whole number of at least 1`;
    }
    if (!(last > 0)) return "last must be above 0";
    if (!(first >= last)) return `first (${first}) must not be below last (${last})`;
    return width > 0 ? undefined : "width must be above 0";
  },
  start: (): Grown => ({ history: History.empty, growth: undefined }),
  tell: ({ history, growth }, trial) => ({ history: history.with(trial), growth }),
  async ask(state, { schema, options, rng, trial, attempt, tools }) {
    state.growth ??= new Growth(schema, options, tools.seed, tools.runtime as Runtime);
    await state.growth.follow(state.history);
    const candidate = state.growth.candidate(trial, attempt);
    if (candidate === undefined) return { genotype: sample(schema, rng), origin: "random" };
    return { genotype: candidate.genotype, origin: "surrogate", parent: candidate.parent };
  },
  async release({ growth }) {
    await growth?.surrogate[Symbol.asyncDispose]();
  },
});

interface Options {
  readonly keep: number;
  readonly levels: number;
  readonly first: number;
  readonly last: number;
  readonly width: number;
  readonly epochs: number;
  readonly steps: number;
}

interface Grown {
  readonly history: History;
  /** A function of the history, the space and the seed; kept so that each level is opened once. */
  growth: Growth | undefined;
}

interface Candidate {
  readonly genotype: unknown;
  readonly words: readonly string[];
  readonly parent?: number;
}

/** Networks that a pass after the first begins with are drawn among so many. */
const POOL = 200;
/** Networks of more decisions are not extended in all ways, but in so many that are drawn. */
const LARGE = 12;
const SAMPLED = 40;
/** Decisions that a fit reads at most, in units of mini-batches: fewer of these where networks are large. */
const WORK = 240;
/** Most candidates of a level; of more, so many are taken at random. */
const BREADTH = 1_000;

/** How far a search has come: levels and passes. */
class Growth {
  readonly surrogate: Surrogate;
  private read = 0;
  /** Levels that are done. */
  private level = 0;
  /** First trial of the level at hand. */
  private begun = 0;
  private told = 0;
  /** What the level tries, in this order; empty while networks are drawn from the space. */
  private order: readonly Candidate[] = [];
  /** Trials that were told since the level began. */
  private kept: Scored[] = [];
  /** Last word of each trial, by its genotype's text: of repeated ones the best counts. */
  private readonly memory = new Map<string, { readonly trial: Scored; readonly words: readonly string[] }>();

  constructor(
    private readonly schema: Schema<unknown>,
    private readonly options: Options,
    private readonly seed: number,
    runtime: Runtime,
  ) {
    this.surrogate = new Surrogate(runtime, seed);
  }

  async follow(history: History): Promise<void> {
    for (; this.read < history.length; this.read++) {
      const trial = history.at(this.read);
      if (trial === undefined) return;
      this.remember(trial);
      if (trial.rung > 0) continue;
      this.told++;
      this.kept.push(trial);
      if (this.kept.length >= this.options.keep) await this.open();
    }
  }

  /** What a trial of this level tries; where it was refused, what would have been drawn next. */
  candidate(trial: number, attempt: number): Candidate | undefined {
    return this.order[Math.max(0, trial - this.begun) + attempt];
  }

  private remember(trial: Scored): void {
    const text = canonicalJson(trial.genotype);
    const known = this.memory.get(text);
    const better =
      known === undefined ||
      trial.rung > known.trial.rung ||
      (trial.rung === known.trial.rung && trial.score > known.trial.score);
    if (better) this.memory.set(text, { trial, words: known?.words ?? wordsOf(this.schema, trial.genotype) });
  }

  /** The next level: fit the surrogate, extend what was kept, draw by the predictions. */
  private async open(): Promise<void> {
    const { options, surrogate } = this;
    this.level++;
    const examples = this.examples();
    const longest = examples.reduce((most, { words }) => Math.max(most, words.length), 1);
    await surrogate.fit(examples, options.epochs, Math.min(options.steps, Math.ceil(WORK / longest)));
    const rng = rngOf(this.seed, "epnas", this.level);
    const found = this.level % options.levels === 0 ? this.drawn() : this.extended();
    const candidates = rng.sample(found, BREADTH);
    const predictions = await surrogate.predict(candidates.map((it) => it.words));
    const order = drawOrder(predictions, temperatureAt(this.level, options), rng);
    this.order = order.flatMap((i) => candidates[i] ?? []);
    this.begun = this.told;
    this.kept = [];
  }

  /** All networks one decision away from those of the level before, without what is known. */
  private extended(): Candidate[] {
    const found = new Map<string, Candidate>();
    for (const { genotype: parent, trial } of this.kept) {
      for (const genotype of this.around(parent, trial)) {
        const text = canonicalJson(genotype);
        if (this.memory.has(text) || found.has(text)) continue;
        found.set(text, { genotype, words: wordsOf(this.schema, genotype), parent: trial });
      }
    }
    return [...found.values()];
  }

  /** What is one decision away; of large networks a sample, for there are too many to be looked at. */
  private *around(parent: unknown, trial: number): Generator<unknown> {
    if (wordsOf(this.schema, parent).length <= LARGE) yield* neighbours(this.schema, parent);
    else {
      const rng = rngOf(this.seed, "epnas", "around", this.level, trial);
      for (let i = 0; i < SAMPLED; i++) yield mutate(this.schema, parent, rng);
    }
  }

  /** Networks for a new pass to begin with. */
  private drawn(): Candidate[] {
    const found = new Map<string, Candidate>();
    for (let i = 0; i < POOL; i++) {
      const genotype = sample(this.schema, rngOf(this.seed, "epnas", this.level, i));
      const text = canonicalJson(genotype);
      if (this.memory.has(text)) continue;
      found.set(text, { genotype, words: wordsOf(this.schema, genotype) });
    }
    return [...found.values()];
  }

  /** Each known network with its rank among those of its fidelity, from 0 (worst) to 1. */
  private examples(): Example[] {
    const rungs = new Map<number, { trial: Scored; words: readonly string[] }[]>();
    for (const it of this.memory.values()) {
      const peers = rungs.get(it.trial.rung);
      if (peers === undefined) rungs.set(it.trial.rung, [it]);
      else peers.push(it);
    }
    return [...rungs.values()].flatMap((peers) =>
      peers
        .sort((a, b) => a.trial.score - b.trial.score || a.trial.trial - b.trial.trial)
        .map(({ words }, i) => ({ words, target: (i + 0.5) / peers.length })),
    );
  }
}
