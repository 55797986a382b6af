/** Metrics of ranked lists, over plain arrays: `relevance[i]` belongs to the item at place i, best first. */
import { fail } from "../../base/index.js";
import { meanOf } from "./ranks.js";

type Numbers = ArrayLike<number>;

/** 1/place of the first relevant item (relevance above 0); 0 where there is none. */
export function reciprocalRank(relevance: Numbers): number {
  for (let i = 0; i < relevance.length; i++) if ((relevance[i] ?? 0) > 0) return 1 / (i + 1);
  return 0;
}

/** Mean of the precisions at the places of relevant items; `total` counts those that the list may have missed. */
export function rankedPrecision(relevance: Numbers, total?: number): number {
  let [hits, sum] = [0, 0];
  for (let i = 0; i < relevance.length; i++) {
    if (!((relevance[i] ?? 0) > 0)) continue;
    hits++;
    sum += hits / (i + 1);
  }
  const all = total ?? hits;
  if (all < hits) fail("metric_total", { expected: `at least ${hits} relevant items`, received: `${all}` });
  return all === 0 ? 0 : sum / all;
}

/** MRR over several lists. */
export function meanReciprocalRank(lists: readonly Numbers[]): number {
  return meanOf(lists.map(reciprocalRank));
}

/** MAP over several lists. */
export function meanAveragePrecision(lists: readonly Numbers[]): number {
  return meanOf(lists.map((it) => rankedPrecision(it)));
}

/** Σ (2^rel − 1)/log₂(place + 1) over the first k places (Burges et al. 2005). */
export function discountedGain(relevance: Numbers, k = relevance.length): number {
  let sum = 0;
  for (let i = 0; i < Math.min(k, relevance.length); i++) {
    sum += (2 ** (relevance[i] ?? 0) - 1) / Math.log2(i + 2);
  }
  return sum;
}

/** NDCG: {@link discountedGain} over that of the best order (Järvelin & Kekäläinen 2002); 0 where nothing is relevant. */
export function normalizedGain(relevance: Numbers, k = relevance.length): number {
  const best = discountedGain(
    Array.from(relevance).sort((a, b) => b - a),
    k,
  );
  return best === 0 ? 0 : discountedGain(relevance, k) / best;
}

/** Share of the first k places that are relevant, and share of the relevant items that they hold. */
export function atPlaces(
  relevance: Numbers,
  k: number,
): { readonly precision: number; readonly recall: number } {
  const hits = Array.from(relevance)
    .slice(0, k)
    .filter((r) => r > 0).length;
  const all = Array.from(relevance).filter((r) => r > 0).length;
  return { precision: hits / k, recall: all === 0 ? 0 : hits / all };
}
