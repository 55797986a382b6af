import { type Rng, rngOf } from "../../base/index.js";
import { tensor, type Value } from "../../ir/index.js";
import { adam, cosine, crossEntropy, init, normalizeVectors } from "../../nn/index.js";
import type { Runtime } from "../../runtime/index.js";
import { phase, streamOf, fit as train } from "../../train/index.js";

/** Changed whenever training would give other vectors from the same texts: part of the name they are kept by. */
export const ENCODER_VERSION = 1;
const WIDTH = 48;
const QUERIES_A_DOCUMENT = 24;
const EPOCHS = 12;
const TEMPERATURE = 0.08;
/** How often a word of a made-up query is said in another word. */
const REPLACED = 0.45;

/** What the encoder learns from. */
export interface Lesson {
  readonly vocabulary: readonly string[];
  /** How much a word counts, by word: rare ones more. */
  readonly rarity: ReadonlyMap<string, number>;
  /** Words by document with their weights. */
  readonly documents: readonly ReadonlyMap<string, number>[];
  /** Words that may stand for each other. */
  readonly synonyms: ReadonlyMap<string, readonly string[]>;
}

/** A vector for each word, a byte a number; a text is the sum of its words. */
export interface WordVectors {
  readonly width: number;
  readonly bytes: Int8Array;
  /** By word: what a byte is worth. */
  readonly scales: Float32Array;
}

/**
 * Trains word vectors on the engine: a made-up query (some words of a document, part of them exchanged for synonyms) is
 * to find its document among all others, by cosine. A few seconds; equal lessons and seed give equal vectors on one
 * machine.
 */
export async function trainEncoder(
  runtime: Runtime,
  lesson: Lesson,
  options: { readonly seed?: number; readonly signal?: AbortSignal } = {},
): Promise<WordVectors> {
  const { vocabulary, documents } = lesson;
  const { seed = 0, signal } = options;
  const [n, v] = [documents.length, vocabulary.length];
  const position = new Map(vocabulary.map((word, at) => [word, at]));
  const fill = (row: Float32Array, words: Iterable<readonly [string, number]>) => {
    for (const [word, weight] of words) {
      const at = position.get(word);
      if (at !== undefined) row[at] = (row[at] ?? 0) + weight * (lesson.rarity.get(word) ?? 1);
    }
    unit(row);
  };
  const pages = new Float32Array(n * v);
  for (const [i, words] of documents.entries()) fill(pages.subarray(i * v, (i + 1) * v), words);
  const asked = new Float32Array(n * QUERIES_A_DOCUMENT * v);
  const answers = new Int32Array(n * QUERIES_A_DOCUMENT);
  for (let k = 0; k < answers.length; k++) {
    const document = k % n;
    answers[k] = document;
    const words = madeUpQuery(lesson, documents[document] ?? new Map(), rngOf(seed, "query", k));
    fill(
      asked.subarray(k * v, (k + 1) * v),
      words.map((word) => [word, 1]),
    );
  }
  const result = await train(runtime, {
    phases: phase({
      name: "words",
      data: streamOf({
        x: tensor("float32", [answers.length, v], asked),
        y: tensor("int32", [answers.length], answers),
      }),
      batchSize: 119,
      network: (g, { x }) => {
        const w = g.param("words", [v, WIDTH], { init: init.normal(1 / Math.sqrt(WIDTH)) });
        const directions = (rows: Value) => normalizeVectors(g, g.MatMul(rows, w));
        const found = directions(x);
        const all = directions(g.constant(tensor("float32", [n, v], pages)));
        return g.Mul(g.MatMul(found, g.Transpose(all, { perm: [1, 0] })), g.scalar(1 / TEMPERATURE));
      },
      loss: (g, logits, { y }) => crossEntropy(g, logits, y, 0.05),
      optimizer: adam(),
      schedule: cosine(0.01),
    }),
    epochs: EPOCHS,
    seed,
    threads: 1,
    signal,
  });
  const words = Object.values(result.parameters)[0];
  return quantise(Float32Array.from(words?.data ?? [], Number), WIDTH);
}

/** Two to seven words of the document, rare ones more often; some said otherwise. */
function madeUpQuery(lesson: Lesson, document: ReadonlyMap<string, number>, rng: Rng): string[] {
  const words = [...document.keys()];
  const weights = words.map((word) => lesson.rarity.get(word) ?? 0);
  return Array.from({ length: 2 + rng.int(6) }, () => {
    const word = words[rng.weighted(weights)] ?? "";
    const others = lesson.synonyms.get(word) ?? [];
    return others.length > 0 && rng.float() < REPLACED ? rng.pick(others) : word;
  });
}

function quantise(values: Float32Array, width: number): WordVectors {
  const count = Math.floor(values.length / width);
  const bytes = new Int8Array(count * width);
  const scales = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let most = 0;
    for (let j = 0; j < width; j++) most = Math.max(most, Math.abs(values[i * width + j] ?? 0));
    scales[i] = most / 127;
    for (let j = 0; j < width; j++) {
      bytes[i * width + j] = most === 0 ? 0 : Math.round(((values[i * width + j] ?? 0) / most) * 127);
    }
  }
  return { width, bytes, scales };
}

/** Scales to length one, in place; nothing stays nothing. */
export function unit(row: Float32Array): Float32Array {
  const length = Math.hypot(...row);
  if (length > 0) for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) / length;
  return row;
}

/** The direction of a text: the weighted sum of its words' vectors, of length one. */
export function encodeText(
  vectors: WordVectors,
  words: Iterable<readonly [at: number, weight: number]>,
): Float32Array {
  const { width, bytes, scales } = vectors;
  const out = new Float32Array(width);
  for (const [at, weight] of words) {
    const factor = weight * (scales[at] ?? 0);
    for (let j = 0; j < width; j++) out[j] = (out[j] ?? 0) + factor * (bytes[at * width + j] ?? 0);
  }
  return unit(out);
}

/** As one block of bytes, to be kept: width, then scales, then bytes. */
export function packVectors({ width, bytes, scales }: WordVectors): Uint8Array {
  const out = new Uint8Array(4 + 4 * scales.length + bytes.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, width, true);
  for (const [i, scale] of scales.entries()) view.setFloat32(4 + 4 * i, scale, true);
  out.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), 4 + 4 * scales.length);
  return out;
}

/** Undefined where the bytes are not vectors of that many words. */
export function unpackVectors(packed: Uint8Array, words: number): WordVectors | undefined {
  if (packed.length < 4) return undefined;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const width = view.getUint32(0, true);
  if (packed.length !== 4 + words * (4 + width)) return undefined;
  const scales = Float32Array.from({ length: words }, (_, i) => view.getFloat32(4 + 4 * i, true));
  const bytes = Int8Array.from({ length: words * width }, (_, i) => view.getInt8(4 + 4 * words + i));
  return { width, bytes, scales };
}
