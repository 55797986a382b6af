import fc from "fast-check";

/**
 * What happens to a file: it is cut, bytes of it are changed, lost, repeated, zeroed or put in from elsewhere; of a
 * text, also whole words that its reader knows.
 */
export function damaged(good: Uint8Array, words: readonly string[] = []): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(Math.max(0, good.length - 1));
  const length = fc.integer({ min: 1, max: Math.max(1, Math.min(64, good.length)) });
  const replaced = (at: number, taken: number, by: Uint8Array) => {
    const end = Math.min(good.length, at + taken);
    const bytes = new Uint8Array(at + by.length + good.length - end);
    bytes.set(good.subarray(0, at));
    bytes.set(by, at);
    bytes.set(good.subarray(end), at + by.length);
    return bytes;
  };
  const encoded = words.map((word) => new TextEncoder().encode(word));
  return fc.oneof(
    fc.tuple(place, fc.nat(255)).map(([at, byte]) => replaced(at, 1, Uint8Array.of(byte))),
    fc
      .tuple(place, fc.nat(7))
      .map(([at, bit]) => replaced(at, 1, Uint8Array.of((good[at] ?? 0) ^ (1 << bit)))),
    place.map((at) => good.slice(0, at)),
    fc.tuple(place, length).map(([at, taken]) => replaced(at, taken, new Uint8Array())),
    fc.tuple(place, length).map(([at, taken]) => replaced(at, taken, new Uint8Array(taken))),
    fc.tuple(place, length).map(([at, taken]) => replaced(at, 0, good.slice(at, at + taken))),
    fc
      .tuple(place, length, place)
      .map(([at, taken, from]) => replaced(at, taken, good.slice(from, from + taken))),
    fc
      .tuple(place, length, fc.uint8Array({ maxLength: 64 }))
      .map(([at, taken, by]) => replaced(at, taken, by)),
    ...(encoded.length === 0
      ? []
      : [
          fc
            .tuple(place, fc.nat(16), fc.constantFrom(...encoded))
            .map(([at, taken, by]) => replaced(at, taken, by)),
        ]),
  );
}

/** More of them by `MORPH_FUZZ=1000 npx vitest run …`. */
export function damageRuns(usual: number): { numRuns: number } {
  return { numRuns: Number(process.env.MORPH_FUZZ ?? usual) };
}
