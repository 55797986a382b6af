/** Words that say nothing of a subject. */
const EMPTY = new Set(
  "a an and are as at be by for from has have in is it its more of on or so than that the then there this to was where which will with".split(
    " ",
  ),
);

type Vector = ReadonlyMap<string, number>;

/** Words of a text with the logarithm of their counts, cut to their stems' first seven letters. */
function vectorOf(text: string): Vector {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[a-z][a-z0-9]+/g) ?? []) {
    if (EMPTY.has(word)) continue;
    const stem = word.slice(0, 7);
    counts.set(stem, (counts.get(stem) ?? 0) + 1);
  }
  return new Map([...counts].map(([word, n]) => [word, 1 + Math.log(n)]));
}

/** Cosine of two texts' word vectors, in [0, 1]. */
export function similarity(a: string, b: string): number {
  const [va, vb] = [vectorOf(a), vectorOf(b)];
  let dot = 0;
  for (const [word, weight] of va) dot += weight * (vb.get(word) ?? 0);
  const norm = (v: Vector) => Math.sqrt([...v.values()].reduce((sum, x) => sum + x * x, 0));
  return dot === 0 ? 0 : dot / (norm(va) * norm(vb));
}

/** The `k` items whose texts are most similar to one, most similar first; of equals the earlier. */
export function nearest<T>(
  text: string,
  items: readonly T[],
  textOf: (item: T) => string,
  k: number,
): { readonly item: T; readonly similarity: number }[] {
  return items
    .map((item) => ({ item, similarity: similarity(text, textOf(item)) }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, k);
}
