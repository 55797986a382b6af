import { bindTable, nb201Benchmark, openTable, runBenchmark } from "../../benchmarks/index.js";
import { localSearch, random, regularizedEvolution } from "../../strategies/index.js";
import { type Curve, defineReproduction } from "../reproduction.js";

const QUERIES = 200;
const MARKS = [10, 25, 50, 75, 100, 150, 200] as const;
const STRATEGIES = {
  random: { definition: random, options: {} },
  "local search": { definition: localSearch, options: {} },
  evolution: { definition: regularizedEvolution, options: { population: 30, tournament: 10 } },
} as const;

/** The survey's advice, put to the test on a table: at equal budget, do simple strategies beat random search? */
export const reproduction = defineReproduction({
  paper: 17,
  claim: "Local search and aging evolution are better than random search at an equal budget in one space.",
  data: "All 15,625 cells of NAS-Bench-201, CIFAR-10: nasbench201.csv.gz",
  baseline: "Random search with the same number of different networks looked up",
  method:
    `Each strategy looks up ${QUERIES} different cells, led by validation accuracy; the test accuracy of the best one on ` +
    "validation is reported. A repeated proposal costs nothing to any of them. Evolution: 30 alive, 10 compared.",
  rule: [
    { kind: "above", more: "local search", less: "random", by: 0.2 },
    { kind: "above", more: "evolution", less: "random", by: 0.2 },
  ],
  seeds: { full: 50, quick: 8 },
  units: "test accuracy, %",
  axes: { x: "networks looked up", y: "test accuracy of the best so far, %" },
  async measure({ seed, file, cacheDir, signal, runtime }) {
    const path = file("nasbench201.csv.gz", "docs/benchmarks.md says where the table comes from");
    const lookup = bindTable(nb201Benchmark, await openTable(path, { cacheDir }), nb201Benchmark.views[0]);
    const values: Record<string, number> = {};
    const curves: Record<string, Curve> = {};
    for (const [name, { definition, options }] of Object.entries(STRATEGIES)) {
      await using searcher = definition.searcher(options, { seed, runtime });
      const run = await runBenchmark(nb201Benchmark, lookup, searcher, seed, { queries: QUERIES }, signal);
      values[name] = run.reportOfBest;
      curves[name] = MARKS.map((mark) => {
        const reached = run.curve.filter((point) => point.queries <= mark).at(-1);
        return [mark, reached?.reportOfBest ?? run.reportOfBest] as const;
      });
    }
    return { values, curves };
  },
});
