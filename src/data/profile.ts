/** What a column of a table holds, learnt from one pass over its cells in bounded memory. */
import { booleanOf, type Cell, dateOf, isMissing, numberOf, textOf } from "./cells.js";

/** Different values that are told apart; beyond it a column only counts as "many". */
export const DISTINCT_LIMIT = 10_000;
/** Longest text that is kept as a category. */
const TEXT_LIMIT = 200;
/** From this share of numbers on, the rest counts as missing. */
const MOSTLY = 0.95;

export type ColumnKind = "empty" | "numeric" | "boolean" | "date" | "text";

/** The value by which equal cells are recognised: `8`, `8.0` and `"8"` are one. */
export function identityOf(cell: Cell): string {
  const number = numberOf(cell);
  return number === undefined ? textOf(cell).slice(0, TEXT_LIMIT) : String(number);
}

export class ColumnProfile {
  rows = 0;
  missing = 0;
  /** Values that are infinite, or beyond float32. */
  infinite = 0;
  readonly distinct = new Map<string, number>();
  private numbers = 0;
  private integers = 0;
  private booleans = 0;
  private dates = 0;
  private previous = Number.NaN;
  private counting = true;
  private filledAt = 0;

  constructor(readonly name: string) {}

  observe(cell: Cell): void {
    this.rows++;
    if (isMissing(cell)) {
      this.missing++;
      return;
    }
    const number = numberOf(cell);
    if (number !== undefined) {
      this.numbers++;
      if (Number.isInteger(number)) this.integers++;
      if (!Number.isFinite(Math.fround(number))) this.infinite++;
      this.counting &&= this.numbers === 1 ? Number.isInteger(number) : number === this.previous + 1;
      this.previous = number;
    } else if (booleanOf(cell) !== undefined) this.booleans++;
    else if (dateOf(cell) !== undefined) this.dates++;
    if (this.filledAt > 0) return;
    const identity = identityOf(cell);
    this.distinct.set(identity, (this.distinct.get(identity) ?? 0) + 1);
    if (this.distinct.size >= DISTINCT_LIMIT) this.filledAt = this.present;
  }

  get present(): number {
    return this.rows - this.missing;
  }

  get kind(): ColumnKind {
    if (this.present === 0) return "empty";
    if (this.booleans === this.present) return "boolean";
    if (this.dates === this.present) return "date";
    if (this.numbers >= MOSTLY * this.present) return "numeric";
    return "text";
  }

  /** Cells of a numeric column that hold no number. */
  get odd(): number {
    return this.kind === "numeric" ? this.present - this.numbers : 0;
  }

  get allIntegers(): boolean {
    return this.integers === this.present;
  }

  /** Whether there are more different values than {@link DISTINCT_LIMIT}. */
  get overflow(): boolean {
    return this.filledAt > 0;
  }

  /** Different values a cell, 0..1; of the first part where the limit was met. */
  get variety(): number {
    const seen = this.filledAt || this.present;
    return seen > 0 ? this.distinct.size / seen : 0;
  }

  /** Whether the values count the rows: 1, 2, 3, ... */
  get countsRows(): boolean {
    return this.counting && this.missing === 0 && this.numbers === this.rows;
  }
}
