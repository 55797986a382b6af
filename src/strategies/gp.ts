import { type Schema, sample } from "../schema/index.js";
import { defineStrategy, type Proposal, type Scored, type StrategyTools } from "./define.js";
import { Vectors } from "./features.js";
import { GaussianProcess, logExpectedImprovement } from "./gaussian-process.js";
import { History } from "./history.js";
import { normalScores } from "./targets.js";
import { type Candidate, learned, lesson, mutant, Pool, rankedTells, stubborn, Told } from "./told.js";

const OPTIONS = { startup: 10, every: 10, most: 200, parents: 10, candidates: 100, draws: 200 };
type Options = typeof OPTIONS;

/**
 * Bayesian optimisation: a Gaussian process over the decisions says of each of some candidates what improvement is to be
 * expected of it (Jones et al. 1998, section 3), and the most promising is proposed. The kernel is squared exponential, of
 * one length, over one-hot alternatives and numbers in their ranges (`featuresOf`), so that each decision in which two
 * genotypes differ has the same weight. Scores are learned as normal quantiles of their ranks (as in Salinas et al. 2020,
 * arXiv:1909.13595). After every `every` tells length and noise are chosen anew by likelihood from a small grid; in between
 * each tell becomes a row of the Cholesky factor. Candidates are mutants of the `parents` best and free `draws`, made with
 * the model, and mutants of a trial that has become the best since.
 * The cost of a question grows with the cube of the trials, so the model holds at most `most` of them: the best half, and
 * of the others those that were asked last.
 * Departure: trials that other workers are at work on are not anticipated; who finds a proposal taken is offered the best of
 * a random half of the candidates.
 */
export const gp = defineStrategy({
  name: "gp",
  description: "asks a Gaussian process over the decisions where the greatest improvement is expected",
  about:
    "Bayesian optimisation with expected improvement (Jones et al. 1998). After `startup` free draws a Gaussian process with " +
    "a squared exponential kernel over one-hot alternatives and numbers in their ranges is fitted, exactly and in float64; " +
    "its length and noise are chosen anew by likelihood after every `every` trials. It learns from the ranks of the scores, " +
    "so no scale has to be known. It holds at most `most` trials: the best half and the latest of the others. Of " +
    "`candidates` mutants of the `parents` best and `draws` free draws the most promising is proposed. With limits that " +
    "refuse most candidates, or several workers, the next best of a random half follows.",
  options: OPTIONS,
  check(options) {
    for (const [name, value] of Object.entries(options)) {
      if (!Number.isSafeInteger(value) || value < 1) return `${name} must be a whole number of at least 1`;
    }
    return options.most < 2 ? "most must be at least 2" : undefined;
  },
  start: (options, tools): Search => ({ log: History.empty, search: new Surrogate(options, tools) }),
  tell: ({ log, search }, trial) => ({ log: log.with(trial), search }),
  ask({ log, search }, { schema, options, rng, attempt }): Proposal {
    if (log.length < options.startup) return { genotype: sample(schema, rng), origin: "random" };
    search.told.follow(log);
    const [parent] = search.told.best;
    if (stubborn(attempt) && parent !== undefined)
      return { genotype: mutant(schema, parent, rng), origin: "mutation", parent: parent.trial };
    let best: Candidate | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const { candidate, gain } of search.rated(log, schema)) {
      if (search.told.has(candidate.text)) continue;
      // Who asks again wants another one.
      if (attempt > 0 && rng.float() < 0.5) continue;
      if (gain > most) [best, most] = [candidate, gain];
    }
    if (best === undefined) return { genotype: sample(schema, rng), origin: "random" };
    const from = best.parent === undefined ? {} : { parent: best.parent };
    return { genotype: best.genotype, origin: "predicted", ...from };
  },
});

interface Search {
  readonly log: History;
  readonly search: Surrogate;
}

interface Rated {
  readonly candidate: Candidate;
  readonly gain: number;
}

const LENGTHS = [1, 2, 4, 8, 16];
const NOISES = [1e-3, 1e-2, 1e-1];

/** The process and its candidates, each a function of the log; kept from one question to the next. */
class Surrogate {
  readonly told = new Told();
  private process: GaussianProcess | undefined;
  private trials: Scored[] = [];
  private held = new Set<number>();
  private readonly vectors = new Vectors();
  private base = -1;
  private read = 0;
  private readonly pool: Pool;
  private answer: { readonly length: number; readonly rated: readonly Rated[] } | undefined;

  constructor(
    private readonly options: Options,
    tools: StrategyTools,
  ) {
    const { parents, candidates: mutants, draws } = options;
    this.pool = new Pool(tools.seed, { parents, mutants, draws });
  }

  rated(log: History, schema: Schema<unknown>): readonly Rated[] {
    if (this.answer?.length === log.length) return this.answer.rated;
    const { startup, every } = this.options;
    const process = this.at(log, schema);
    const tells = learned(log.length, startup, every);
    const ranked = () => rankedTells(log.trials().slice(0, tells));
    const candidates = this.pool.at(schema, tells, ranked, this.told.best[0]).flat();
    const targets = this.targets();
    process.observe(targets);
    const bound = targets.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const rated = candidates.map((candidate) => {
      const { mean, deviation } = process.at(candidate.vector);
      return { candidate, gain: logExpectedImprovement(mean, deviation, bound) };
    });
    this.answer = { length: log.length, rated };
    return rated;
  }

  private at(log: History, schema: Schema<unknown>): GaussianProcess {
    const { startup, every, most } = this.options;
    const base = learned(log.length, startup, every);
    if (this.process === undefined || base !== this.base) {
      this.trials = [...lesson(rankedTells(log.trials().slice(0, base)), most)];
      this.held = new Set(this.trials.map(({ trial }) => trial));
      this.process = likeliest(
        this.trials.map((it) => this.vectors.of(it, schema)),
        this.targets(),
      );
      this.base = base;
      this.read = base;
    }
    const rung = this.trials[0]?.rung;
    for (; this.read < log.length; this.read++) {
      const trial = log.at(this.read);
      if (trial === undefined || trial.rung !== rung || this.held.has(trial.trial)) continue;
      this.process.add(this.vectors.of(trial, schema));
      this.trials.push(trial);
      this.held.add(trial.trial);
    }
    return this.process;
  }

  private targets(): Float64Array {
    return normalScores(this.trials.map(({ score }) => score));
  }
}

function likeliest(rows: readonly Float32Array[], targets: Float64Array): GaussianProcess {
  let best: GaussianProcess | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const length2 of LENGTHS) {
    for (const noise of NOISES) {
      const process = new GaussianProcess({ length2, noise });
      for (const row of rows) process.add(row);
      const likelihood = process.observe(targets);
      if (best === undefined || likelihood > most) [best, most] = [process, likelihood];
    }
  }
  return best ?? new GaussianProcess({ length2: 1, noise: 0.1 });
}
