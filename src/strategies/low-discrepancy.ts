import { type Rng, rngOf } from "../base/index.js";

/** Bases of the first axes; beyond them numbers are independent. */
const PRIMES = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
  107, 109, 113,
] as const;

/**
 * Point `index` of a Halton sequence as a stream of numbers: the first draw reads its first axis, and so on. The
 * digits of each axis are permuted at random by the seed (Braaten & Weller 1979, with random permutations as in Owen
 * 2017, arXiv:1706.02808), which keeps high axes from moving together. What a space decides first is spread best.
 */
export function haltonRng(seed: number, index: number, fallback: Rng): Rng {
  let axis = 0;
  const float = (): number => {
    const base = PRIMES[axis];
    if (base === undefined) return fallback.float();
    return radicalInverse(seed, axis++, base, index);
  };
  return { ...derived(float, fallback), float };
}

/** All draws but `float`, from it. */
function derived(float: () => number, fallback: Rng): Omit<Rng, "float"> {
  const int = (n: number) => Math.min(n - 1, Math.floor(float() * n));
  return {
    uint32: () => Math.floor(float() * 2 ** 32),
    int,
    normal: () => fallback.normal(),
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError("pick: nothing to pick from");
      return items[int(items.length)] as T;
    },
    weighted(weights) {
      let x = float() * weights.reduce((sum, w) => sum + w, 0);
      let last = 0;
      for (const [i, w] of weights.entries()) {
        if (w <= 0) continue;
        last = i;
        x -= w;
        if (x < 0) return i;
      }
      return last;
    },
    sample: (items, k) => fallback.sample(items, k),
    shuffle: (items) => fallback.shuffle(items),
    fork: (...path) => fallback.fork(...path),
  };
}

/** Σ π_k(digit_k) · base^-(k+1), with a permutation a digit, to the precision of a double. */
function radicalInverse(seed: number, axis: number, base: number, index: number): number {
  let [value, scale, rest] = [0, 1 / base, index];
  for (let place = 0; scale > 2 ** -53; place++) {
    const digits = permutation(seed, axis, base, place);
    value += scale * (digits[rest % base] ?? 0);
    rest = Math.floor(rest / base);
    scale /= base;
  }
  return Math.min(value, 1 - 2 ** -53);
}

const known = new Map<string, readonly number[]>();
const MOST_KNOWN = 20_000;

function permutation(seed: number, axis: number, base: number, place: number): readonly number[] {
  const key = `${seed}/${axis}/${place}`;
  let digits = known.get(key);
  if (digits === undefined) {
    digits = rngOf(seed, "halton", axis, place).shuffle(Array.from({ length: base }, (_, i) => i));
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, digits);
  }
  return digits;
}
