/**
 * Strategies on the table of NAS-Bench-201:
 * `npm run bench -- nb201 --table nasbench201.csv.gz [--strategy NAME]... [--runs N] [--queries N]`. What is named is run anew, other
 * results are kept. Writes `bench/results/nb201.json`, the page `docs/benchmarks.md` and its pictures.
 */
import { readFile, writeFile } from "node:fs/promises";
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
import { curvesSvg } from "./lib-curves.js";
import { benchmarksPage, type Nb201Row } from "./lib-nb201-page.js";

const { values } = parseArgs({
  options: {
    table: { type: "string" },
    strategy: { type: "string", multiple: true },
    runs: { type: "string" },
    queries: { type: "string" },
  },
});
if (values.table === undefined) {
  console.error("usage: npm run bench -- nb201 --table FILE [--strategy NAME]... [--runs N] [--queries N]");
  process.exit(2);
}
const QUERIES = 500;
/** Those whose questions take longest: networks looked up. */
const FEW: ReadonlyMap<string, number> = new Map([
  ["gp", 150],
  ["bananas", 150],
  ["joint-recipe", 150],
  ["asi-arch", 150],
  ["l2nas", 150],
]);
const MARKS = [10, 14, 20, 28, 40, 50, 70, 100, 140, 200, 300, 400, 500];
/** Strategies that have learned models: fewer runs, as each takes seconds. */
const DEAR: ReadonlySet<string> = new Set([
  "tpe",
  "bohb",
  "asi-arch",
  "gp",
  "bananas",
  "l2nas",
  "epnas",
  "joint-recipe",
  "reinforce",
]);
const queriesOf = (name: string) => Number(values.queries ?? FEW.get(name) ?? QUERIES);
const runsOf = (name: string) => Number(values.runs ?? (DEAR.has(name) ? 50 : 500));

const table = await openTable(values.table);
const rows = new Map((await before()).map((row) => [`${row.view} ${row.strategy}`, row]));
const candidates = listStrategies().filter(
  (it) => it.accepts(nb201Benchmark.schema) === undefined && it.needs.every((need) => need === "runtime"),
);
for (const strategy of candidates) {
  if (values.strategy !== undefined && !values.strategy.includes(strategy.name)) continue;
  for (const view of nb201Benchmark.views) {
    const lookup = bindTable(nb201Benchmark, table, view);
    const began = performance.now();
    const runs: BenchmarkRun[] = [];
    const queries = queriesOf(strategy.name);
    for (let seed = 0; seed < runsOf(strategy.name); seed++) {
      await using searcher = strategy.searcher({}, { seed, runtime: ortNode });
      runs.push(await runBenchmark(nb201Benchmark, lookup, searcher, seed, { queries }));
    }
    const summary = summarise(runs);
    rows.set(`${view.name} ${strategy.name}`, {
      view: view.name,
      strategy: strategy.name,
      options: strategy.options,
      runs: runs.length,
      queries,
      ...summary,
      curve: meanCurve(
        runs,
        MARKS.filter((mark) => mark <= queries),
      ),
      optimum: lookup.optimum.reportOfBest,
      seconds: (performance.now() - began) / 1000,
    });
    console.error(`${view.name} ${strategy.name}: ${summary.mean.toFixed(3)} ± ${summary.std.toFixed(3)}`);
  }
  await write();
}

async function write(): Promise<void> {
  const ordered = nb201Benchmark.views.flatMap((view) =>
    listStrategies().flatMap(({ name }) => rows.get(`${view.name} ${name}`) ?? []),
  );
  await record("nb201", { protocol: nb201Benchmark.protocol, rows: ordered });
  await writeFile("docs/benchmarks.md", benchmarksPage(nb201Benchmark.protocol, ordered));
  for (const { name } of nb201Benchmark.views) {
    const mine = ordered.filter(({ view }) => view === name);
    const svg = curvesSvg(
      mine.map(({ strategy, runs, curve }) => ({ name: strategy, runs, points: curve })),
      { title: `NAS-Bench-201, ${name}`, best: mine[0]?.optimum ?? Number.NaN },
    );
    await writeFile(`docs/images/nb201-${name}.svg`, svg);
  }
}

async function before(): Promise<readonly Nb201Row[]> {
  try {
    const text = await readFile("bench/results/nb201.json", "utf8");
    return (JSON.parse(text) as { readonly rows: readonly Nb201Row[] }).rows;
  } catch {
    return [];
  }
}
