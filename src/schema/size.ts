/** How large a space is. */
import { MAX_DIGITS } from "./count.js";
import { Counter } from "./counter.js";
import { isRecursive, reachable } from "./depth.js";
import type { Node, Schema } from "./types.js";

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

/** Grammars with a bound of more digits are not looked at more closely. */
const HOPELESS_DIGITS = 1000;

/**
 * Count the genotypes of a space, conditions, guards, depth bounds and refinements included; of large grammars an
 * upper bound that leaves conditions and guards out.
 */
export function size<T>(schema: Schema<T>): Size {
  const counter = new Counter({ refinements: true });
  const loose = isRecursive(schema.node) && isGuarded(schema.node) ? counter.loosely(schema.node) : undefined;
  const { big, log10, exact, continuous } =
    loose !== undefined && loose.log10 > HOPELESS_DIGITS
      ? loose
      : counter.of(schema.node, undefined, Number.POSITIVE_INFINITY);
  return continuous ? { log10, exact: false } : { count: big, log10, exact };
}

/** What exists somewhere in it depends on other decisions: then counting goes through their values. */
function isGuarded(root: Node): boolean {
  return [...reachable(root)].some((node) => {
    if (node.kind === "object") return node.fields.some(({ rule }) => rule.kind !== "always");
    return (node.kind === "choice" && node.allow !== undefined) || (node.kind === "repeat" && !!node.context);
  });
}

/** Short text: `15,625`, `at most 1.2e34`, `about 1e12 (with reals)`. */
export function formatSize({ count, log10, exact }: Size): string {
  const reals = count === undefined && log10 <= MAX_DIGITS;
  const prefix = exact ? "" : reals ? "about " : "at most ";
  if (count !== undefined && count < 10n ** 15n) return `${prefix}${count.toLocaleString("en-US")}`;
  if (log10 >= 1e6) return `${prefix}10^(${log10.toExponential(1).replace("+", "")})`;
  const power = Math.floor(log10);
  return `${prefix}${(10 ** (log10 - power)).toFixed(1)}e${power}`;
}
