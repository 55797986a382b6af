import type { Entry } from "./entry.js";

/** What counts, as parts of one. Without saved searches closeness is nought for all and the other two decide. */
const WEIGHT = { votes: 0.4, age: 0.3, closeness: 0.3 } as const;
const HALF_LIFE_DAYS = 3;
const DAY_MS = 86_400_000;
/** Clocks differ; a date further ahead than this is wrong and earns no freshness. */
const MAX_AHEAD_MS = DAY_MS;

export interface Ranked {
  readonly entry: Entry;
  /** In [0, 1]. */
  readonly score: number;
  /** The saved search that it is closest to, where it has a word in common with any. */
  readonly search?: string;
}

/**
 * Entries, best first: votes on a logarithmic scale against the most voted, freshness that halves every three days,
 * closeness to the nearest saved search. Equal scores stand in the order of their ids.
 */
export function rank(entries: readonly Entry[], searches: readonly string[], nowMs: number): Ranked[] {
  const most = Math.log1p(Math.max(0, ...entries.map(({ votes = 0 }) => votes)));
  const close = closeness(entries, searches);
  const ranked = entries.map((entry, i): Ranked => {
    const votes = most === 0 ? 0 : Math.log1p(entry.votes ?? 0) / most;
    const near = close[i] ?? { value: 0 };
    const score = WEIGHT.votes * votes + WEIGHT.age * freshness(entry, nowMs) + WEIGHT.closeness * near.value;
    return { entry, score, ...(near.search !== undefined && { search: near.search }) };
  });
  return ranked.sort((a, b) => b.score - a.score || (a.entry.id < b.entry.id ? -1 : 1));
}

function freshness({ publishedAtMs }: Entry, nowMs: number): number {
  if (publishedAtMs - nowMs > MAX_AHEAD_MS) return 0;
  return 0.5 ** (Math.max(0, nowMs - publishedAtMs) / DAY_MS / HALF_LIFE_DAYS);
}

interface Near {
  readonly value: number;
  readonly search?: string;
}

/** Cosine between the words of a search and of an entry, rare words counting more; title words count twice. */
function closeness(entries: readonly Entry[], searches: readonly string[]): Near[] {
  if (searches.length === 0) return entries.map(() => ({ value: 0 }));
  const documents = entries.map(({ title, summary }) => countWords(`${title} ${title} ${summary}`));
  const spread = new Map<string, number>();
  for (const document of documents)
    for (const word of document.keys()) spread.set(word, (spread.get(word) ?? 0) + 1);
  const rarity = (word: string) => Math.log(1 + (entries.length + 1) / ((spread.get(word) ?? 0) + 1));
  const weigh = (counts: ReadonlyMap<string, number>) => {
    const weights = new Map([...counts].map(([word, n]) => [word, (1 + Math.log(n)) * rarity(word)]));
    return { weights, length: Math.hypot(...weights.values()) };
  };
  const questions = searches.map((text) => ({ text, ...weigh(countWords(text)) }));
  return documents.map((document) => {
    const { weights, length } = weigh(document);
    let best: Near = { value: 0 };
    for (const question of questions) {
      let product = 0;
      for (const [word, weight] of question.weights) product += weight * (weights.get(word) ?? 0);
      const value = product === 0 ? 0 : product / (length * question.length);
      if (value > best.value) best = { value, search: question.text };
    }
    return best;
  });
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]{2,}/gu)) {
    // The plural is the same word.
    const stem = word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
    counts.set(stem, (counts.get(stem) ?? 0) + 1);
  }
  return counts;
}
