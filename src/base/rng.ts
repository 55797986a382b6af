/**
 * Randomness from counters: Philox4x32-10 (Salmon et al., SC 2011, "Parallel random numbers: as easy as
 * 1, 2, 3"). A generator is named by a seed and a path such as `("trial", 17, "mutate")`; nothing but the
 * name decides what it yields, so there is no state to save and nothing to rewind on resume.
 */

const M0 = 0xd2511f53 | 0;
const M1 = 0xcd9e8d57 | 0;
const W0 = 0x9e3779b9 | 0;
const W1 = 0xbb67ae85 | 0;

/** High 32 bits of the unsigned product, by halves of 16 bits: all in integers of 32 bits, which engines keep in registers. */
function mulHigh(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const lowHigh = Math.imul(al, bh);
  const highLow = Math.imul(ah, bl);
  const carry = (Math.imul(al, bl) >>> 16) + (lowHigh & 0xffff) + (highLow & 0xffff);
  return (Math.imul(ah, bh) + (lowHigh >>> 16) + (highLow >>> 16) + (carry >>> 16)) | 0;
}

/** One block of four words, written to `out`: counter (low, high, 0, 0) under key (k0, k1), ten rounds. */
export function philox(
  low: number,
  high: number,
  k0: number,
  k1: number,
  out: Uint32Array = new Uint32Array(4),
): Uint32Array {
  let c0 = low | 0;
  let c1 = high | 0;
  let c2 = 0;
  let c3 = 0;
  let key0 = k0 | 0;
  let key1 = k1 | 0;
  for (let round = 0; round < 10; round++) {
    const next0 = mulHigh(M1, c2) ^ c1 ^ key0;
    const next2 = mulHigh(M0, c0) ^ c3 ^ key1;
    c1 = Math.imul(M1, c2);
    c3 = Math.imul(M0, c0);
    c0 = next0;
    c2 = next2;
    key0 = (key0 + W0) | 0;
    key1 = (key1 + W1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
  return out;
}

/** 32-bit mixing of a name into a key word (murmur3 finaliser over UTF-16 units). */
function mix(h: number, word: number): number {
  let x = Math.imul(h ^ word, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A seeded stream of random numbers. Make one with {@link rngOf}. */
export interface Rng {
  /** Uniform integer in [0, 2^32). */
  uint32(): number;
  /** Uniform in [0, 1) with 53 bits. */
  float(): number;
  /** Uniform integer in [0, n), without bias. */
  int(n: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** One element. */
  pick<T>(items: readonly T[]): T;
  /** Index drawn in proportion to non-negative weights. */
  weighted(weights: readonly number[]): number;
  /** `k` different elements in random order (all of them, where k is larger). */
  sample<T>(items: readonly T[], k: number): T[];
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream named below this one; does not advance this one. */
  fork(...path: (string | number)[]): Rng;
}

/** The stream named by a seed and a path. Equal names give equal streams, in every process. */
export function rngOf(seed: number, ...path: (string | number)[]): Rng {
  let k0 = mix(0x243f6a88, seed >>> 0);
  let k1 = mix(0x85a308d3, Math.floor(seed / 2 ** 32) >>> 0);
  for (const part of path) {
    const text = typeof part === "number" ? `#${part}` : `/${part}`;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      k0 = mix(k0, unit);
      k1 = mix(k1 ^ 0x13198a2e, unit + 0x9e37);
    }
    k0 = mix(k0, 0xfffffffe);
    k1 = mix(k1, 0xfffffffd);
  }
  return new Stream(k0, k1);
}

class Stream implements Rng {
  private counter = 0;
  private readonly block = new Uint32Array(4);
  private used = 4;

  constructor(
    private readonly k0: number,
    private readonly k1: number,
  ) {}

  uint32(): number {
    if (this.used >= 4) {
      philox(this.counter >>> 0, Math.floor(this.counter / 2 ** 32), this.k0, this.k1, this.block);
      this.counter++;
      this.used = 0;
    }
    return this.block[this.used++] ?? 0;
  }

  float(): number {
    const hi = this.uint32() >>> 5;
    const lo = this.uint32() >>> 6;
    return (hi * 67108864 + lo) / 9007199254740992;
  }

  int(n: number): number {
    if (!(n >= 1)) throw new RangeError(`int(${n}): the bound must be at least 1`);
    if (n > 2 ** 32) return Math.floor(this.float() * n);
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const x = this.uint32();
      if (x < limit) return x % n;
    }
  }

  normal(): number {
    const u = 1 - this.float();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.float());
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("pick: nothing to pick from");
    return items[this.int(items.length)] as T;
  }

  weighted(weights: readonly number[]): number {
    let total = 0;
    for (const w of weights) total += w;
    let x = this.float() * total;
    let last = 0;
    for (let i = 0; i < weights.length; i++) {
      const w = weights[i] ?? 0;
      if (w <= 0) continue;
      last = i;
      x -= w;
      if (x < 0) return i;
    }
    return last;
  }

  sample<T>(items: readonly T[], k: number): T[] {
    const pool = [...items];
    const count = Math.min(k, pool.length);
    for (let i = 0; i < count; i++) {
      const j = i + this.int(pool.length - i);
      [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
    }
    return pool.slice(0, count);
  }

  shuffle<T>(items: readonly T[]): T[] {
    return this.sample(items, items.length);
  }

  fork(...path: (string | number)[]): Rng {
    return rngOf(this.k0 * 2 ** 20 + (this.k1 >>> 12), this.k1 & 0xfff, ...path);
  }
}
