import { canonicalJson, type Rng, rngOf } from "../../base/index.js";
import { type Schema, sample } from "../../schema/index.js";
import { defineStrategy, type Proposal } from "../define.js";
import { History } from "../history.js";
import { genotypeBy, tokensOf } from "../learning/tokens.js";
import { type Bandits, BanditTree, NaiveBandits } from "./bandits.js";

/**
 * Combinatorial multi-armed bandits with nested search (Huang et al. 2021, arXiv:2101.00336). Under the naive assumption
 * that a network's worth is the sum of its parts, each of the N decisions is a bandit of its own, which is told R/N of every
 * reward R. A walk through the decisions takes unexplored arms first, then those of the greatest upper confidence bound
 * mean_j + α·√(2·ln n / n_j); with `simulations` above 0 it is nested: so many trials are played below what is settled
 * before the next decision is settled too. After `walks` walks one takes the arms of the best means ("local optimal"), and
 * α decays. `context` 1 keeps statistics by all that was decided before, as the paper's tree does; 0 shares them, which
 * suits hundreds of trials.
 * Departures: a bandit stands for a decision rather than for all inputs of a cell's node, since schemas have no nodes;
 * rewards are measured from the worst (0) to the best (1) so far, so that α means the same everywhere; the first `warmup`
 * trials are random and each decision is random with chance `explore`, because bandits that were always told together would
 * move together for ever, the more so the more proposals were refused or repeated; the tree grows by one bandit a trial;
 * a trial counts at its first fidelity; there are no shared weights that would make 2,500 plays an epoch cheap, hence the
 * smaller numbers here.
 */
export const cmab = defineStrategy({
  name: "cmab",
  description: "a bandit for each decision, played together and searched level by level (nested Monte-Carlo)",
  options: { alpha: 0.02, decay: 0.95, context: 0, warmup: 20, explore: 0.05, simulations: 0, walks: 25 },
  learnsFromRepeats: true,
  check({ alpha, decay, context, warmup, explore, simulations, walks }) {
    if (!(alpha >= 0)) return "alpha must be at least 0";
    if (!(decay > 0 && decay <= 1)) return "decay must lie above 0 and be at most 1";
    if (context !== 0 && context !== 1) return "context must be 0 (a bandit a decision) or 1 (a tree)";
    if (!Number.isSafeInteger(warmup) || warmup < 0) return "warmup must be a whole number of at least 0";
    if (!(explore >= 0 && explore <= 1)) return "explore must lie between 0 and 1";
    if (!Number.isSafeInteger(simulations) || simulations < 0)
      return "simulations must be a whole number of at least 0";
    return Number.isSafeInteger(walks) && walks >= 1
      ? undefined
      : "walks must be a whole number of at least 1";
  },
  start: (): Played => ({ history: History.empty, search: undefined }),
  tell: ({ history, search }, trial) => ({ history: history.with(trial), search }),
  ask(state, { schema, options, rng, attempt, tools }) {
    state.search ??= new NestedSearch(schema, options, tools.seed);
    return state.search.follow(state.history).propose(rng, attempt);
  },
});

interface Options {
  readonly alpha: number;
  readonly decay: number;
  readonly context: number;
  readonly warmup: number;
  readonly explore: number;
  readonly simulations: number;
  readonly walks: number;
}

interface Played {
  readonly history: History;
  /** A function of the history, the space and the seed; kept so that each trial is backed up once. */
  search: NestedSearch | undefined;
}

/** Refused proposals, or repeated trials, after which half of all decisions are taken by chance. */
const REFUSED = 10;

/** How an arm is chosen where a walk goes on. */
type Rule = "upper" | "best";

class NestedSearch {
  readonly bandits: Bandits;
  private read = 0;
  private plays = 0;
  private readonly told = new Set<string>();
  /** How many of the last trials, without a break, were known before. */
  private repeats = 0;
  private alpha: number;
  /** Walks of this epoch that are done; the one after the last is the search for the best. */
  private walked = 0;
  /** Decisions that are settled in the walk at hand. */
  private settled = new Map<string, number>();
  /** Trials that are played below them before the next one is. */
  private left: number;

  constructor(
    private readonly schema: Schema<unknown>,
    private readonly options: Options,
    private readonly seed: number,
  ) {
    this.bandits = options.context === 1 ? new BanditTree() : new NaiveBandits();
    this.alpha = options.alpha;
    this.left = options.simulations;
  }

  follow(history: History): this {
    for (; this.read < history.length; this.read++) {
      const trial = history.at(this.read);
      // A trial is one play, at its first fidelity: others do not compare.
      if (trial === undefined || trial.rung > 0) continue;
      const text = canonicalJson(trial.genotype);
      this.repeats = this.told.has(text) ? this.repeats + 1 : 0;
      this.told.add(text);
      this.bandits.backUp(tokensOf(this.schema, trial.genotype), trial.score);
      this.plays++;
      if (this.plays > this.options.warmup) this.advance();
    }
    return this;
  }

  propose(rng: Rng, attempt: number): Proposal {
    const { warmup, explore, simulations } = this.options;
    if (this.plays < warmup) return { genotype: sample(this.schema, rng), origin: "random" };
    const rule = simulations === 0 ? this.rule : "upper";
    // Refusals loosen everything; repetitions only what neither is settled nor meant to be the best.
    const refused = 1 - 2 ** (-attempt / REFUSED);
    const open = Math.max(explore, 1 - 2 ** (-(attempt + this.repeats) / REFUSED));
    const walk = this.bandits.walk();
    const genotype = genotypeBy(this.schema, rng, (key, weights) => {
      const settled = this.settled.get(key);
      const given = settled !== undefined && (weights[settled] ?? 0) > 0 ? settled : undefined;
      const free = rng.float() < (given === undefined && rule === "upper" ? open : refused);
      const arm = free
        ? rng.weighted(weights)
        : (given ?? this.arm(walk.at(key, weights.length), weights, rule, rng));
      walk.took(key, arm);
      return arm;
    });
    return { genotype, origin: rule === "best" ? "best-arms" : "bandits" };
  }

  private get rule(): Rule {
    return this.walked < this.options.walks ? "upper" : "best";
  }

  private arm(
    bandit: ReturnType<ReturnType<Bandits["walk"]>["at"]>,
    weights: readonly number[],
    rule: Rule,
    rng: Rng,
  ): number {
    const best = rule === "best" ? bandit?.best(weights, this.bandits.range, rng) : undefined;
    return best ?? bandit?.upper(weights, this.bandits.range, this.alpha, rng) ?? rng.weighted(weights);
  }

  /** One trial more is known. */
  private advance(): void {
    if (--this.left > 0) return;
    const complete = this.options.simulations === 0 || !this.settleNext();
    if (complete) {
      this.settled = new Map();
      this.walked++;
      if (this.walked > this.options.walks) {
        this.walked = 0;
        this.alpha *= this.options.decay;
      }
    }
    this.left = this.options.simulations;
  }

  /** Settles one more decision; false where none was open. */
  private settleNext(): boolean {
    const rng = rngOf(this.seed, "cmab", this.read);
    let found: { key: string; arm: number } | undefined;
    const walk = this.bandits.walk();
    genotypeBy(this.schema, rng, (key, weights) => {
      const settled = this.settled.get(key);
      const arm =
        settled !== undefined && (weights[settled] ?? 0) > 0
          ? settled
          : this.arm(walk.at(key, weights.length), weights, this.rule, rng);
      if (settled === undefined) found ??= { key, arm };
      walk.took(key, arm);
      return arm;
    });
    if (found !== undefined) this.settled.set(found.key, found.arm);
    return found !== undefined;
  }
}
