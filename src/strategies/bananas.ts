import { fail, rngOf } from "../base/index.js";
import { type Schema, sample } from "../schema/index.js";
import { defineStrategy, type Proposal, type Scored, type StrategyTools } from "./define.js";
import { Ensemble } from "./ensemble.js";
import { featuresOf, Vectors } from "./features.js";
import { History } from "./history.js";
import { normalScores } from "./targets.js";
import { type Candidate, learned, lesson, mutant, Pool, rankedTells, stubborn, Told } from "./told.js";

const OPTIONS = {
  startup: 10,
  every: 5,
  members: 5,
  parents: 10,
  candidates: 100,
  draws: 200,
  width: 64,
  layers: 2,
  steps: 300,
  most: 1000,
};
type Options = typeof OPTIONS;

/**
 * Predictor search in the manner of BANANAS (White et al. 2021, arXiv:1910.11858, section 4 and Algorithm 1): an ensemble of
 * perceptrons learns from the trials, independent Thompson sampling (a draw from each candidate's own normal distribution,
 * with the members' mean and spread) ranks candidates, which are mutants of the best. The model learns anew after every
 * `every` tells (the paper: 10); in between, each question draws anew.
 * Departures: members are shallower (the paper has ten layers of 20) and learn from the normal quantiles of the scores'
 * ranks by absolute error, in place of accuracies by relative error; the optimizer's steps do not grow with the trials;
 * candidates are joined by free `draws`, and by mutants of a trial that has become the best since; from `most` trials on
 * the model has the best half and the latest of the others. Genotypes are read as one-hot vectors (`featuresOf`): on
 * NAS-Bench-201 these and the path encoding together found the best cell no sooner, the path encoding alone later.
 */
export const bananas = defineStrategy({
  name: "bananas",
  description: "asks an ensemble of small networks, trained on the trials, which mutant of the best to try",
  about:
    "Predictor search in the manner of BANANAS (White et al. 2021). `members` perceptrons of `layers` layers of `width` " +
    "units learn from all trials (at most `most`) in one graph that ONNX Runtime trains, `steps` steps of Adam, after every " +
    "`every` trials. Of `candidates` mutants of the `parents` best and `draws` free draws the one is proposed for which a " +
    "draw from the members' mean and spread is highest (independent Thompson sampling): what they disagree on is tried, " +
    "too. Scores are learned by rank.",
  options: OPTIONS,
  needs: ["runtime"],
  check(options) {
    for (const [name, value] of Object.entries(options)) {
      if (!Number.isSafeInteger(value) || value < (name === "draws" ? 0 : 1))
        return `${name} must be a whole number of at least 1`;
    }
    return options.members < 2 ? "members must be at least 2" : undefined;
  },
  start: (options, tools): Search => ({ log: History.empty, search: new Predictor(options, tools) }),
  tell: ({ log, search }, trial) => ({ log: log.with(trial), search }),
  async ask({ log, search }, { schema, options, rng, attempt }): Promise<Proposal> {
    if (log.length < options.startup) return { genotype: sample(schema, rng), origin: "random" };
    search.told.follow(log);
    const [parent] = search.told.best;
    if (stubborn(attempt) && parent !== undefined)
      return { genotype: mutant(schema, parent, rng), origin: "mutation", parent: parent.trial };
    let best: Rated | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const it of await search.rated(log, schema)) {
      if (search.told.has(it.text)) continue;
      const draw = it.mean + it.deviation * rng.normal();
      if (draw > most) [best, most] = [it, draw];
    }
    if (best === undefined) return { genotype: sample(schema, rng), origin: "random" };
    const from = best.parent === undefined ? {} : { parent: best.parent };
    return { genotype: best.genotype, origin: "predicted", ...from };
  },
  release: ({ search }) => search[Symbol.asyncDispose](),
});

interface Search {
  readonly log: History;
  readonly search: Predictor;
}

interface Rated extends Candidate {
  readonly mean: number;
  readonly deviation: number;
}

/** The model and its candidates, each a function of the log; kept from one question to the next. */
class Predictor implements AsyncDisposable {
  readonly told = new Told();
  private ensemble: Ensemble | undefined;
  private readonly vectors = new Vectors();
  private fitted = -1;
  private readonly pool: Pool;
  private readonly said = new WeakMap<readonly Candidate[], readonly Rated[]>();

  constructor(
    private readonly options: Options,
    private readonly tools: StrategyTools,
  ) {
    const { parents, candidates: mutants, draws } = options;
    this.pool = new Pool(tools.seed, { parents, mutants, draws });
  }

  /** Candidates with what the model says of them. */
  async rated(log: History, schema: Schema<unknown>): Promise<readonly Rated[]> {
    const { startup, every } = this.options;
    const tells = learned(log.length, startup, every);
    const ranked = () => rankedTells(log.trials().slice(0, tells));
    const ensemble = await this.fit(tells, ranked, schema);
    const [pool, near] = this.pool.at(schema, tells, ranked, this.told.best[0]);
    return [...(await this.rate(pool, ensemble)), ...(await this.rate(near, ensemble))];
  }

  private async rate(candidates: readonly Candidate[], ensemble: Ensemble): Promise<readonly Rated[]> {
    const known = this.said.get(candidates);
    if (known !== undefined || candidates.length === 0) return known ?? [];
    const said = await ensemble.predict(candidates.map(({ vector }) => vector));
    const rated = candidates.map((it, i): Rated => {
      const values = said.map((member) => member[i] ?? 0);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
      return { ...it, mean, deviation };
    });
    this.said.set(candidates, rated);
    return rated;
  }

  private async fit(
    tells: number,
    ranked: () => readonly Scored[],
    schema: Schema<unknown>,
  ): Promise<Ensemble> {
    const { width } = featuresOf(schema);
    const { members, steps, layers, most } = this.options;
    const runtime = this.tools.runtime ?? fail("internal", { expected: "a runtime" });
    this.ensemble ??= new Ensemble(runtime, width, {
      members,
      hidden: Array.from({ length: layers }, () => this.options.width),
      steps,
      batch: 32,
      learningRate: 0.01,
    });
    if (tells !== this.fitted) {
      const taught = lesson(ranked(), most);
      const seed = rngOf(this.tools.seed, "bananas", tells).uint32();
      await this.ensemble.fit(
        taught.map((it) => this.vectors.of(it, schema)),
        normalScores(taught.map(({ score }) => score)),
        seed,
      );
      this.fitted = tells;
    }
    return this.ensemble;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ensemble?.[Symbol.asyncDispose]();
  }
}
