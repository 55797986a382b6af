/** What a table's target column means: classes or a number, and which rows have one. */
import { didYouMean, ExitCode, fail } from "../base/index.js";
import { type Cell, dateOf, isMissing, numberOf } from "./cells.js";
import type { DataOptions } from "./dataset.js";
import { GrowableFloat64, GrowableInt32 } from "./growable.js";
import { ColumnProfile, identityOf } from "./profile.js";

/** Integers with at most this many different values are taken for classes. */
export const FEW_VALUES = 20;
const MOST_CLASSES = 1000;
const LISTED_COLUMNS = 40;

/** Position of the column to predict. Errors: `missing_target`. */
export function targetColumn(columns: readonly string[], target: string | undefined, path: string): number {
  const index = target === undefined ? -1 : columns.indexOf(target);
  if (index >= 0) return index;
  const listed = columns.slice(0, LISTED_COLUMNS).join(", ");
  const rest = columns.length > LISTED_COLUMNS ? `, and ${columns.length - LISTED_COLUMNS} more` : "";
  const near = target === undefined ? undefined : didYouMean(target, columns);
  return fail(
    "missing_target",
    {
      path,
      expected: `a target among the columns ${listed}${rest}`,
      received: target === undefined ? "none" : `"${target}"`,
      hint: near ? `did you mean --target "${near}"?` : "name the column to predict with --target",
    },
    { exitCode: ExitCode.usage },
  );
}

/** The target of every row that has one. */
export type Labels =
  | {
      readonly kind: "classification";
      readonly classes: readonly string[];
      readonly labels: Int32Array<ArrayBuffer>;
    }
  | { readonly kind: "regression"; readonly values: Float32Array<ArrayBuffer> };

export interface ResolvedTarget {
  readonly labels: Labels;
  /** For each row of the source: 1 where it is kept. */
  readonly kept: Uint8Array;
  readonly notes: readonly string[];
}

/** Collects a target column in one pass. */
export class TargetReader {
  readonly profile: ColumnProfile;
  private readonly codes = new GrowableInt32();
  private readonly numbers = new GrowableFloat64();
  private readonly names = new Map<string, number>();

  constructor(
    readonly name: string,
    private readonly path: string,
  ) {
    this.profile = new ColumnProfile(name);
  }

  observe(cell: Cell): void {
    this.profile.observe(cell);
    if (isMissing(cell)) {
      this.codes.push(-1);
      this.numbers.push(Number.NaN);
      return;
    }
    this.numbers.push(numberOf(cell) ?? dateOf(cell) ?? Number.NaN);
    const identity = identityOf(cell);
    let code = this.names.get(identity);
    // One class too many is an error anyway, so no more need be told apart.
    if (code === undefined && this.names.size <= MOST_CLASSES) {
      code = this.names.size;
      this.names.set(identity, code);
    }
    this.codes.push(code ?? MOST_CLASSES);
  }

  /**
   * Errors: `target_empty`, `target_not_numeric`, `constant_target`, `one_class`, `too_many_classes`.
   */
  resolve(options: DataOptions): ResolvedTarget {
    const { kind } = this.profile;
    const where = `${this.path} column "${this.name}"`;
    if (this.profile.rows === 0) fail("empty_table", { path: this.path, expected: "rows below the header" });
    if (kind === "empty") {
      fail("target_empty", { path: where, expected: "values", hint: "choose another --target" });
    }
    const few = this.profile.allIntegers && this.names.size <= FEW_VALUES;
    const guess = kind === "text" || kind === "boolean" || (kind === "numeric" && few);
    const task = options.task ?? (guess ? "classification" : "regression");
    if (task === "regression" && (kind === "text" || kind === "boolean")) {
      fail("target_not_numeric", {
        path: where,
        expected: "numbers, for a regression",
        received: kind === "text" ? `words such as "${[...this.names.keys()][0] ?? ""}"` : "true and false",
        hint: "use --task classification, or choose another --target",
      });
    }
    return task === "regression" ? this.regression(where) : this.classification(where, kind === "numeric");
  }

  private regression(where: string): ResolvedTarget {
    const numbers = this.numbers.toArray();
    const kept = Uint8Array.from(numbers, (value) => (Number.isFinite(Math.fround(value)) ? 1 : 0));
    const values = Float32Array.from(numbers.filter((_, i) => kept[i] === 1));
    if (values.every((value) => value === values[0])) {
      fail("constant_target", {
        path: where,
        expected: "values that differ",
        received: values.length > 0 ? `${values[0]} in all ${values.length} rows` : "no finite number",
        hint: "choose another --target",
      });
    }
    return { labels: { kind: "regression", values }, kept, notes: this.droppedNote(kept) };
  }

  private classification(where: string, numeric: boolean): ResolvedTarget {
    const codes = this.codes.toArray();
    const numbers = this.numbers.toArray();
    const kept = Uint8Array.from(codes, (code, i) =>
      code >= 0 && (!numeric || Number.isFinite(numbers[i])) ? 1 : 0,
    );
    const used = new Set(codes.filter((_, i) => kept[i] === 1));
    const rows = kept.reduce((a, b) => a + b, 0);
    if (used.size > MOST_CLASSES || used.size > Math.max(2, rows / 2)) {
      fail("too_many_classes", {
        path: where,
        expected: "classes with several examples each",
        received: `${used.size > MOST_CLASSES ? `more than ${MOST_CLASSES}` : used.size} different values in ${rows} rows`,
        hint: numeric ? "use --task regression, or choose another --target" : "choose another --target",
      });
    }
    const names = [...this.names].filter(([, code]) => used.has(code));
    names.sort(([a], [b]) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1));
    const classes = names.map(([name]) => name);
    if (classes.length < 2) {
      fail("one_class", {
        path: where,
        expected: "at least two classes",
        received: `"${classes[0] ?? ""}" in all ${rows} rows`,
        hint: "choose another --target",
      });
    }
    const rank = new Map(names.map(([, code], i) => [code, i]));
    const labels = codes.filter((_, i) => kept[i] === 1).map((code) => rank.get(code) ?? 0);
    return { labels: { kind: "classification", classes, labels }, kept, notes: this.droppedNote(kept) };
  }

  private droppedNote(kept: Uint8Array): string[] {
    const dropped = kept.length - kept.reduce((a, b) => a + b, 0);
    if (dropped === 0) return [];
    return [`${dropped} ${dropped === 1 ? "row" : "rows"} without a target dropped`];
  }
}
