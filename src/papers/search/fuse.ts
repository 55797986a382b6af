/** Places of the documents in a ranking, from 0; documents that score nothing have none. */
function placesOf(scores: ArrayLike<number>): Map<number, number> {
  const order = Array.from(scores, (score, at) => ({ score, at }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.at - b.at);
  return new Map(order.map(({ at }, place) => [at, place]));
}

/**
 * Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009): each ranking gives a document weight / (k + place), and
 * the sums rank. It needs no common scale.
 */
export function fuseRanks(
  rankings: readonly { readonly scores: ArrayLike<number>; readonly weight: number }[],
  k = 60,
): Float64Array {
  const out = new Float64Array(Math.max(0, ...rankings.map((it) => it.scores.length)));
  for (const { scores, weight } of rankings) {
    for (const [at, place] of placesOf(scores)) out[at] = (out[at] ?? 0) + weight / (k + place + 1);
  }
  return out;
}
