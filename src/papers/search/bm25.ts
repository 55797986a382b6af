/**
 * BM25 (Robertson & Zaragoza 2009, "The probabilistic relevance framework"): a document is relevant as far as it has
 * the query's words, rare ones more, repeats less and less, long documents less.
 */
export class Bm25 {
  private readonly postings = new Map<string, Map<number, number>>();
  private readonly lengths: readonly number[];
  private readonly meanLength: number;

  /** Words by document, each with its count or weight. */
  constructor(
    documents: readonly ReadonlyMap<string, number>[],
    private readonly options: { readonly k1: number; readonly b: number } = { k1: 1.2, b: 0.6 },
  ) {
    this.lengths = documents.map((words) => [...words.values()].reduce((a, b) => a + b, 0));
    this.meanLength = this.lengths.reduce((a, b) => a + b, 0) / Math.max(1, documents.length);
    for (const [at, words] of documents.entries()) {
      for (const [word, count] of words) {
        const list = this.postings.get(word) ?? new Map<number, number>();
        this.postings.set(word, list.set(at, count));
      }
    }
  }

  /** Logarithm of how rare a word is; 0 for a word that no document has. */
  rarity(word: string): number {
    const n = this.postings.get(word)?.size ?? 0;
    return n === 0 ? 0 : Math.log(1 + (this.lengths.length - n + 0.5) / (n + 0.5));
  }

  get words(): readonly string[] {
    return [...this.postings.keys()];
  }

  /** Score of every document; 0 where it has none of the words. */
  scores(query: readonly string[]): Float64Array {
    const { k1, b } = this.options;
    const out = new Float64Array(this.lengths.length);
    for (const word of new Set(query)) {
      for (const [at, count] of this.postings.get(word) ?? []) {
        const long = 1 - b + (b * (this.lengths[at] ?? 0)) / this.meanLength;
        out[at] = (out[at] ?? 0) + (this.rarity(word) * count * (k1 + 1)) / (count + k1 * long);
      }
    }
    return out;
  }
}
