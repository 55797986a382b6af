import type { Json } from "../base/index.js";

/** A genotype's decisions as rows: `stages[0].width` to `24`. Cut off at a number of rows. */
export function flattenGenotype(genotype: Json, limit = 200): [path: string, value: string][] {
  const rows: [string, string][] = [];
  const visit = (value: Json, path: string) => {
    if (rows.length >= limit) return;
    if (Array.isArray(value) && value.length > 0 && value.some((v) => typeof v === "object" && v !== null)) {
      value.forEach((item: Json, i) => {
        visit(item, `${path}[${i}]`);
      });
    } else if (isRecord(value) && Object.keys(value).length > 0) {
      for (const [key, item] of Object.entries(value)) visit(item, path === "" ? key : `${path}.${key}`);
    } else rows.push([path === "" ? "value" : path, plain(value)]);
  };
  visit(genotype, "");
  return rows;
}

function plain(value: Json): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((v: Json) => plain(v)).join(", ");
  return JSON.stringify(value);
}

function isRecord(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Genotypes of many trials in little room. `words` holds every text once; `shapes` the lists of paths that
 * occur (positions in `words`); a row is the position of its shape and then, in that order, its values'.
 */
export interface PackedGenotypes {
  readonly words: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  readonly rows: readonly (readonly number[])[];
}

export function packGenotypes(genotypes: readonly Json[], rowsEach = 200): PackedGenotypes {
  const words = new Register<string>();
  const shapes = new Register<readonly number[]>();
  const rows = genotypes.map((g) => {
    const flat = flattenGenotype(g, rowsEach);
    const paths = flat.map(([path]) => words.place(path, path));
    return [shapes.place(paths.join(), paths), ...flat.map(([, value]) => words.place(value, value))];
  });
  return { words: words.items, shapes: shapes.items, rows };
}

class Register<T> {
  readonly items: T[] = [];
  private readonly known = new Map<string, number>();

  place(key: string, item: T): number {
    const at = this.known.get(key);
    if (at !== undefined) return at;
    this.known.set(key, this.items.length);
    return this.items.push(item) - 1;
  }
}
