/**
 * Strategies on the table of NAS-Bench-201: `npm run bench -- nb201 --table nasbench201.csv.gz [runs]`. Writes
 * `bench/results/nb201.json` and the page `docs/benchmarks.md`.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import {
  type BenchmarkRun,
  bindTable,
  meanCurve,
  nb201Benchmark,
  openTable,
  runBenchmark,
  summarise,
} from "../src/benchmarks/index.js";
import { ortNode } from "../src/runtime/index.js";
import { listStrategies } from "../src/strategies/index.js";
import { record } from "./lib.js";
import { benchmarksPage, type Nb201Row } from "./lib-nb201-page.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { table: { type: "string" }, strategy: { type: "string", multiple: true } },
});
if (values.table === undefined) {
  console.error("usage: npm run bench -- nb201 --table FILE [--strategy NAME]... [runs]");
  process.exit(2);
}
const count = Number(positionals[0] ?? 500);
const QUERIES = 500;
const MARKS = [10, 20, 50, 100, 150, 200, 300, 500];

const table = await openTable(values.table);
const rows: Nb201Row[] = [];
for (const view of nb201Benchmark.views) {
  const lookup = bindTable(nb201Benchmark, table, view);
  for (const strategy of listStrategies()) {
    if (values.strategy !== undefined && !values.strategy.includes(strategy.name)) continue;
    if (strategy.accepts(nb201Benchmark.schema) !== undefined) continue;
    const began = performance.now();
    const runs: BenchmarkRun[] = [];
    for (let seed = 0; seed < count; seed++) {
      await using searcher = strategy.searcher({}, { seed, runtime: ortNode });
      runs.push(await runBenchmark(nb201Benchmark, lookup, searcher, seed, { queries: QUERIES }));
    }
    const summary = summarise(runs);
    rows.push({
      view: view.name,
      strategy: strategy.name,
      options: strategy.options,
      runs: count,
      queries: QUERIES,
      ...summary,
      curve: meanCurve(runs, MARKS),
      optimum: lookup.optimum.reportOfBest,
      seconds: (performance.now() - began) / 1000,
    });
    console.error(`${view.name} ${strategy.name}: ${summary.mean.toFixed(3)} ± ${summary.std.toFixed(3)}`);
  }
}
await record("nb201", { protocol: nb201Benchmark.protocol, rows });
await writeFile("docs/benchmarks.md", benchmarksPage(nb201Benchmark.protocol, rows));
