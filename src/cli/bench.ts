/** `morph bench`: a strategy on a table of networks that were all trained before. */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { ExitCode, fail, MorphError, unknownName } from "../base/index.js";
import type { Benchmark, BenchmarkRun, Lookup, RungsBudget, View } from "../benchmarks/index.js";
import type { Exchange, Language } from "../language/index.js";
import type { RungPolicyName, StrategyDefinition, StrategyOptions } from "../strategies/index.js";
import { type Cli, type CommandSpec, note, numberOf, type Options, textOf, writeJson } from "./command.js";
import { accessOf, LANGUAGE_OPTIONS } from "./language-options.js";
import { parsePolicy, parseRungs } from "./search-options.js";
import { parseStrategyOptions, STRATEGY_OPTION } from "./strategy-options.js";
import { facts, table } from "./table.js";
import { formatDuration, parseCount, parseNumber, parseWhole } from "./units.js";

const DEFAULT_QUERIES = 300;
const DEFAULT_RUNS = 10;
/** Of the networks on a rung one in so many goes on. */
const ETA = 3;

export const bench: CommandSpec = {
  name: "bench",
  summary: "a strategy on a table of networks that were all trained before",
  about:
    "Plays searches on a benchmark's table: each network is looked up instead of trained. A network that was looked " +
    "up before costs nothing. What is searched on and what is reported is printed with the result.",
  examples: [
    ["morph bench", "the benchmarks and the columns that their tables have"],
    [
      "morph bench nb201 --table nasbench201.csv.gz --strategy random --trials 300 --runs 50",
      "random search",
    ],
    [
      "morph bench nb201 --table nasbench201.csv.gz --view cifar100 --option population=20",
      "another data set",
    ],
    [
      "morph bench channel --table Results_ResNet.json --runs 20 --json",
      "the table of another benchmark, as JSON",
    ],
  ],
  arguments: [{ name: "[benchmark]", description: "its name" }],
  options: [
    { flags: "--table <file>", description: "the measured networks: CSV or JSON, gzip-compressed or not" },
    { flags: "--view <name>", description: "data set of the benchmark (default: the first)" },
    { flags: "-s, --strategy <name>", description: "how it searches (default: regularized-evolution)" },
    STRATEGY_OPTION,
    {
      flags: "-n, --trials <n>",
      description: `different networks a run may look up (default: ${DEFAULT_QUERIES})`,
      parse: parseCount,
    },
    {
      flags: "--seconds <n>",
      description: "simulated seconds of training a run may spend; for tables that have them",
      parse: parseNumber,
    },
    {
      flags: "--rungs <policy>",
      description:
        "train networks in steps, for tables with the results of several: asha, halving, hyperband or correlation; trials then count " +
        "full trainings (default: the strategy's own, if it has one and the table has the columns)",
      parse: parsePolicy,
    },
    {
      flags: "--epochs <list>",
      description: "epochs of the rungs, such as 12,200 (default: all that the table has)",
      parse: parseRungs,
    },
    {
      flags: "-r, --runs <n>",
      description: `runs, each with a seed of its own (default: ${DEFAULT_RUNS})`,
      parse: parseCount,
    },
    { flags: "--seed <n>", description: "of the first run (default: 0)", parse: parseWhole },
    {
      flags: "--dir <folder>",
      description: "where a copy of the table is kept that loads fast (default: .morph)",
    },
    ...LANGUAGE_OPTIONS,
    {
      flags: "--record <file>",
      description: "write what was asked and answered there, to be read by --transcript",
      group: LANGUAGE_OPTIONS[0]?.group,
    },
  ],
  async run([name], options, cli) {
    const { bindTable, benchmarkOf, listBenchmarks, openTable, rungsFor } = await import(
      "../benchmarks/index.js"
    );
    if (name === undefined) {
      listAll(cli, listBenchmarks());
      return ExitCode.ok;
    }
    const benchmark = benchmarkOf(name);
    const { strategyOf } = await import("../strategies/index.js");
    const strategy = strategyOf(textOf(options, "strategy") ?? "regularized-evolution");
    const settings = parseStrategyOptions(textOf(options, "option"));
    const view = viewOf(benchmark, textOf(options, "view"));
    const path = textOf(options, "table") ?? missingTable(benchmark);
    const held = await openTable(path, { cacheDir: join(textOf(options, "dir") ?? ".morph", "cache") });
    const lookup = bindTable(benchmark, held, view);
    const seconds = numberOf(options, "seconds");
    if (seconds !== undefined && lookup.seconds === undefined) {
      fail(
        "table_seconds",
        { path, expected: "a column of training times", received: "none", hint: "leave --seconds out" },
        { exitCode: ExitCode.usage },
      );
    }
    const policy = (textOf(options, "rungs") as RungPolicyName | undefined) ?? strategy.rungs;
    const climbs = textOf(options, "rungs") !== undefined || lookup.fidelities.length > 1;
    const epochs = textOf(options, "epochs")?.split(",").map(Number);
    const rungs =
      policy === undefined || !climbs
        ? undefined
        : { policy, eta: ETA, epochs: rungsFor(lookup, epochs).map((it) => it.epochs) };
    if (rungs === undefined && epochs !== undefined) {
      const hint = "say which policy with --rungs";
      fail(
        "bench_epochs",
        { path: "--epochs", expected: "rungs", received: "none", hint },
        { exitCode: ExitCode.usage },
      );
    }
    await play({ benchmark, lookup, strategy, settings, seconds, rungs, options, cli });
    return ExitCode.ok;
  },
};

interface Play {
  readonly benchmark: Benchmark;
  readonly lookup: Lookup;
  readonly strategy: StrategyDefinition;
  readonly settings: StrategyOptions;
  readonly seconds: number | undefined;
  readonly rungs: Pick<RungsBudget, "policy" | "eta" | "epochs"> | undefined;
  readonly options: Options;
  readonly cli: Cli;
}

async function play({
  benchmark,
  lookup,
  strategy,
  settings,
  seconds,
  rungs,
  options,
  cli,
}: Play): Promise<void> {
  const { runBenchmark, runOnRungs, summarise } = await import("../benchmarks/index.js");
  const { ortNode } = await import("../runtime/index.js");
  const misfit = strategy.accepts(benchmark.schema);
  if (misfit !== undefined) {
    fail("strategy_space", { path: strategy.name, expected: misfit }, { exitCode: ExitCode.usage });
  }
  const queries = numberOf(options, "trials") ?? DEFAULT_QUERIES;
  const count = numberOf(options, "runs") ?? DEFAULT_RUNS;
  const first = numberOf(options, "seed") ?? 0;
  const language = await spokenTo(options, cli);
  const setting = {
    task: `Find the network of the benchmark ${benchmark.name} with the highest figure (${lookup.view.name}).`,
    space: benchmark.description,
    wiring: benchmark.wiring,
    measure: "validation accuracy in %",
    scale: 1,
    limits: [],
  };
  let notice: string | undefined;
  const began = performance.now();
  const runs: BenchmarkRun[] = [];
  for (let seed = first; seed < first + count; seed++) {
    await using searcher = strategy.searcher(settings, { seed, runtime: ortNode, language, setting });
    if (notice === undefined && searcher.notice !== undefined) note(cli, searcher.notice);
    notice = searcher.notice;
    const budget = { queries, seconds };
    let run: BenchmarkRun;
    try {
      run =
        rungs === undefined
          ? await runBenchmark(benchmark, lookup, searcher, seed, budget, cli.signal)
          : await runOnRungs(benchmark, lookup, searcher, seed, { ...budget, ...rungs }, cli.signal);
    } catch (error) {
      // The ceilings of a language model are for all runs: what was played before counts.
      if (!(error instanceof MorphError && error.code === "language_budget") || runs.length === 0)
        throw error;
      note(cli, error.message);
      break;
    }
    runs.push(run);
    note(cli, `seed ${seed}: ${run.reportOfBest.toFixed(2)} after ${run.queries} networks`);
  }
  const summary = summarise(runs);
  const took = (performance.now() - began) / 1000;
  if (cli.json) {
    writeJson(cli, {
      schema: "morph.bench/1",
      benchmark: benchmark.name,
      view: lookup.view.name,
      strategy: strategy.name,
      options: { ...strategy.options, ...settings },
      protocol: benchmark.protocol,
      ...(rungs !== undefined && { rungs }),
      budget: { queries, ...(seconds !== undefined && { seconds }) },
      ...(notice !== undefined && { notice }),
      ...(language !== undefined && { language: { model: language.model, ...language.spent } }),
      optimum: {
        val: lookup.optimum.search,
        testOfBestVal: lookup.optimum.reportOfBest,
        test: lookup.optimum.report,
      },
      runs: runs.map((run) => ({
        seed: run.seed,
        bestVal: run.bestSearch,
        testOfBest: run.reportOfBest,
        queries: run.queries,
        ...(rungs !== undefined && { trainings: run.trainings }),
        asks: run.asks,
        ...(run.seconds !== undefined && { seconds: run.seconds }),
        queriesToOptimum: run.queriesToOptimum ?? null,
        curve: run.curve.map((it) => ({
          queries: it.queries,
          bestVal: it.bestSearch,
          testOfBest: it.reportOfBest,
        })),
      })),
      mean: summary.mean,
      std: summary.std,
      medianQueriesToOptimum: summary.medianQueriesToOptimum,
      foundShare: summary.found,
      seconds: took,
    });
    return;
  }
  cli.stdout.write(
    facts(
      [
        ["benchmark", `${benchmark.name}, ${lookup.view.name}`],
        ["strategy", strategy.name],
        ["protocol", benchmark.protocol],
        ...(rungs === undefined ? [] : [["rungs", rungsText(rungs)] as const]),
        [
          "reported",
          `${summary.mean.toFixed(2)} ± ${summary.std.toFixed(2)} over ${runs.length} runs of ${queries} networks`,
        ],
        [
          "searched on",
          `${summary.meanSearch.toFixed(2)} (the table's best: ${lookup.optimum.search.toFixed(2)})`,
        ],
        [
          "best of the table",
          `${lookup.optimum.report.toFixed(2)}, and ${lookup.optimum.reportOfBest.toFixed(2)} for the best on what is searched`,
        ],
        [
          "best found",
          `in ${Math.round(100 * summary.found)} % of the runs` +
            (summary.medianQueriesToOptimum === null
              ? ""
              : `, after ${summary.medianQueriesToOptimum} networks in the median`),
        ],
        ["time", formatDuration(1000 * took)],
      ],
      cli.paint.out,
    ),
  );
}

/** What a search on rungs counts and reports, in a sentence. */
function rungsText({ policy, eta, epochs = [] }: Pick<RungsBudget, "policy" | "eta" | "epochs">): string {
  return (
    `${policy}, one in ${eta} goes on after ${epochs.slice(0, -1).join(", ")} epochs, of ${epochs.at(-1)}; networks are ` +
    "counted in full trainings; the best is that on the highest rung reached"
  );
}

/** The language model of all runs together: its ceilings are for all. */
async function spokenTo(options: Options, cli: Cli): Promise<Language | undefined> {
  const access = await accessOf(options, cli);
  if (access === undefined) return undefined;
  const { languageOf } = await import("../study/index.js");
  const { memoryTranscript, toLine } = await import("../language/index.js");
  const file = textOf(options, "record");
  const onAdd = file === undefined ? undefined : (it: Exchange) => appendFile(file, toLine(it));
  return languageOf(access, memoryTranscript([], onAdd));
}

function viewOf(benchmark: Benchmark, name: string | undefined): View {
  if (name === undefined) return benchmark.views[0];
  return (
    benchmark.views.find((it) => it.name === name) ??
    unknownName(
      "view",
      name,
      benchmark.views.map((it) => it.name),
    )
  );
}

function missingTable(benchmark: Benchmark): never {
  return fail(
    "table_missing",
    {
      path: "--table",
      expected: `the file with the ${benchmark.size} measured networks of ${benchmark.name}`,
      received: "none",
      hint: "docs/benchmarks.md says where each table comes from",
    },
    { exitCode: ExitCode.usage },
  );
}

function listAll(cli: Cli, benchmarks: readonly Benchmark[]): void {
  const rows = benchmarks.map(({ name, description, source, size, views, protocol }) => ({
    name,
    description,
    source,
    size,
    views: views.map((view) => ({ name: view.name, search: view.search, report: view.report })),
    protocol,
  }));
  if (cli.json) writeJson(cli, { schema: "morph.benchmarks/1", benchmarks: rows });
  else
    cli.stdout.write(
      table(
        [{ title: "name" }, { title: "views" }, { title: "what" }],
        rows.map((row) => [row.name, row.views.map((view) => view.name).join(", "), row.description]),
        cli.paint.out,
      ),
    );
}
