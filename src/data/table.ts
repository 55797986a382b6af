/**
 * Tables, whatever file they come from. A source is read three times and never held: once for types and
 * targets, once for statistics of the training rows, once to write records. (The split needs all targets,
 * and the statistics need the split.)
 */
import { ExitCode, fail, unknownName } from "../base/index.js";
import { type Cell, isMissing } from "./cells.js";
import type { DataOptions, InputSpec, Preprocessing, Task } from "./dataset.js";
import type { Begin, Draft } from "./draft.js";
import { chooseFeatures, type Feature, FeatureStatistics, numericValue } from "./features.js";
import { Moments } from "./moments.js";
import { ColumnProfile, identityOf } from "./profile.js";
import { type SplitIndices, shuffledSplit, stratifiedSplit } from "./split.js";
import { type Labels, TargetReader, targetColumn } from "./target.js";

/** Rows of cells that can be read again and again, in pieces. */
export interface TableSource {
  /** For errors: the file, or the package's table. */
  readonly path: string;
  readonly columns: readonly string[];
  /** Rows in order; each has as many cells as there are columns. */
  chunks(signal?: AbortSignal): AsyncIterable<readonly (readonly Cell[])[]>;
  readonly notes?: readonly string[];
}

/**
 * Writes a table's records: `numeric` (float32, NaN where missing) and `categorical` (int64 codes).
 * Errors: `missing_target`, `unknown_column`, `no_features`, those of the target, `file_changed`.
 */
export async function buildTable(source: TableSource, options: DataOptions, begin: Begin): Promise<Draft> {
  const { signal, seed = 0 } = options;
  const target = targetColumn(source.columns, options.target, source.path);
  const reader = new TargetReader(source.columns[target] ?? "", source.path);
  const profiles = profilesOf(source, target, options);
  for await (const rows of source.chunks(signal)) {
    for (const row of rows) {
      reader.observe(row[target]);
      for (const [column, profile] of profiles) profile.observe(row[column]);
    }
  }
  const { labels, kept, notes } = reader.resolve(options);
  const count = labels.kind === "classification" ? labels.labels.length : labels.values.length;
  const split =
    labels.kind === "classification"
      ? stratifiedSplit(labels.labels, labels.classes.length, seed, source.path)
      : shuffledSplit(count, seed, source.path);
  const chosen = chooseFeatures(profiles);
  if (chosen.features.length === 0) {
    fail("no_features", {
      path: source.path,
      expected: "at least one column beside the target that can be learnt from",
      received: chosen.notes.join("; ") || "none",
    });
  }

  const training = new Uint8Array(count);
  for (const i of split.train) training[i] = 1;
  const statistics = new FeatureStatistics(chosen.features);
  for await (const { rows, first } of keptRows(source, kept, signal)) {
    rows.forEach((row, i) => {
      if (training[first + i] === 1) statistics.add(row);
    });
  }
  const encoder = new RowEncoder(chosen.features, statistics);
  const sink = await begin(encoder.inputs, count);
  for await (const { rows } of keptRows(source, kept, signal)) await sink.write(encoder.encode(rows));

  return {
    task: taskOf(labels, reader.name, split),
    inputs: encoder.inputs,
    preprocessing: encoder.preprocessing,
    targets: labels.kind === "classification" ? labels.labels : labels.values,
    split,
    notes: [...(source.notes ?? []), ...notes, ...chosen.notes, ...encoder.notes],
  };
}

/** Task with the target's statistics on the training split. */
export function taskOf(labels: Labels, target: string, split: SplitIndices): Task {
  if (labels.kind === "classification") return { kind: "classification", classes: labels.classes };
  const moments = new Moments();
  for (const i of split.train) moments.add(labels.values[i] ?? 0);
  return { kind: "regression", target, mean: moments.mean, std: moments.std };
}

function profilesOf(source: TableSource, target: number, options: DataOptions): Map<number, ColumnProfile> {
  const dropped = new Set(options.drop ?? []);
  for (const name of dropped) {
    if (!source.columns.includes(name)) unknownName("column", name, source.columns);
  }
  const target_ = source.columns[target] ?? "";
  if (dropped.has(target_)) {
    fail("target_dropped", { path: target_, hint: "drop another column" }, { exitCode: ExitCode.usage });
  }
  const profiles = new Map<number, ColumnProfile>();
  source.columns.forEach((name, i) => {
    if (i !== target && !dropped.has(name)) profiles.set(i, new ColumnProfile(name));
  });
  return profiles;
}

/** The rows that have a target; `first` is the number of such rows before. */
async function* keptRows(source: TableSource, kept: Uint8Array, signal: AbortSignal | undefined) {
  let row = 0;
  let first = 0;
  for await (const chunk of source.chunks(signal)) {
    const rows = chunk.filter((_, i) => kept[row + i] === 1);
    row += chunk.length;
    if (row > kept.length) break;
    yield { rows, first };
    first += rows.length;
  }
  if (row !== kept.length) {
    fail("file_changed", {
      path: source.path,
      expected: `${kept.length} rows, as in the first reading`,
      received: row > kept.length ? "more" : String(row),
      hint: "run it again when nothing writes to the file",
    });
  }
}

/** Rows to records, by statistics of the training rows. */
class RowEncoder {
  readonly inputs: readonly InputSpec[];
  readonly preprocessing: Preprocessing;
  readonly notes: string[] = [];
  private readonly numeric: readonly Feature[];
  private readonly categorical: readonly { column: number; codes: ReadonlyMap<string, number> }[];

  constructor(features: readonly Feature[], statistics: FeatureStatistics) {
    this.numeric = features.filter(({ kind }) => kind !== "text");
    const words = features
      .filter(({ kind }) => kind === "text")
      .map((feature) => ({ feature, column: statistics.categorical(feature) }));
    for (const { column } of words) {
      if (column.left > 0) {
        this.notes.push(`column "${column.name}": ${column.left} rare categories read as unknown`);
      }
    }
    this.categorical = words.map(({ feature, column }) => ({
      column: feature.column,
      codes: new Map(column.categories.map((text, i) => [text, i + 1])),
    }));
    this.preprocessing = {
      kind: "table",
      numeric: this.numeric.map((feature) => statistics.numeric(feature)),
      categorical: words.map(({ column: { name, categories } }) => ({ name, categories })),
    };
    this.inputs = [
      ...(this.numeric.length > 0
        ? [{ name: "numeric", dtype: "float32" as const, shape: [this.numeric.length] }]
        : []),
      ...(words.length > 0 ? [{ name: "categorical", dtype: "int64" as const, shape: [words.length] }] : []),
    ];
  }

  encode(rows: readonly (readonly Cell[])[]): Uint8Array {
    const recordBytes = this.numeric.length * 4 + this.categorical.length * 8;
    const bytes = new Uint8Array(rows.length * recordBytes);
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const row of rows) {
      for (const { column, kind } of this.numeric) {
        view.setFloat32(at, numericValue(row[column], kind), true);
        at += 4;
      }
      for (const { column, codes } of this.categorical) {
        const cell = row[column];
        // Codes are small, so the upper half of the int64 stays 0.
        view.setInt32(at, isMissing(cell) ? 0 : (codes.get(identityOf(cell)) ?? 0), true);
        at += 8;
      }
    }
    return bytes;
  }
}
