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
  return cosine(vectorOf(a), vectorOf(b));
}

function cosine(a: Vector, b: Vector): number {
  let dot = 0;
  for (const [word, weight] of a) dot += weight * (b.get(word) ?? 0);
  return dot === 0 ? 0 : dot / (lengthOf(a) * lengthOf(b));
}

function lengthOf(v: Vector): number {
  let sum = 0;
  for (const x of v.values()) sum += x * x;
  return Math.sqrt(sum);
}

/** Items are compared again and again: the words of each are counted once. */
const KNOWN = new WeakMap<object, Vector>();

/** The `k` items whose texts are most similar to one, most similar first; of equals the earlier. A text belongs to its item. */
export function nearest<T extends object>(
  text: string,
  items: readonly T[],
  textOf: (item: T) => string,
  k: number,
): { readonly item: T; readonly similarity: number }[] {
  const words = vectorOf(text);
  return items
    .map((item) => {
      const own = KNOWN.get(item) ?? vectorOf(textOf(item));
      KNOWN.set(item, own);
      return { item, similarity: cosine(words, own) };
    })
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, k);
}
