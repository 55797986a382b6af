import { canonicalJson, isIssue, type Rng, rngOf } from "../../base/index.js";
import { sample } from "../../schema/index.js";
import { applyRena, type RenaGenotype, renaMoves, rena as space } from "../../spaces/index.js";
import { rena } from "../../strategies/index.js";
import { type Curve, defineReproduction, type Run } from "../reproduction.js";

const EPISODES = 300;
const EDITS = 5;
/** Times that the policy is asked again where it repeats itself, as in a study. */
const PATIENCE = 30;
const MARKS = [50, 100, 200, 400, 700, 1_000, 1_500] as const;

/** Does a policy that reads the network edit better than chance does? The truth is known: a hidden network. */
export const reproduction = defineReproduction({
  paper: 38,
  claim:
    "A learned policy of insert, remove and scale edits finds better networks under a limit than random edits.",
  data:
    "None: a hidden network of the space `rena`; the score is the likeness to it, layer by layer, times (limit / channels)² " +
    "where all channels together exceed its own by more than a quarter",
  baseline: "Uniform random edits in the same episodes, each from the best network so far",
  method:
    `${EPISODES} episodes of ${EDITS} edits from a network of two layers; every edit is scored. This tests the policy with an ` +
    "exact score in place of training.",
  rule: [{ kind: "wins", more: "policy", less: "random edits", share: 0.9 }],
  seeds: { full: 20, quick: 5 },
  units: "best likeness, %",
  axes: { x: "edits", y: "best score so far, %" },
  async measure(run) {
    const hidden = sample(space.schema, rngOf(run.seed, "hidden"));
    const score = (it: RenaGenotype) => scoreOf(it, hidden);
    const start = withTwoLayers(sample(space.schema, rngOf(run.seed, "start")), rngOf(run.seed, "layers"));
    const courses = {
      policy: await byPolicy(score, start, run),
      "random edits": byChance(score, start, run),
    };
    const values: Record<string, number> = {};
    const curves: Record<string, Curve> = {};
    for (const [name, course] of Object.entries(courses)) {
      values[name] = course.at(-1) ?? Number.NaN;
      curves[name] = MARKS.map((mark) => [mark, course[mark - 1] ?? Number.NaN] as const);
    }
    return { values, curves };
  },
});

type Score = (genotype: RenaGenotype) => number;

function withTwoLayers(genotype: RenaGenotype, rng: Rng): RenaGenotype {
  const spare = [sample(space.schema, rng), sample(space.schema, rng)].flatMap(({ layers }) => layers);
  return { ...genotype, layers: [...genotype.layers, ...spare].slice(0, 2) };
}

/** Equal decisions of the layers at equal places, of all that the longer one has, in percent; less beyond the limit. */
function scoreOf({ layers }: RenaGenotype, hidden: RenaGenotype): number {
  const places = Math.max(layers.length, hidden.layers.length);
  let equal = 0;
  for (let i = 0; i < places; i++) equal += likeness(layers[i], hidden.layers[i]);
  const limit = 1.25 * Math.max(4, channelsOf(hidden));
  const over = Math.min(1, limit / Math.max(1, channelsOf({ ...hidden, layers })));
  return ((100 * equal) / places) * over ** 2;
}

function likeness(a: object | undefined, b: object | undefined): number {
  if (a === undefined || b === undefined) return 0;
  const [mine, other] = [Object.entries(a), new Map(Object.entries(b))];
  return mine.filter(([name, value]) => other.get(name) === value).length / Math.max(mine.length, other.size);
}

function channelsOf({ layers }: RenaGenotype): number {
  return layers.reduce((sum, layer) => sum + ("channels" in layer ? layer.channels : 0), 0);
}

/** Best score after each edit. */
async function byPolicy(score: Score, start: RenaGenotype, run: Run): Promise<readonly number[]> {
  const { seed, runtime, signal } = run;
  await using searcher = rena.searcher({ edits: EDITS }, { seed, runtime });
  searcher.tell({ trial: 0, genotype: start, score: score(start), rung: 0 });
  const course: number[] = [];
  const known = new Set<string>();
  for (let trial = 1; trial <= EPISODES * EDITS; trial++) {
    signal.throwIfAborted();
    let genotype: unknown;
    for (let attempt = 0; attempt <= PATIENCE; attempt++) {
      ({ genotype } = await searcher.ask(space.schema, rngOf(seed, "ask", trial, attempt), trial, attempt));
      if (!known.has(canonicalJson(genotype))) break;
    }
    known.add(canonicalJson(genotype));
    const reached = score(genotype as RenaGenotype);
    course.push(Math.max(reached, course.at(-1) ?? 0));
    searcher.tell({ trial, genotype, score: reached, rung: 0 });
  }
  return course;
}

function byChance(score: Score, start: RenaGenotype, { seed, signal }: Run): readonly number[] {
  const rng = rngOf(seed, "random edits");
  const course: number[] = [];
  let best = { genotype: start, score: score(start) };
  for (let episode = 0; episode < EPISODES; episode++) {
    signal.throwIfAborted();
    let current = best.genotype;
    for (let edit = 0; edit < EDITS; edit++) {
      const moves = renaMoves(current, rng);
      const next = moves.length === 0 ? current : applyRena(current, rng.pick(moves));
      if (!isIssue(next)) current = next;
      const reached = score(current);
      if (reached > best.score) best = { genotype: current, score: reached };
      course.push(best.score);
    }
  }
  return course;
}
