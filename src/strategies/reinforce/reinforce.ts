import { canonicalJson } from "../../base/index.js";
import type { Schema } from "../../schema/index.js";
import { defineStrategy } from "../define.js";
import { History } from "../history.js";
import { Parameters } from "../learning/parameters.js";
import { genotypeBy, type Token, tokensOf } from "../learning/tokens.js";
import { Controller } from "./controller.js";
import { LogitTable } from "./logit-table.js";
import type { Policy } from "./policy.js";

/**
 * Neural architecture search with reinforcement learning (Zoph & Le 2017, arXiv:1611.01578): a controller writes a network
 * decision by decision; what the network scored is the reward. After every `batch` trials the parameters take one step of
 * Adam along (1/m) Σ_k Σ_t ∇ ln P(a_t | a_<t) (R_k − b), with b an exponential moving average of the rewards before
 * R_k. The controller has two LSTM layers of 35 units (`controller` 1); 0 stands for decisions that know nothing of each
 * other, as in the REINFORCE of NAS-Bench-201 (Dong & Yang 2020).
 * Departures: rewards are scores to the third `power` as in the paper, in units of the first one, but those below zero
 * (losses) are taken as they are; numbers are decided by eighths of their range; the untrained policy follows the space's own weights; batches hold
 * trials of one fidelity, each with a baseline of its own; and since a search must propose something new, the temperature
 * of the draw doubles with every ten refused proposals, and with each trial in a row that was known. `rate` and
 * `batch` are for hundreds of trials; the paper has 6e-4 and thousands. `entropy` is a bonus, in spreads of the
 * reward; the paper has none.
 */
export const reinforce = defineStrategy({
  name: "reinforce",
  description:
    "a controller (LSTM) proposes decision by decision and is trained by policy gradient (REINFORCE)",
  options: { controller: 1, rate: 5e-3, batch: 1, decay: 0.95, power: 3, entropy: 0 },
  learnsFromRepeats: true,
  check({ controller, rate, batch, decay, power, entropy }) {
    if (controller !== 0 && controller !== 1)
      return "controller must be 1 (LSTM) or 0 (a softmax for each decision)";
    if (!(rate > 0 && rate <= 1)) return "rate must lie above 0 and be at most 1";
    if (!Number.isSafeInteger(batch) || batch < 1) return "batch must be a whole number of at least 1";
    if (!(decay >= 0 && decay < 1)) return "decay must be at least 0 and below 1";
    if (!(power > 0)) return "power must be above 0";
    return entropy >= 0 ? undefined : "entropy must be at least 0";
  },
  start: (): Learning => ({ history: History.empty, learner: undefined }),
  tell: ({ history, learner }, trial) => ({ history: history.with(trial), learner }),
  ask(state, { schema, options, rng, attempt, tools }) {
    state.learner ??= new Learner(schema, options, tools.seed);
    const { policy, repeats } = state.learner.follow(state.history);
    const walk = policy.walk();
    const temperature = 2 ** (attempt / REFUSED + repeats / REPEATED);
    const genotype = genotypeBy(schema, rng, (key, weights) => {
      const at = rng.weighted([...walk.chances(key, weights, temperature)]);
      walk.took(at);
      return at;
    });
    return { genotype, origin: "policy" };
  },
});

/** Refused proposals, and repeated trials, after which the temperature doubles. */
const REFUSED = 10;
const REPEATED = 1;

interface Options {
  readonly controller: number;
  readonly rate: number;
  readonly batch: number;
  readonly decay: number;
  readonly power: number;
  readonly entropy: number;
}

interface Learning {
  readonly history: History;
  /** A function of the history and the space; kept so that each trial is learned from once. */
  learner: Learner | undefined;
}

interface Lesson {
  readonly tokens: readonly Token[];
  readonly advantage: number;
  readonly spread: number;
}

/** Averages of past rewards. */
interface Past {
  readonly mean: number;
  readonly variance: number;
}

class Learner {
  readonly policy: Policy;
  /** How many of the last trials, without a break, were known before. */
  repeats = 0;
  private readonly told = new Set<string>();
  private read = 0;
  /** Size of the first score: steps do not depend on the scale of the scores. */
  private unit: number | undefined;
  /** By rung: scores of different fidelities do not compare. */
  private readonly past = new Map<number, Past>();
  private readonly batches = new Map<number, Lesson[]>();

  constructor(
    private readonly schema: Schema<unknown>,
    private readonly options: Options,
    seed: number,
  ) {
    const parameters = new Parameters(seed);
    this.policy = options.controller === 1 ? new Controller(parameters) : new LogitTable(parameters);
  }

  follow(history: History): this {
    const { power, decay } = this.options;
    for (; this.read < history.length; this.read++) {
      const trial = history.at(this.read);
      if (trial === undefined) break;
      const { score, rung, genotype } = trial;
      if (rung === 0) this.count(canonicalJson(genotype));
      this.unit ??= Math.abs(score) || 1;
      const size = score / this.unit;
      const reward = size > 0 ? size ** power : size;
      const past = this.past.get(rung);
      if (past === undefined) {
        this.past.set(rung, { mean: reward, variance: 0 });
        continue;
      }
      const advantage = reward - past.mean;
      this.past.set(rung, {
        mean: past.mean + (1 - decay) * advantage,
        variance: decay * past.variance + (1 - decay) * advantage ** 2,
      });
      const tokens = tokensOf(this.schema, genotype);
      this.learn(rung, { tokens, advantage, spread: Math.sqrt(past.variance) });
    }
    return this;
  }

  private count(text: string): void {
    this.repeats = this.told.has(text) ? this.repeats + 1 : 0;
    this.told.add(text);
  }

  private learn(rung: number, lesson: Lesson): void {
    const { batch, entropy, rate } = this.options;
    const lessons = [...(this.batches.get(rung) ?? []), lesson];
    const full = lessons.length >= batch;
    this.batches.set(rung, full ? [] : lessons);
    if (!full) return;
    for (const { tokens, advantage, spread } of lessons)
      this.policy.gather(tokens, advantage / batch, (entropy * spread) / batch);
    this.policy.descend(rate);
  }
}
