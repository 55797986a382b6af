/** Counting with integers while they are short, and with logarithms alone beyond. */

/** How many values there are. */
export interface Count {
  /** The number itself; undefined where it is too long to carry (see {@link MAX_DIGITS}) . */
  readonly big?: bigint;
  /** Its decimal logarithm; -Infinity for none. */
  readonly log10: number;
  /** False where `big` and `log10` are upper bounds. */
  readonly exact: boolean;
  /** Reals are among the factors; each counts as {@link REAL_POINTS} values. */
  readonly continuous: boolean;
}

/** Longest number that is carried in full. */
export const MAX_DIGITS = 2000;
/** Distinguishable values by which a real is counted: two digits. */
export const REAL_POINTS = 100;

export function count(n: bigint | number, options: { exact?: boolean; continuous?: boolean } = {}): Count {
  const big = BigInt(n);
  return { big, log10: log10Of(big), exact: options.exact ?? true, continuous: options.continuous ?? false };
}

export const ZERO: Count = count(0n);
export const ONE: Count = count(1n);

function log10Of(n: bigint): number {
  if (n <= 0n) return Number.NEGATIVE_INFINITY;
  if (n < 1n << 1000n) return Math.log10(Number(n));
  const digits = n.toString();
  return Math.log10(Number(`0.${digits.slice(0, 17)}`)) + digits.length;
}

/** The same as an upper bound. */
export function bound(a: Count): Count {
  return { ...a, exact: false };
}

export function times(a: Count, b: Count): Count {
  const log10 =
    a.log10 === Number.NEGATIVE_INFINITY || b.log10 === Number.NEGATIVE_INFINITY
      ? Number.NEGATIVE_INFINITY
      : a.log10 + b.log10;
  const exact = a.exact && b.exact;
  const continuous = a.continuous || b.continuous;
  if (a.big === undefined || b.big === undefined || log10 > MAX_DIGITS) {
    return log10 === Number.NEGATIVE_INFINITY ? { ...ZERO, exact, continuous } : { log10, exact, continuous };
  }
  const big = a.big * b.big;
  return { big, log10: log10Of(big), exact, continuous };
}

export function plus(a: Count, b: Count): Count {
  const exact = a.exact && b.exact;
  const continuous = a.continuous || b.continuous;
  if (a.big !== undefined && b.big !== undefined) {
    const big = a.big + b.big;
    return { big, log10: log10Of(big), exact, continuous };
  }
  const high = Math.max(a.log10, b.log10);
  const low = Math.min(a.log10, b.log10);
  return { log10: high + Math.log10(1 + 10 ** (low - high)), exact, continuous };
}
