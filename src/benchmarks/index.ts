import { unknownName } from "../base/index.js";
import { channelBenchmark } from "./channel.js";
import type { Benchmark } from "./define.js";
import { macroBenchmark } from "./macro.js";
import { nb201Benchmark } from "./nb201.js";

export { decodeTable, encodeTable } from "./columns-format.js";
export { tableFromCsv } from "./csv.js";
export * from "./define.js";
export { tableFromJson } from "./json.js";
export { type OpenTableOptions, openTable } from "./open.node.js";
export { type BenchmarkRun, type CurvePoint, type RunBudget, runBenchmark } from "./run.js";
export { type RungsBudget, rungsFor, runOnRungs } from "./run-rungs.js";
export * from "./summary.js";
export { columnOf, type Table, tableOf } from "./table.js";
export { channelBenchmark, macroBenchmark, nb201Benchmark };

/** Every benchmark by name. A new one is its file, its test and a line here. */
const BENCHMARKS: readonly Benchmark[] = [nb201Benchmark, channelBenchmark, macroBenchmark];

export function listBenchmarks(): readonly Benchmark[] {
  return BENCHMARKS;
}

/** The benchmark of a name; a usage error with the nearest name where there is none. */
export function benchmarkOf(name: string): Benchmark {
  return (
    BENCHMARKS.find((it) => it.name === name) ??
    unknownName(
      "benchmark",
      name,
      BENCHMARKS.map((it) => it.name),
    )
  );
}
