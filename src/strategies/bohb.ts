import { decided, type Schema, sample } from "../schema/index.js";
import { defineStrategy, type Scored } from "./define.js";
import { History } from "./history.js";
import { type Observation, observationOf, Parzen } from "./parzen.js";
import { Told } from "./told.js";
import { bestDraw, byFidelity, type Densities } from "./tpe.js";

/**
 * The model of BOHB (Falkner et al. 2018, arXiv:1807.01774, section 3 and Algorithm 2); with the rungs of Hyperband, which
 * its studies have where nobody chooses others, it is BOHB. On the highest rung with N_min + 2 trials, where N_min is one
 * more than the number of decisions, the best max(N_min, `share`) of the trials make a multivariate density l, the others,
 * N_min at least, a density g; of `candidates` draws from l with kernels `wider` times as wide the one with the greatest l/g
 * is proposed. A share `random` of all proposals is drawn freely, and all of them while no rung has enough trials.
 * Departures: of the others a sample of `bad` is taken, evenly over their ranks; kernels have one width by Scott's rule;
 * what was told is proposed only where all draws were; N_min counts the decisions of the best trial, for a space has no
 * fixed number of them.
 */
export const bohb = defineStrategy({
  name: "bohb",
  description:
    "draws from a density of the good trials on the highest rung, under Hyperband's brackets (BOHB)",
  about:
    "BOHB (Falkner et al. 2018) is the pair of this model and [Hyperband's brackets](search.md#rungs): studies with this " +
    "strategy climb by `hyperband` unless `--rungs` says otherwise. On the highest rung that has enough trials (three more " +
    "than there are decisions) the best `share` make a density, the others another; of `candidates` draws from the first, " +
    "with kernels `wider` times as wide, the one with the greatest ratio is proposed. A share `random` is drawn freely.",
  options: { random: 1 / 3, share: 0.15, candidates: 64, wider: 3, bad: 200 },
  rungs: "hyperband",
  check({ random, share, candidates, wider, bad }) {
    if (!(random >= 0 && random <= 1)) return "random must lie between 0 and 1";
    if (!(share > 0 && share < 1)) return "share must lie between 0 and 1";
    if (!Number.isSafeInteger(candidates) || candidates < 1)
      return "candidates must be a whole number of at least 1";
    if (!Number.isSafeInteger(bad) || bad < 1) return "bad must be a whole number of at least 1";
    return wider >= 1 ? undefined : "wider must be at least 1";
  },
  start: (): Search => ({ log: History.empty, told: new Told(), seen: new WeakMap(), model: undefined }),
  tell: ({ log, told, seen }, trial) => ({ log: log.with(trial), told, seen, model: undefined }),
  ask(state, { schema, options, rng }) {
    state.told.follow(state.log);
    const free = rng.float() < options.random;
    state.model ??= modelOf(state, schema, options);
    const { densities, best } = state.model;
    if (free || densities === undefined) return { genotype: sample(schema, rng), origin: "random" };
    return { genotype: bestDraw(schema, rng, densities, options.candidates), origin: "parzen", parent: best };
  },
});

interface Search {
  readonly log: History;
  readonly told: Told;
  /** What each trial decided; kept so that each is read once. */
  readonly seen: WeakMap<object, Observation>;
  /** A function of the log; kept for further questions between two tells. */
  model: Model | undefined;
}

interface Model {
  /** Absent where no rung has enough trials. */
  readonly densities?: Densities;
  readonly best?: number;
}

function modelOf(
  { told, seen }: Search,
  schema: Schema<unknown>,
  { share, wider, bad }: { readonly share: number; readonly wider: number; readonly bad: number },
): Model {
  const [first] = told.best;
  if (first === undefined) return {};
  const least = decided(schema, first.genotype).length + 1;
  const ranked = byFidelity(told.trials, least + 2);
  if (ranked.length < least + 2 || ranked.some(({ rung }) => rung !== ranked[0]?.rung)) return {};
  const observe = (trial: Scored): Observation => {
    const known = seen.get(trial) ?? observationOf(decided(schema, trial.genotype));
    seen.set(trial, known);
    return known;
  };
  const good = ranked.slice(0, Math.max(least, Math.floor(share * ranked.length))).map(observe);
  const others = ranked.slice(-Math.max(least, ranked.length - good.length));
  const step = Math.max(1, others.length / bad);
  const few = Array.from({ length: Math.min(bad, others.length) }, (_, i) => others[Math.floor(i * step)]);
  return {
    best: ranked[0]?.trial,
    densities: {
      draws: new Parzen(good, wider),
      good: new Parzen(good),
      bad: new Parzen(few.flatMap((it) => (it === undefined ? [] : [observe(it)]))),
      joint: true,
      told,
    },
  };
}
