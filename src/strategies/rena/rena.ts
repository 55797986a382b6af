import type { Rng } from "../../base/index.js";
import { rngOf } from "../../base/index.js";
import { type Schema, sample } from "../../schema/index.js";
import { defineStrategy, type Proposal, type Scored } from "../define.js";
import { History } from "../history.js";
import { Parameters } from "../learning/parameters.js";
import { BINS, tokensOf } from "../learning/tokens.js";
import { byChance, EditPolicy, type EditWalk } from "./edit-policy.js";
import { apply, type Edit, editBetween, type Network, networkOf, placeIn } from "./edits.js";

/**
 * Resource-efficient neural architect (Zhou et al. 2018, arXiv:1806.07912): a policy edits a network step by step. A
 * bidirectional LSTM reads its layers; from the summary a controller chooses to insert, to remove or to scale; then where;
 * then by how much, or, decision by decision, which layer. An episode is `edits` edits, each a trial. Trained by policy
 * gradient with advantage R − V(s), V a linear map of the summary, entropy bonus 0.01, Adam. Edits that the space has no
 * place for are masked.
 * Departures: layers are the items of a schema's lists, and one that holds all other decisions; a number is scaled by a step
 * of its range; removing is an action of its own; an episode begins at the best network so far (`onward` 1) rather than at
 * the first trial's (0), since trials are few; rewards are standardised scores of the first fidelity, and limits are hard
 * ones, kept by the study, in place of penalties; `rate` is for hundreds of trials (the paper: 6e-4 (?)). The edit that led to
 * a trial is found again by comparing networks; of equal neighbours the first counts.
 */
export const rena = defineStrategy({
  name: "rena",
  description:
    "edits a network step by step: a policy that reads it inserts, removes and scales layers (RENA)",
  options: { edits: 5, onward: 1, rate: 2e-3, batch: 5, entropy: 0.01 },
  learnsFromRepeats: true,
  check({ edits, onward, rate, batch, entropy }) {
    for (const [name, value] of Object.entries({ edits, batch })) {
      if (!Number.isSafeInteger(value) || value < 1) return `${name} must be a whole number of at least 1`;
    }
    if (onward !== 0 && onward !== 1)
      return "onward must be 0 (each episode begins at the seed) or 1 (at the best)";
    if (!(rate > 0 && rate <= 1)) return "rate must lie above 0 and be at most 1";
    return entropy >= 0 ? undefined : "entropy must be at least 0";
  },
  accepts(schema) {
    for (let i = 0; i < LOOKS; i++) {
      if (networkOf(schema, sample(schema, rngOf(0, "rena", i))).lists.length > 0) return undefined;
    }
    return "a space with lists, into which layers can be inserted";
  },
  start: (): Edited => ({ history: History.empty, editor: undefined }),
  tell: ({ history, editor }, trial) => ({ history: history.with(trial), editor }),
  ask(state, { schema, options, rng, attempt, tools }) {
    state.editor ??= new Editor(schema, options, tools.seed);
    return state.editor.follow(state.history).propose(rng, attempt);
  },
});

/** Draws from a space that are looked at for lists. */
const LOOKS = 8;
/** Edits that are tried before a proposal is an ordinary draw. */
const TRIES = 30;
const REFUSED = 10;
/** Networks of the past that a trial may be an edit of: as many as workers that are behind. */
const RECENT = 64;

interface Options {
  readonly edits: number;
  readonly onward: number;
  readonly rate: number;
  readonly batch: number;
  readonly entropy: number;
}

interface Edited {
  readonly history: History;
  /** A function of the history, the space and the seed; kept so that each trial is learned from once. */
  editor: Editor | undefined;
}

interface Place {
  readonly network: Network;
  readonly trial: number;
  readonly score: number;
}

class Editor {
  private readonly policy: EditPolicy;
  private read = 0;
  private seed: Place | undefined;
  private best: Place | undefined;
  private current: Place | undefined;
  private edits = 0;
  private recent: Place[] = [];
  private gathered = 0;
  /** Running moments of the scores. */
  private count = 0;
  private mean = 0;
  private squares = 0;

  constructor(
    private readonly schema: Schema<unknown>,
    private readonly options: Options,
    seed: number,
  ) {
    this.policy = new EditPolicy(new Parameters(seed));
  }

  follow(history: History): this {
    for (; this.read < history.length; this.read++) {
      const trial = history.at(this.read);
      // One fidelity alone: others do not compare.
      if (trial !== undefined && trial.rung === 0) this.learn(trial);
    }
    return this;
  }

  propose(rng: Rng, attempt: number): Proposal {
    const from = this.current;
    if (from === undefined) return { genotype: sample(this.schema, rng), origin: "random" };
    for (let tries = 0; tries < TRIES; tries++) {
      const walk = this.policy.walk(from.network);
      const temperature = 2 ** ((attempt + tries) / REFUSED);
      const edit = walk.edit(byChance(rng), temperature);
      if (edit === undefined) break;
      const writer = edit.kind === "insert" ? walk.writer(edit.list, temperature) : undefined;
      const choose = (name: string, weights: readonly number[]) =>
        writer?.choose(name, weights, byChance(rng)) ?? rng.weighted(weights);
      const genotype = apply(
        this.schema,
        from.network,
        edit,
        { choose, place: (name) => (choose(name, EVEN) + rng.float()) / BINS },
        rng,
      );
      if (genotype !== undefined) return { genotype, origin: edit.kind, parent: from.trial };
    }
    return { genotype: sample(this.schema, rng), origin: "random" };
  }

  private learn(trial: Scored): void {
    const { edits, onward } = this.options;
    const place = { network: networkOf(this.schema, trial.genotype), trial: trial.trial, score: trial.score };
    this.reinforce(place);
    this.count++;
    const gap = place.score - this.mean;
    this.mean += gap / this.count;
    this.squares += gap * (place.score - this.mean);
    this.seed ??= place;
    if (this.best === undefined || place.score > this.best.score) this.best = place;
    this.edits++;
    const done = this.current === undefined || this.edits >= edits;
    if (done) this.edits = 0;
    this.current = done ? (onward === 1 ? this.best : this.seed) : place;
    this.recent = [this.current, place, ...this.recent].slice(0, RECENT);
  }

  /** The edit that led to a network, from the latest network that it may have been made of. */
  private reinforce(to: Place): void {
    const spread = Math.sqrt(this.squares / Math.max(1, this.count));
    if (!(spread > 0)) return;
    for (const from of this.recent) {
      const edit = editBetween(from.network, to.network);
      if (edit === undefined) continue;
      const walk = this.policy.walk(from.network);
      if (!walk.retake(edit)) continue;
      if (edit.kind === "insert") rewrite(this.schema, walk, edit, to.network);
      const { batch, entropy, rate } = this.options;
      const reward = (to.score - this.mean) / spread;
      walk.gather((reward - walk.value) / batch, entropy / batch, (walk.value - reward) / batch);
      if (++this.gathered % batch === 0) this.policy.descend(rate);
      return;
    }
  }
}

const EVEN: readonly number[] = new Array<number>(BINS).fill(1);

/** The decisions of an inserted layer, taken again. */
function rewrite(
  schema: Schema<unknown>,
  walk: EditWalk,
  edit: Extract<Edit, { kind: "insert" }>,
  to: Network,
): void {
  const writer = walk.writer(edit.list);
  for (const { key, weights, taken } of tokensOf(schema, to.genotype)) {
    const place = placeIn(key.slice(0, key.lastIndexOf("#")), edit.list);
    if (place?.at === edit.at) writer.choose(place.rest, weights, () => taken);
  }
}
