/** How large a space is. */
import { Counter } from "./counter.js";
import type { Schema } from "./types.js";

/** The number of genotypes of a space. */
export interface Size {
  /** The number itself; undefined for a space with reals, and beyond 2,000 digits. */
  readonly count?: bigint;
  /** Its decimal logarithm, each real counted as 100 distinguishable values; -Infinity for an empty space. */
  readonly log10: number;
  /**
   * False for an upper bound: reals, refinements over more than 200,000 values, or conditions on more
   * assignments than that.
   */
  readonly exact: boolean;
}

/** Count the genotypes of a space, conditions, guards, depth bounds and refinements included. */
export function size<T>(schema: Schema<T>): Size {
  const counter = new Counter({ refinements: true });
  const { big, log10, exact, continuous } = counter.of(schema.node, undefined, Number.POSITIVE_INFINITY);
  return continuous ? { log10, exact: false } : { count: big, log10, exact };
}

/** Short text: `15,625`, `at most 1.2e34`, `about 1e12 (with reals)`. */
export function formatSize({ count, log10, exact }: Size): string {
  const prefix = exact ? "" : count === undefined ? "about " : "at most ";
  if (count !== undefined && count < 10n ** 15n) return `${prefix}${count.toLocaleString("en-US")}`;
  const power = Math.floor(log10);
  return `${prefix}${(10 ** (log10 - power)).toFixed(1)}e${power}`;
}
