/**
 * Series: windows of past values predict the next one. The split is by time, so that nothing later than
 * an example was seen in training; windows of validation and test may reach back into it, as in use.
 */
import { ExitCode, fail } from "../base/index.js";
import { type Cell, dateOf, isMissing, numberOf } from "./cells.js";
import type { DataOptions, InputSpec, NumericColumn } from "./dataset.js";
import type { Begin, Draft } from "./draft.js";
import { Moments } from "./moments.js";
import { HELD_OUT, type SplitIndices } from "./split.js";
import type { TableSource } from "./table.js";
import { targetColumn } from "./target.js";

export interface SeriesColumns {
  /** Column that tells several series in one table apart. */
  readonly group?: string;
  /** Column of dates or times; without it the order of the rows is time. */
  readonly time?: string;
}

interface Point {
  readonly group: number;
  /** Position in `values` of the value to be predicted; the window lies before it. */
  readonly at: number;
  readonly time: number;
}

export const DEFAULT_LAGS = 12;

/**
 * Errors: `missing_target`, `target_not_numeric`, `bad_lags`, `too_few_examples`.
 * One input: `numeric`, float32 `[lags]`, oldest first.
 */
export async function buildSeries(
  source: TableSource,
  options: DataOptions,
  columns: SeriesColumns,
  begin: Begin,
): Promise<Draft> {
  const lags = options.lags ?? DEFAULT_LAGS;
  if (!Number.isInteger(lags) || lags < 1 || lags > 100_000) {
    fail(
      "bad_lags",
      { expected: "a whole number from 1", received: String(lags) },
      { exitCode: ExitCode.usage },
    );
  }
  const target = targetColumn(source.columns, options.target, source.path);
  const name = source.columns[target] ?? "";
  const groups = await readGroups(source, target, columns, options.signal);
  const { points, skipped } = windows(groups, lags);
  const split = chronologicalSplit(points, source.path);

  const values = Float32Array.from(points, ({ group, at }) => groups[group]?.values[at] ?? Number.NaN);
  const moments = new Moments();
  const lagMoments = Array.from({ length: lags }, () => new Moments());
  for (const i of split.train) {
    const point = points[i];
    if (!point) continue;
    moments.add(values[i] ?? 0);
    const series = groups[point.group]?.values ?? [];
    lagMoments.forEach((m, k) => {
      m.add(series[point.at - lags + k] ?? 0);
    });
  }
  const inputs: InputSpec[] = [{ name: "numeric", dtype: "float32", shape: [lags] }];
  const sink = await begin(inputs, points.length);
  for (let first = 0; first < points.length; first += 4096) {
    const some = points.slice(first, first + 4096);
    const records = new Float32Array(some.length * lags);
    some.forEach(({ group, at }, i) => {
      for (let k = 0; k < lags; k++) records[i * lags + k] = groups[group]?.values[at - lags + k] ?? 0;
    });
    await sink.write(new Uint8Array(records.buffer));
  }
  const numeric: NumericColumn[] = lagMoments.map((m, k) => ({
    name: `${name} t-${lags - k}`,
    mean: m.mean,
    std: m.std,
    missing: 0,
  }));
  return {
    task: { kind: "regression", target: name, mean: moments.mean, std: moments.std },
    inputs,
    preprocessing: { kind: "table", numeric, categorical: [] },
    targets: values,
    split,
    notes: [
      ...(source.notes ?? []),
      `${lags} past values of "${name}" predict the next; split by time`,
      ...(skipped > 0 ? [`${skipped} windows with a missing value left out`] : []),
    ],
  };
}

interface Series {
  readonly values: number[];
  readonly times: number[];
}

async function readGroups(
  source: TableSource,
  target: number,
  { group, time }: SeriesColumns,
  signal: AbortSignal | undefined,
): Promise<Series[]> {
  const position = (name: string | undefined) => (name === undefined ? -1 : source.columns.indexOf(name));
  const groupColumn = position(group);
  const timeColumn = position(time);
  const groups = new Map<string, Series>();
  let row = 0;
  for await (const chunk of source.chunks(signal)) {
    for (const cells of chunk) {
      row++;
      const key = groupColumn < 0 ? "" : String(cells[groupColumn]);
      const series = groups.get(key) ?? { values: [], times: [] };
      groups.set(key, series);
      series.values.push(pointValue(cells[target], source, target, row));
      series.times.push(
        timeColumn < 0 ? row : (dateOf(cells[timeColumn]) ?? numberOf(cells[timeColumn]) ?? row),
      );
    }
  }
  return [...groups.values()];
}

function pointValue(cell: Cell, source: TableSource, target: number, row: number): number {
  if (isMissing(cell)) return Number.NaN;
  const value = numberOf(cell);
  if (value !== undefined) return Number.isFinite(Math.fround(value)) ? value : Number.NaN;
  return fail("target_not_numeric", {
    path: `${source.path} column "${source.columns[target]}" row ${row}`,
    expected: "numbers, for a series",
    received: `"${String(cell).slice(0, 40)}"`,
    hint: "choose another --target",
  });
}

/** All windows without a gap, in order of time. */
function windows(groups: readonly Series[], lags: number): { points: Point[]; skipped: number } {
  const points: Point[] = [];
  let skipped = 0;
  groups.forEach(({ values, times }, group) => {
    let unbroken = 0;
    values.forEach((value, at) => {
      unbroken = Number.isNaN(value) ? 0 : unbroken + 1;
      if (at < lags) return;
      if (unbroken > lags) points.push({ group, at, time: times[at] ?? at });
      else skipped++;
    });
  });
  points.sort((a, b) => a.time - b.time || a.group - b.group || a.at - b.at);
  return { points, skipped };
}

/** The last tenth is for test, the tenth before for validation; equal times stay together. */
function chronologicalSplit(points: readonly Point[], path: string): SplitIndices {
  const n = points.length;
  const back = (from: number) => {
    let i = from;
    while (i > 0 && i < n && points[i - 1]?.time === points[i]?.time) i--;
    return i;
  };
  const testAt = back(Math.min(n - 1, Math.round(n * (1 - HELD_OUT))));
  const validationAt = back(Math.min(testAt - 1, Math.round(n * (1 - 2 * HELD_OUT))));
  if (n < 3 || validationAt < 1 || testAt <= validationAt) {
    fail("too_few_examples", {
      path,
      expected: "windows at three different times at least",
      received: `${n} windows`,
      hint: "use fewer lags, or a longer series",
    });
  }
  const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  return { train: range(0, validationAt), validation: range(validationAt, testAt), test: range(testAt, n) };
}
