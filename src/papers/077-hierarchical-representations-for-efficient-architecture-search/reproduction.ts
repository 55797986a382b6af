import { rngOf } from "../../base/index.js";
import { sample } from "../../schema/index.js";
import { type HierarchicalGenotype, hierarchical } from "../../spaces/index.js";
import { random, type StrategyDefinition, tournament } from "../../strategies/index.js";
import { type Curve, defineReproduction } from "../reproduction.js";

const EVALUATIONS = 400;
const MARKS = [50, 100, 150, 200, 300, 400] as const;

/** Edges of the cell with each motif written out in its place: 10 edges of 6, each a primitive or nothing. */
function inlined(genotype: HierarchicalGenotype): readonly string[] {
  const motifs = new Map<string, object>(Object.entries(genotype));
  return Object.values(genotype.cell).flatMap((name) => {
    const edges = motifs.get(name);
    return edges === undefined ? Array.from({ length: 6 }, () => "none") : Object.values(edges).map(String);
  });
}

function likeness(a: readonly string[], b: readonly string[]): number {
  return (100 * a.filter((edge, i) => edge === b[i]).length) / a.length;
}

/** Evolution against random search where the truth is known: find a hidden cell by its likeness alone. */
export const reproduction = defineReproduction({
  paper: 77,
  claim:
    "Tournament evolution by single mutations finds better cells of the hierarchical space than random search.",
  data: "None: a hidden genotype; its likeness, the share of equal edges with all motifs written out, is the score",
  baseline: "Random search with as many evaluations",
  method:
    `${EVALUATIONS} evaluations each; tournaments of 5 % of all that were tried. This tests the strategy on the space, ` +
    "with an exact score in place of training; the paper's own figures come from trained networks.",
  rule: [{ kind: "wins", more: "evolution", less: "random", share: 0.9 }],
  seeds: { full: 20, quick: 5 },
  units: "edges in common with the hidden cell, %",
  axes: { x: "evaluations", y: "best likeness so far, %" },
  async measure({ seed, signal }) {
    const hidden = inlined(sample(hierarchical.schema, rngOf(seed, "hidden")));
    const values: Record<string, number> = {};
    const curves: Record<string, Curve> = {};
    for (const [name, strategy] of [
      ["evolution", tournament],
      ["random", random],
    ] as const) {
      const course = await searchHidden(strategy, hidden, seed, signal);
      values[name] = course.at(-1) ?? Number.NaN;
      curves[name] = MARKS.map((mark) => [mark, course[mark - 1] ?? Number.NaN] as const);
    }
    return { values, curves };
  },
});

/** Best likeness after each evaluation. */
async function searchHidden(
  strategy: StrategyDefinition,
  hidden: readonly string[],
  seed: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  await using searcher = strategy.searcher({}, { seed });
  const course: number[] = [];
  for (let trial = 0; trial < EVALUATIONS; trial++) {
    signal.throwIfAborted();
    const { genotype } = await searcher.ask(hierarchical.schema, rngOf(seed, "ask", trial), trial);
    const score = likeness(inlined(genotype as HierarchicalGenotype), hidden);
    course.push(Math.max(score, course.at(-1) ?? 0));
    searcher.tell({ trial, genotype, score, rung: 0 });
  }
  return course;
}
