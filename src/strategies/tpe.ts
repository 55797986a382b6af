import { canonicalJson, type Rng } from "../base/index.js";
import { type Decided, decided, guidedSample, type Schema, sample } from "../schema/index.js";
import { defineStrategy, type Scored } from "./define.js";
import { History } from "./history.js";
import { type Observation, observationOf, Parzen } from "./parzen.js";

/**
 * Tree-structured Parzen estimator (Bergstra et al. 2011, section 4): the best `share` of the trials, at most `most`,
 * gives a density l, all others a density g; of `candidates` draws from l the one with the greatest l/g is proposed.
 * `multivariate` 1 has one kernel a trial over all decisions at once, so that what goes well together is drawn together
 * (as in Falkner et al. 2018, arXiv:1807.01774); 0 has a density a decision, as in the original.
 * Departures: kernels have one width by Scott's rule rather than by the gap to their neighbours; candidates are compared
 * whole rather than decision by decision; what was told already is proposed only where all candidates were; of the bad
 * trials a sample of `bad` is taken, evenly over time.
 */
export const tpe = defineStrategy({
  name: "tpe",
  description:
    "draws from a density of the good trials, away from that of the bad (tree-structured Parzen estimator)",
  options: { startup: 20, share: 0.1, most: 25, candidates: 24, multivariate: 1, bad: 200 },
  check({ startup, share, most, candidates, multivariate, bad }) {
    for (const [name, value] of Object.entries({ startup, most, candidates, bad })) {
      if (!Number.isSafeInteger(value) || value < 1) return `${name} must be a whole number of at least 1`;
    }
    if (!(share > 0 && share < 1)) return "share must lie between 0 and 1";
    return multivariate === 0 || multivariate === 1 ? undefined : "multivariate must be 0 or 1";
  },
  start: (): Trials => ({ history: History.empty, seen: new WeakMap(), split: undefined }),
  tell: ({ history, seen }, trial) => ({ history: history.replaced(trial), seen, split: undefined }),
  ask(state, { schema, options, rng }) {
    if (state.history.length < options.startup) return { genotype: sample(schema, rng), origin: "random" };
    state.split ??= splitOf(state, schema, options);
    const { good, bad, best, told } = state.split;
    const joint = options.multivariate === 1;
    const genotype = bestDraw(schema, rng, { draws: good, good, bad, joint, told }, options.candidates);
    return { genotype, origin: "parzen", parent: best };
  },
});

/** Densities that candidates are drawn and compared by. */
export interface Densities {
  /** What is drawn from. */
  readonly draws: Parzen;
  readonly good: Parzen;
  readonly bad: Parzen;
  /** One kernel over all decisions, rather than one a decision. */
  readonly joint: boolean;
  /** Canonical texts of what was told. */
  readonly told: { has(text: string): boolean };
}

/** Of some draws the one with the greatest ratio of densities; one that was told only where all were. */
export function bestDraw(
  schema: Schema<unknown>,
  rng: Rng,
  { draws, good, bad, joint, told }: Densities,
  candidates: number,
): unknown {
  const density = (of: Parzen, point: readonly Decided[]) =>
    joint ? of.joint(point) : of.independent(point);
  let chosen: { genotype: unknown; gain: number; fresh: boolean } | undefined;
  for (let i = 0; i < candidates; i++) {
    const whole = draws.component(rng);
    const near = () => (joint ? whole : draws.component(rng));
    const genotype = guidedSample(schema, rng, {
      choose: (key, weights) => draws.choose(near(), key, weights, rng),
      place: (key) => draws.place(near(), key, rng),
    });
    const point = decided(schema, genotype);
    const gain = density(good, point) - density(bad, point);
    const fresh = !told.has(canonicalJson(genotype));
    const better = chosen === undefined || (fresh === chosen.fresh ? gain > chosen.gain : fresh);
    if (better) chosen = { genotype, gain, fresh };
  }
  return chosen?.genotype ?? sample(schema, rng);
}

interface Trials {
  readonly history: History;
  /** What each trial decided, and its text; kept so that each is read once. */
  readonly seen: WeakMap<Scored, Read>;
  /** A function of the history; kept for further questions between two tells. */
  split: Split | undefined;
}

interface Read {
  readonly observation: Observation;
  readonly text: string;
}

interface Split {
  readonly good: Parzen;
  readonly bad: Parzen;
  readonly best: number | undefined;
  /** Genotypes of all trials, as texts. */
  readonly told: ReadonlySet<string>;
}

function splitOf(
  { history, seen }: Trials,
  schema: Schema<unknown>,
  { share, most, bad }: { readonly share: number; readonly most: number; readonly bad: number },
): Split {
  const trials = history.trials();
  const ranked = byFidelity(trials);
  const read = (trial: Scored): Read => {
    const known = seen.get(trial);
    if (known !== undefined) return known;
    const observation = observationOf(decided(schema, trial.genotype));
    const made = { observation, text: canonicalJson(trial.genotype) };
    seen.set(trial, made);
    return made;
  };
  const observe = (trial: Scored) => read(trial).observation;
  const count = Math.min(most, Math.ceil(share * ranked.length));
  const others = ranked.slice(count).sort((a, b) => a.trial - b.trial);
  const step = Math.max(1, others.length / bad);
  const few = Array.from({ length: Math.min(bad, others.length) }, (_, i) => others[Math.floor(i * step)]);
  return {
    good: new Parzen(ranked.slice(0, count).map(observe)),
    bad: new Parzen(few.flatMap((it) => (it === undefined ? [] : [observe(it)]))),
    best: ranked[0]?.trial,
    told: new Set(trials.map((it) => read(it).text)),
  };
}

/** Least trials of a fidelity that are a model's. */
const ENOUGH = 10;

/**
 * Best first. Scores of different fidelities do not compare, so the trials are those of the highest rung that has
 * enough of them (Falkner et al. 2018); all of them where none has.
 */
export function byFidelity(trials: readonly Scored[], enough = ENOUGH): Scored[] {
  const counts = new Map<number, number>();
  for (const { rung } of trials) counts.set(rung, (counts.get(rung) ?? 0) + 1);
  const rich = [...counts].filter(([, count]) => count >= enough).map(([rung]) => rung);
  const top = rich.length === 0 ? undefined : Math.max(...rich);
  const comparable = top === undefined ? [...trials] : trials.filter(({ rung }) => rung === top);
  return comparable.sort((a, b) => b.score - a.score || a.trial - b.trial);
}
