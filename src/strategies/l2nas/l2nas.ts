import { canonicalJson, isIssue, type Rng, rngOf } from "../../base/index.js";
import { tensor } from "../../ir/index.js";
import type { Feeds, Runtime, Session } from "../../runtime/index.js";
import { decode, encode, encodingWidth, type Schema, sample } from "../../schema/index.js";
import { defineStrategy, type Proposal, type Scored } from "../define.js";
import { History } from "../history.js";
import { Elite } from "./elite.js";
import { CARRIED, firstWeights, mlp, updateModel } from "./networks.js";

/**
 * L2NAS (Mills et al. 2021, arXiv:2109.12425): an actor reads the mean encoding of the `best` networks so far and emits the
 * columns of a new one, which are decoded (the strongest alternative of each choice). A critic learns the 0.9-quantile of the
 * reward by the check loss; the actor climbs the critic. One step and no bootstrapping: Q(s, a) predicts the reward itself.
 * After each trial both take `updates` steps of Adam on mini-batches of all trials, in one run of the runtime.
 * Exploration: uniform noise, and draws from the space with chance `explore`; both fade over `horizon` trials.
 * Departures: actions are whole encodings, so that numbers, lists and conditions are acted on too; rewards are standardised
 * over the replay in place of 100^accuracy; noise grows again where the same was proposed or refused repeatedly, and never
 * quite ends; a trial counts at its first fidelity. Network sizes and the schedule are ours, the paper's are not published
 * with code.
 */
export const l2nas = defineStrategy({
  name: "l2nas",
  description: "an actor emits all decisions at once and climbs a critic of high quantiles (L2NAS)",
  options: {
    warmup: 50,
    best: 64,
    horizon: 400,
    noise: 0.5,
    explore: 0.3,
    updates: 10,
    batch: 32,
    rate: 1e-3,
    quantile: 0.9,
  },
  needs: ["runtime"],
  learnsFromRepeats: true,
  check({ warmup, best, horizon, noise, explore, updates, batch, rate, quantile }) {
    for (const [name, value] of Object.entries({ warmup, best, horizon, updates, batch })) {
      if (!Number.isSafeInteger(value) || value < 1) return `${name} must be a whole number of at least 1`;
    }
    if (!(noise >= 0)) return "noise must be at least 0";
    if (!(explore >= 0 && explore <= 1)) return "explore must lie between 0 and 1";
    if (!(rate > 0 && rate <= 1)) return "rate must lie above 0 and be at most 1";
    return quantile > 0 && quantile < 1 ? undefined : "quantile must lie between 0 and 1";
  },
  accepts(schema) {
    try {
      const width = encodingWidth(schema);
      return width <= WIDEST
        ? undefined
        : `a space whose encoding has at most ${WIDEST.toLocaleString("en-US")} columns, not ${width}`;
    } catch {
      return "a space without recursion";
    }
  },
  start: (): Learned => ({ history: History.empty, agent: undefined }),
  tell: ({ history, agent }, trial) => ({ history: history.with(trial), agent }),
  async ask(state, { schema, options, rng, attempt, tools }) {
    state.agent ??= new Agent(schema, options, tools.seed, tools.runtime as Runtime);
    await state.agent.follow(state.history);
    return state.agent.propose(rng, attempt);
  },
  async release({ agent }) {
    await agent?.release();
  },
});

const WIDEST = 5_000;

interface Options {
  readonly warmup: number;
  readonly best: number;
  readonly horizon: number;
  readonly noise: number;
  readonly explore: number;
  readonly updates: number;
  readonly batch: number;
  readonly rate: number;
  readonly quantile: number;
}

interface Learned {
  readonly history: History;
  /** A function of the history, the space and the seed; kept so that each trial is learned from once. */
  agent: Agent | undefined;
}

/** What was seen: the state before, the discretised action, the reward. */
interface Experience {
  readonly state: Float32Array;
  readonly action: Float32Array;
  readonly reward: number;
}

class Agent {
  private readonly width: number;
  private session: Promise<Session> | undefined;
  private weights: Record<string, ReturnType<typeof tensor>>;
  private action: ArrayLike<number> | undefined;
  private readonly replay: Experience[] = [];
  private readonly elite: Elite;
  private readonly told = new Set<string>();
  private repeats = 0;
  private seen = 0;
  private read = 0;

  constructor(
    private readonly schema: Schema<unknown>,
    private readonly options: Options,
    private readonly seed: number,
    private readonly runtime: Runtime,
  ) {
    this.width = encodingWidth(schema);
    this.elite = new Elite(options.best, this.width);
    const actor = firstWeights(mlp(this.width, this.width), seed, "actor");
    const critic = firstWeights(mlp(2 * this.width, 1), seed, "critic");
    const start = [
      actor,
      actor.map(() => 0),
      actor.map(() => 0),
      critic,
      critic.map(() => 0),
      critic.map(() => 0),
    ];
    this.weights = Object.fromEntries(
      CARRIED.map((name, i) => {
        const data = start[i];
        return [
          name,
          data === undefined ? tensor("float32", [], [0]) : tensor("float32", [data.length], data),
        ];
      }),
    );
  }

  async follow(history: History): Promise<void> {
    for (; this.read < history.length; this.read++) {
      const trial = history.at(this.read);
      if (trial === undefined) return;
      if (trial.rung === 0) await this.learn(trial);
    }
  }

  propose(rng: Rng, attempt: number): Proposal {
    const { warmup, horizon, noise, explore } = this.options;
    const { action } = this;
    if (action === undefined) return { genotype: sample(this.schema, rng), origin: "random" };
    const fade = Math.max(FLOOR, 1 - (this.seen - warmup) / horizon);
    // What is known already, or was refused, asks for more courage.
    const courage = attempt / PATIENCE + this.repeats / 2;
    if (rng.float() < Math.max(explore * fade, 1 - 2 ** -(attempt / PATIENCE)))
      return { genotype: sample(this.schema, rng), origin: "random" };
    const reach = noise * (fade + courage);
    for (let tries = 0; tries < TRIES; tries++) {
      const noisy = Float32Array.from(action, (it) =>
        Math.min(1, Math.max(0, it + reach * (2 * rng.float() - 1))),
      );
      const genotype = decode(this.schema, noisy);
      if (!isIssue(genotype)) return { genotype, origin: "actor" };
    }
    return { genotype: sample(this.schema, rng), origin: "random" };
  }

  async release(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    await (await session)?.[Symbol.asyncDispose]();
  }

  private async learn({ genotype, score }: Scored): Promise<void> {
    const text = canonicalJson(genotype);
    const known = this.told.has(text);
    this.repeats = known ? this.repeats + 1 : 0;
    this.told.add(text);
    const action = encode(this.schema, genotype);
    this.seen++;
    this.replay.push({ state: this.elite.mean(), action, reward: score });
    if (this.replay.length > MOST) this.replay.shift();
    if (!known) this.elite.add(action, score);
    if (this.seen >= this.options.warmup) await this.update();
  }

  private async update(): Promise<void> {
    const { updates, batch, rate, quantile } = this.options;
    const { width, replay } = this;
    this.session ??= this.runtime.load(updateModel({ width, updates, batch, rate, quantile }));
    const rng = rngOf(this.seed, "l2nas", "replay", this.seen);
    const [states, actions] = [0, 1].map(() => new Float32Array(updates * batch * width)) as [
      Float32Array,
      Float32Array,
    ];
    const rewards = new Float32Array(updates * batch);
    const { mean, spread } = momentsOf(replay);
    for (let i = 0; i < rewards.length; i++) {
      const { state, action, reward } = rng.pick(replay);
      states.set(state, i * width);
      actions.set(action, i * width);
      rewards[i] = (reward - mean) / spread;
    }
    const feeds: Feeds = {
      ...this.weights,
      states: tensor("float32", [updates, batch, width], states),
      actions: tensor("float32", [updates, batch, width], actions),
      rewards: tensor("float32", [updates, batch], rewards),
      state: tensor("float32", [1, width], this.elite.mean()),
    };
    const results = await (await this.session).run(feeds);
    this.weights = Object.fromEntries(
      CARRIED.flatMap((name) => {
        const it = results[`${name}_out`];
        return it === undefined ? [] : [[name, it]];
      }),
    );
    this.action = results.action?.data as Float32Array;
  }
}

/** Least share of noise and of exploration that is left. */
const FLOOR = 0.05;
const PATIENCE = 10;
const TRIES = 20;
/** Most trials that are replayed: the latest. */
const MOST = 10_000;

function momentsOf(replay: readonly Experience[]): { mean: number; spread: number } {
  const mean = replay.reduce((sum, it) => sum + it.reward, 0) / replay.length;
  const variance = replay.reduce((sum, it) => sum + (it.reward - mean) ** 2, 0) / replay.length;
  return { mean, spread: Math.sqrt(variance) || 1 };
}
