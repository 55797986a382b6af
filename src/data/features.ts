/** Which columns of a table become inputs, and their statistics on the training rows. */
import { booleanOf, type Cell, dateOf, isMissing, numberOf } from "./cells.js";
import type { CategoricalColumn, NumericColumn } from "./dataset.js";
import { Moments } from "./moments.js";
import { type ColumnProfile, identityOf } from "./profile.js";

/** Categories kept a column; rarer ones share the code of the unknown. */
export const CATEGORY_LIMIT = 64;
/** A column of words in which more than this share of cells differ says which row it is, not what it is. */
const ID_VARIETY = 0.5;
/** With fewer rows nothing can be said about identifiers. */
const ID_ROWS = 20;
const ID_NAME = /^(id|uuid|guid|key|index|row|unnamed.*|.*[_ ](id|key)|.*Id)$/;

export interface Feature {
  /** Position in the source's rows. */
  readonly column: number;
  readonly name: string;
  readonly kind: "numeric" | "boolean" | "date" | "text";
}

/** Columns worth showing to a network; the rest with the reason, as notes. */
export function chooseFeatures(profiles: ReadonlyMap<number, ColumnProfile>): {
  features: Feature[];
  notes: string[];
} {
  const features: Feature[] = [];
  const notes: string[] = [];
  for (const [column, profile] of profiles) {
    const reason = reasonToDrop(profile);
    const { name, kind } = profile;
    if (reason !== undefined || kind === "empty") {
      notes.push(`column "${name}" dropped: ${reason ?? "it is empty"}`);
      continue;
    }
    features.push({ column, name, kind });
    if (profile.odd > 0)
      notes.push(`column "${name}": ${cells(profile.odd)} without a number read as missing`);
    if (kind === "numeric" && profile.infinite > 0) {
      notes.push(`column "${name}": ${cells(profile.infinite)} infinite or too large read as missing`);
    }
    if (kind === "date") notes.push(`column "${name}": dates read as days since 1970`);
  }
  return { features, notes };
}

const cells = (n: number) => `${n} ${n === 1 ? "cell" : "cells"}`;

function reasonToDrop(profile: ColumnProfile): string | undefined {
  const { kind, rows } = profile;
  if (kind === "empty") return "it is empty";
  if (profile.distinct.size === 1 && profile.missing === 0) return "it is the same in every row";
  if (rows < ID_ROWS) return undefined;
  if (profile.countsRows) return "it counts the rows";
  if (kind === "text" && profile.variety > ID_VARIETY) return "it differs in most rows, like a name or an id";
  if (kind === "numeric" && profile.allIntegers && profile.variety === 1 && ID_NAME.test(profile.name)) {
    return "it identifies the row";
  }
  return undefined;
}

/** The value of a numeric, boolean or date column in float32's range; NaN where there is none. */
export function numericValue(cell: Cell, kind: Feature["kind"]): number {
  if (isMissing(cell)) return Number.NaN;
  if (kind === "boolean") return booleanOf(cell) ? 1 : 0;
  const value = (kind === "date" ? dateOf(cell) : numberOf(cell)) ?? Number.NaN;
  return Number.isFinite(Math.fround(value)) ? value : Number.NaN;
}

/** Statistics of the chosen columns; fed with training rows alone. */
export class FeatureStatistics {
  private readonly moments = new Map<number, Moments>();
  private readonly counts = new Map<number, Map<string, number>>();
  private rows = 0;

  constructor(private readonly features: readonly Feature[]) {
    for (const { column, kind } of features) {
      if (kind === "text") this.counts.set(column, new Map());
      else this.moments.set(column, new Moments());
    }
  }

  add(row: readonly Cell[]): void {
    this.rows++;
    for (const { column, kind } of this.features) {
      const cell = row[column];
      if (kind !== "text") {
        const value = numericValue(cell, kind);
        if (!Number.isNaN(value)) this.moments.get(column)?.add(value);
      } else if (!isMissing(cell)) {
        const counts = this.counts.get(column);
        const identity = identityOf(cell);
        counts?.set(identity, (counts.get(identity) ?? 0) + 1);
      }
    }
  }

  numeric({ column, name }: Feature): NumericColumn {
    const moments = this.moments.get(column) ?? new Moments();
    const missing = this.rows > 0 ? 1 - moments.count / this.rows : 0;
    return { name, mean: moments.mean, std: moments.std, missing };
  }

  /** Most frequent first; equal counts by name, so that the order is always the same. */
  categorical({ column, name }: Feature): CategoricalColumn & { readonly left: number } {
    const counts = [...(this.counts.get(column) ?? [])];
    counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const categories = counts.slice(0, CATEGORY_LIMIT).map(([text]) => text);
    return { name, categories, left: counts.length - categories.length };
  }
}
