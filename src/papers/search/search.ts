import { hashJson } from "../../base/index.js";
import type { Runtime } from "../../runtime/index.js";
import { type Card, textOfCard } from "../card.js";
import { Bm25 } from "./bm25.js";
import {
  ENCODER_VERSION,
  encodeText,
  type Lesson,
  packVectors,
  trainEncoder,
  unpackVectors,
  type WordVectors,
} from "./encoder.js";
import { fuseRanks } from "./fuse.js";
import { SYNONYMS } from "./synonyms.js";
import { wordsOf } from "./words.js";

/** How the two rankings are joined; set on the tuning half of the judged queries. */
export const FUSION = { words: 1, meaning: 0.3, k: 2 };

/** Where trained vectors are kept between calls. */
export interface Keep {
  get(key: string): Uint8Array | undefined;
  put(key: string, bytes: Uint8Array): void;
}

/** What one query comes to, by card in the order of the index. */
export interface Scores {
  readonly words: Float64Array;
  /** Cosine; absent without an encoder. */
  readonly meaning?: Float64Array;
  /** What is ranked by. */
  readonly fused: Float64Array;
}

/** Cards that can be searched. Build one with {@link indexCards}. */
export class CardIndex {
  private readonly documents: readonly ReadonlyMap<string, number>[];
  private readonly bm25: Bm25;
  private readonly vocabulary: readonly string[];
  private readonly position: ReadonlyMap<string, number>;
  private vectors?: WordVectors;
  private pages: readonly Float32Array[] = [];

  constructor(readonly cards: readonly Card[]) {
    this.documents = cards.map(countWords);
    this.bm25 = new Bm25(this.documents);
    const more = SYNONYMS.flatMap((line) => wordsOf(line));
    this.vocabulary = [...new Set([...this.bm25.words, ...more])].sort();
    this.position = new Map(this.vocabulary.map((word, at) => [word, at]));
  }

  /** Names the vectors that belong to these texts. */
  get key(): string {
    return `papers-encoder/${ENCODER_VERSION}/${hashJson({ cards: this.cards.map(textOfCard), SYNONYMS }).slice(0, 32)}`;
  }

  /** What the encoder is trained on. */
  lesson(): Lesson {
    const common = Math.log(1 + this.cards.length / 4);
    const rarity = new Map(this.vocabulary.map((word) => [word, this.bm25.rarity(word) || common]));
    const synonyms = new Map<string, string[]>();
    for (const line of SYNONYMS) {
      const group = [...new Set(wordsOf(line))];
      for (const word of group) {
        const others = group.filter((it) => it !== word);
        synonyms.set(word, [...(synonyms.get(word) ?? []), ...others]);
      }
    }
    return { vocabulary: this.vocabulary, rarity, documents: this.documents, synonyms };
  }

  /** Takes vectors into use; from now on {@link scores} ranks by meaning too. */
  use(vectors: WordVectors): void {
    this.vectors = vectors;
    this.pages = this.documents.map((words) => this.encode(vectors, words));
  }

  scores(query: string): Scores {
    const asked = wordsOf(query);
    const words = this.bm25.scores(asked);
    if (this.vectors === undefined) return { words, fused: words };
    const counts = new Map<string, number>();
    for (const word of asked) counts.set(word, 1);
    const direction = this.encode(this.vectors, counts);
    const meaning = Float64Array.from(this.pages, (page) =>
      page.reduce((sum, value, j) => sum + value * (direction[j] ?? 0), 0),
    );
    const fused = fuseRanks(
      [
        { scores: words, weight: FUSION.words },
        { scores: meaning, weight: FUSION.meaning },
      ],
      FUSION.k,
    );
    return { words, meaning, fused };
  }

  private encode(vectors: WordVectors, words: ReadonlyMap<string, number>): Float32Array {
    const common = Math.log(1 + this.cards.length / 4);
    const list: [number, number][] = [];
    for (const [word, weight] of words) {
      const at = this.position.get(word);
      if (at !== undefined) list.push([at, weight * (this.bm25.rarity(word) || common)]);
    }
    return encodeText(vectors, list);
  }
}

/** Words of a card: those of the title count three times, those of the summary twice; repeats count less and less. */
function countWords(card: Card): ReadonlyMap<string, number> {
  const text = [textOfCard(card), card.title, card.title, card.summary, card.kinds.join(" "), card.authors];
  const counts = new Map<string, number>();
  for (const word of wordsOf(text.join("\n"))) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Map([...counts].map(([word, count]) => [word, 1 + Math.log(count)]));
}

/**
 * An index that ranks by words and by meaning. The encoder is trained here, from the cards, the first time (about two
 * seconds), and taken from `keep` afterwards; without a runtime only words rank.
 */
export async function indexCards(
  cards: readonly Card[],
  options: {
    readonly runtime?: Runtime;
    readonly keep?: Keep;
    readonly signal?: AbortSignal;
    /** Called before training begins. */
    readonly onTraining?: () => void;
  } = {},
): Promise<CardIndex> {
  const index = new CardIndex(cards);
  const lesson = index.lesson();
  const kept = options.keep?.get(index.key);
  const known = kept === undefined ? undefined : unpackVectors(kept, lesson.vocabulary.length);
  if (known !== undefined) index.use(known);
  else if (options.runtime !== undefined) {
    options.onTraining?.();
    const vectors = await trainEncoder(options.runtime, lesson, { signal: options.signal });
    options.keep?.put(index.key, packVectors(vectors));
    index.use(vectors);
  }
  return index;
}

/** A card that was found, with its score; higher is better. */
export interface Hit {
  readonly card: Card;
  readonly score: number;
}

/** Cards in the order of their scores; those that score nothing are left out. */
export function searchCards(index: CardIndex, query: string, scores: keyof Scores = "fused"): readonly Hit[] {
  const values = index.scores(query)[scores] ?? new Float64Array(index.cards.length);
  return index.cards
    .map((card, at) => ({ card, score: values[at] ?? 0 }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.card.id - b.card.id);
}
