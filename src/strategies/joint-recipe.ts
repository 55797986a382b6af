import { canonicalJson, fail, type Rng, rngOf } from "../base/index.js";
import { crossover, mutate, type Schema, sample } from "../schema/index.js";
import { defineStrategy, type Proposal, type Statistics, type StrategyTools } from "./define.js";
import { featuresOf, Vectors } from "./features.js";
import { History } from "./history.js";
import { JointPredictor } from "./joint-predictor.js";
import { haltonRng } from "./low-discrepancy.js";
import { normalScores } from "./targets.js";
import { type Candidate, learned, lesson, mutant, rankedTells, stubborn, Told } from "./told.js";

const OPTIONS = {
  batch: 12,
  rounds: 3,
  pool: 200,
  bins: 4,
  parents: 16,
  children: 4,
  generations: 6,
  most: 1000,
};
type Options = typeof OPTIONS;

/** Genotypes whose counts are remembered. */
const REMEMBERED = 100_000;
/** Least gain of the best prediction for which another generation is made. */
const GAIN = 1e-6;

/**
 * FBNetV3's search of networks and their recipes by a pre-trained predictor (Dai et al. 2021, arXiv:2006.02049, sections 3.2
 * and 3.3), over any schema. Before the first trial: a low-discrepancy pool of genotypes is counted, and the predictor learns
 * these statistics. Stage 1, constrained iterative optimisation: in each of `rounds` rounds `batch` trials are taken from
 * the pool, those with the best prediction in each of `bins` ranges of the first statistic (the first round by the pool's own
 * order), and the predictor learns from what was told. Stage 2, evolution on the predictor: from the best trials and members
 * of the pool, `children` by mutation or crossover of each of the `parents` best, until the best prediction gains less than
 * 1e-6; what breaks a counted limit never becomes a parent. The winners are tried, `batch` of them before the next evolution.
 * Trainings are stopped early by rank correlation (`correlation` under {@link RungPolicy}), where nobody says otherwise.
 * Departures: the predictor learns normal quantiles of ranks; evolution goes on between trainings, where the paper trains
 * its winners alone; without statistics (`tools.statistics`) nothing is learned before, and the pool is one bin.
 */
export const jointRecipe = defineStrategy({
  name: "joint-recipe",
  description:
    "learns what networks cost, then from trials how good they are, and evolves on its predictions (FBNetV3)",
  about:
    "The search of FBNetV3 (Dai et al. 2021), made for spaces whose genotypes hold the training recipe as well, such as " +
    "`fbnetv3`; it works on any. A predictor first learns parameters, MACs and memory of `pool` networks, which cost no " +
    "training. For `rounds` rounds of `batch` trials it picks from that pool, spread over `bins` ranges of size; then it " +
    "evolves genotypes on its own predictions (`parents`, `children`, at most `generations`) and has the winners tried. " +
    "Candidates that break a counted limit are never bred from. Its studies climb by " +
    "[`correlation`](search.md#rungs) unless `--rungs` says otherwise.",
  options: OPTIONS,
  needs: ["runtime"],
  rungs: "correlation",
  check(options) {
    for (const [name, value] of Object.entries(options)) {
      if (!Number.isSafeInteger(value) || value < 1) return `${name} must be a whole number of at least 1`;
    }
    return options.pool < options.batch
      ? `pool (${options.pool}) must not be below batch (${options.batch})`
      : undefined;
  },
  start: (options, tools): Search => ({ log: History.empty, search: new JointSearch(options, tools) }),
  tell: ({ log, search }, trial) => ({ log: log.with(trial), search }),
  async ask({ log, search }, { schema, rng, trial, attempt }): Promise<Proposal> {
    search.told.follow(log);
    const [parent] = search.told.best;
    if (stubborn(attempt) && parent !== undefined)
      return { genotype: mutant(schema, parent, rng), origin: "mutation", parent: parent.trial };
    const { candidates, origin } = await search.ranked(log, schema, trial);
    const open = candidates.filter(({ text }) => !search.told.has(text));
    const chosen = open[attempt % Math.max(1, open.length)];
    if (chosen === undefined) return { genotype: sample(schema, rng), origin: "random" };
    const from = chosen.parent === undefined ? {} : { parent: chosen.parent };
    return { genotype: chosen.genotype, origin, ...from };
  },
  release: ({ search }) => search[Symbol.asyncDispose](),
});

interface Search {
  readonly log: History;
  readonly search: JointSearch;
}

interface Member extends Candidate {
  readonly bin: number;
}

/** Pool, predictor and winners: functions of seed, space and log, kept from one question to the next. */
class JointSearch implements AsyncDisposable {
  readonly told = new Told();
  private pool: readonly Member[] | undefined;
  private predictor: JointPredictor | undefined;
  private fitted = -1;
  private winners: readonly Candidate[] | undefined;
  private rated: Float32Array | undefined;
  private readonly fits = new Map<string, boolean>();
  private readonly vectors = new Vectors();

  constructor(
    private readonly options: Options,
    private readonly tools: StrategyTools,
  ) {}

  /** What may be tried for a trial, the most wanted first. */
  async ranked(
    log: History,
    schema: Schema<unknown>,
    trial: number,
  ): Promise<{ readonly candidates: readonly Candidate[]; readonly origin: string }> {
    const { batch, rounds, bins } = this.options;
    const pool = await this.prepare(schema);
    const own = pool.filter(({ bin }) => bin === trial % bins);
    const inBin = own.length > 0 ? own : pool;
    if (log.length < batch) return { candidates: inBin.slice(Math.floor(trial / bins)), origin: "pool" };
    const tells = learned(log.length, batch, batch);
    await this.fit(log, tells, schema);
    if (log.length < rounds * batch) {
      const predicted = this.rated ?? new Float32Array(0);
      const rank = new Map(pool.map((it, i) => [it, predicted[i] ?? 0]));
      const candidates = [...inBin].sort((a, b) => (rank.get(b) ?? 0) - (rank.get(a) ?? 0));
      return { candidates, origin: "predicted" };
    }
    this.winners ??= await this.evolve(log, tells, schema);
    return { candidates: this.winners, origin: "evolved" };
  }

  /** The pool, counted, and what the predictor learns from that. */
  private async prepare(schema: Schema<unknown>): Promise<readonly Member[]> {
    if (this.pool !== undefined) return this.pool;
    const { seed, runtime } = this.tools;
    const found = new Map<string, Candidate>();
    for (let i = 0; i < this.options.pool; i++) {
      const rng = rngOf(seed, "joint-recipe", "pool", i);
      const it = candidateOf(schema, sample(schema, haltonRng(seed, i + 1, rng)));
      if (!found.has(it.text)) found.set(it.text, it);
    }
    const all = [...found.values()];
    const known: (Statistics | undefined)[] = [];
    for (const { genotype } of all) known.push(await this.tools.statistics?.(genotype));
    const { width } = featuresOf(schema);
    this.predictor ??= new JointPredictor(runtime ?? fail("internal", { expected: "a runtime" }), width);
    const counted = all.flatMap((it, i) => {
      const counts = known[i]?.counts;
      return counts === undefined ? [] : [{ it, counts: counts.map((n) => Math.log1p(n)) }];
    });
    const rows = counted.map(({ it }) => it.vector);
    const statistics = standardised(counted.map(({ counts }) => counts));
    await this.predictor.pretrain(rows, statistics, rngOf(seed, "joint-recipe", "pretrain").uint32());
    // What keeps the limits, where anything does; in bins of the first statistic.
    const fitting = all.map((it, i) => ({ it, statistics: known[i] }));
    const kept = fitting.filter(({ statistics: of }) => of?.fits ?? true);
    for (const { it, statistics: of } of fitting) if (of !== undefined) this.fits.set(it.text, of.fits);
    const members = kept.length > 0 ? kept : fitting;
    const bySize = members
      .map(({ statistics: of }, i) => ({ i, size: of?.counts[0] ?? 0 }))
      .sort((a, b) => a.size - b.size || a.i - b.i);
    const bin = new Map(
      bySize.map(({ i }, place) => [i, Math.floor((place * this.options.bins) / bySize.length)]),
    );
    this.pool = members.map(({ it }, i) => ({ ...it, bin: bin.get(i) ?? 0 }));
    return this.pool;
  }

  private async fit(log: History, tells: number, schema: Schema<unknown>): Promise<void> {
    if (tells === this.fitted) return;
    const taught = lesson(rankedTells(log.trials().slice(0, tells)), this.options.most);
    const rows = taught.map((it) => this.vectors.of(it, schema));
    const seed = rngOf(this.tools.seed, "joint-recipe", "fit", tells).uint32();
    await this.predictor?.fit(rows, normalScores(taught.map(({ score }) => score)), seed);
    this.rated = await this.predictor?.predict((this.pool ?? []).map(({ vector }) => vector));
    this.fitted = tells;
    this.winners = undefined;
  }

  private async evolve(log: History, tells: number, schema: Schema<unknown>): Promise<readonly Candidate[]> {
    const { parents, children, generations } = this.options;
    const rng = rngOf(this.tools.seed, "joint-recipe", "evolve", tells);
    const best = rankedTells(log.trials().slice(0, tells)).slice(0, parents);
    const pool = rng.sample([...(this.pool ?? [])], parents);
    const start = [
      ...best.map((it) => candidateOf(schema, it.genotype, it.trial)),
      ...pool.map(({ bin: _, ...it }) => it),
    ];
    let living = await this.rank(distinct(start));
    let top = Number.NEGATIVE_INFINITY;
    for (let generation = 0; generation < generations; generation++) {
      const breeding = living.slice(0, parents);
      const born = breeding.flatMap(({ candidate }) =>
        Array.from({ length: children }, () => {
          const other = rng.pick(breeding).candidate;
          return candidateOf(schema, child(schema, candidate, other, rng), candidate.parent);
        }),
      );
      living = await this.kept(await this.rank(distinct([...breeding.map((it) => it.candidate), ...born])));
      const now = living[0]?.predicted ?? top;
      if (now - top < GAIN) break;
      top = now;
    }
    return living.map(({ candidate }) => candidate);
  }

  private async rank(candidates: readonly Candidate[]): Promise<readonly Rated[]> {
    const predicted = await this.predictor?.predict(candidates.map(({ vector }) => vector));
    return candidates
      .map((candidate, i) => ({ candidate, predicted: predicted?.[i] ?? 0 }))
      .sort((a, b) => b.predicted - a.predicted);
  }

  /** The best that keep all counted limits: as many as may be parents, and a batch to try. */
  private async kept(ranked: readonly Rated[]): Promise<readonly Rated[]> {
    const { parents, batch } = this.options;
    const out: Rated[] = [];
    for (const it of ranked) {
      if (out.length >= 2 * (parents + batch)) break;
      const { text, genotype } = it.candidate;
      let fits = this.fits.get(text);
      if (fits === undefined) {
        fits = (await this.tools.statistics?.(genotype))?.fits ?? true;
        if (this.fits.size < REMEMBERED) this.fits.set(text, fits);
      }
      if (fits) out.push(it);
    }
    return out.length > 0 ? out : ranked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.predictor?.[Symbol.asyncDispose]();
  }
}

interface Rated {
  readonly candidate: Candidate;
  readonly predicted: number;
}

function candidateOf(schema: Schema<unknown>, genotype: unknown, parent?: number): Candidate {
  const of = { genotype, text: canonicalJson(genotype), vector: featuresOf(schema).of(genotype) };
  return parent === undefined ? of : { ...of, parent };
}

function child(schema: Schema<unknown>, a: Candidate, b: Candidate, rng: Rng): unknown {
  return rng.float() < 0.5
    ? mutate(schema, a.genotype, rng)
    : mutate(schema, crossover(schema, a.genotype, b.genotype, rng), rng);
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  const byText = new Map<string, Candidate>();
  for (const it of candidates) if (!byText.has(it.text)) byText.set(it.text, it);
  return [...byText.values()];
}

/** Columns with mean 0 and deviation 1; those that do not vary become 0. */
function standardised(rows: readonly (readonly number[])[]): Float32Array[] {
  const width = rows[0]?.length ?? 0;
  const out = rows.map(() => new Float32Array(width));
  for (let at = 0; at < width; at++) {
    const column = rows.map((row) => row[at] ?? 0);
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    const deviation = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length);
    out.forEach((row, i) => {
      row[at] = ((column[i] ?? 0) - mean) / (deviation > 0 ? deviation : 1);
    });
  }
  return out;
}
