import { dim, issue } from "../../base/index.js";
import type { Value } from "../../ir/index.js";
import { attr } from "../attributes.js";
import { defineOp } from "../define.js";
import { type RefTensor, ref } from "../reference.js";

declare module "../builder.js" {
  interface OpCalls {
    /**
     * Counts of the n-grams of a pool in x [words] or [N, words] (strings or integers): 0 or 1, counts, or weighted
     * counts. `ngram_counts` says where in the pool the 1-grams, 2-grams, … begin, `ngram_indexes` their columns.
     */
    TfIdfVectorizer(
      x: Value,
      attrs: {
        mode: "TF" | "IDF" | "TFIDF";
        min_gram_length: number;
        max_gram_length: number;
        max_skip_count: number;
        ngram_counts: readonly number[];
        ngram_indexes: readonly number[];
        pool_int64s?: readonly number[];
        pool_strings?: readonly string[];
        weights?: readonly number[];
      },
    ): Value;
  }
}

/** Bags of n-grams. */
export const TfIdfVectorizer = defineOp({
  type: "TfIdfVectorizer",
  since: 9,
  doc: "How often each n-gram of a pool occurs, with gaps between its words where allowed.",
  inputs: ["x"],
  outputs: ["y"],
  attributes: {
    max_gram_length: attr.int(),
    max_skip_count: attr.int(),
    min_gram_length: attr.int(),
    mode: attr.string(),
    ngram_counts: attr.ints([]),
    ngram_indexes: attr.ints([]),
    pool_int64s: attr.ints(),
    pool_strings: attr.strings(),
    weights: attr.floats(),
  },
  infer({ x }, { ngram_indexes }) {
    if (x.shape.length === 0 || x.shape.length > 2 || ngram_indexes.length === 0) {
      return issue("tf_idf", {
        expected: "x [words] or [N, words], and a pool",
        received: dim.format(x.shape),
      });
    }
    const columns = ngram_indexes.reduce((a, b) => Math.max(a, b), 0) + 1;
    return { y: { dtype: "float32" as const, shape: [...x.shape.slice(0, -1), columns] } };
  },
  cost: ({ x }) => ({ flops: dim.size(x.shape) }),
  evaluate({ x }, attrs) {
    const columns = attrs.ngram_indexes.reduce((a, b) => Math.max(a, b), 0) + 1;
    const words = x.dims.at(-1) ?? 1;
    const rows = x.dims.length === 2 ? (x.dims[0] ?? 1) : 1;
    const pool = (attrs.pool_strings ?? attrs.pool_int64s ?? []).map(String);
    const y = ref("float32", [...x.dims.slice(0, -1), columns]);
    const grams = gramsOf(pool, attrs.ngram_counts, attrs.ngram_indexes);
    for (let row = 0; row < rows; row++) {
      const text = Array.from({ length: words }, (_, i) => wordAt(x, row * words + i));
      const count = (gram: readonly string[]) => {
        const column = grams.get(gram.join("\u0000"));
        if (column !== undefined) y.data[row * columns + column] = (y.data[row * columns + column] ?? 0) + 1;
      };
      for (let n = attrs.min_gram_length ?? 1; n <= (attrs.max_gram_length ?? 1); n++) {
        // Gaps of single words mean nothing.
        for (let gap = 1; gap <= (n === 1 ? 1 : (attrs.max_skip_count ?? 0) + 1); gap++) {
          for (let start = 0; start + (n - 1) * gap < words; start++) {
            count(Array.from({ length: n }, (_, i) => text[start + i * gap] ?? ""));
          }
        }
      }
    }
    const weight = new Map(attrs.ngram_indexes.map((column, i) => [column, attrs.weights?.[i] ?? 1]));
    y.data.forEach((v, i) => {
      const w = weight.get(i % columns) ?? 1;
      if (attrs.mode === "IDF" || attrs.mode === "TFIDF")
        y.data[i] = (attrs.mode === "IDF" ? Number(v > 0) : v) * w;
    });
    return { y };
  },
  grad: "zero",
  samples: [
    {
      inputs: {
        x: { dims: [2, 6], dtype: "int32", values: [1, 1, 3, 3, 3, 7, 8, 6, 7, 5, 6, 8], feed: true },
      },
      attrs: pooled("TF", 0),
    },
    {
      inputs: { x: { dims: [12], dtype: "int32", values: [1, 1, 3, 3, 3, 7, 8, 6, 7, 5, 6, 8], feed: true } },
      attrs: pooled("TFIDF", 5),
    },
    {
      inputs: { x: { dims: [4], dtype: "string", text: ["a", "b", "a", "b"], feed: true } },
      attrs: {
        mode: "IDF",
        min_gram_length: 1,
        max_gram_length: 2,
        max_skip_count: 0,
        ngram_counts: [0, 2],
        ngram_indexes: [0, 1, 2],
        pool_strings: ["a", "c", "a", "b"],
        weights: [2, 3, 0.5],
      },
    },
  ],
});

function pooled(mode: string, max_skip_count: number) {
  return {
    mode,
    min_gram_length: 1,
    max_gram_length: 2,
    max_skip_count,
    ngram_counts: [0, 4],
    ngram_indexes: [0, 1, 2, 3, 4, 5, 6],
    pool_int64s: [2, 3, 5, 4, 5, 6, 7, 8, 6, 7],
    ...(mode === "TF" ? {} : { weights: [1, 2, 3, 4, 5, 6, 7] }),
  };
}

/** Columns by n-gram. */
function gramsOf(
  pool: readonly string[],
  starts: readonly number[],
  columns: readonly number[],
): Map<string, number> {
  const grams = new Map<string, number>();
  let number = 0;
  starts.forEach((start, i) => {
    const [n, end] = [i + 1, starts[i + 1] ?? pool.length];
    for (let at = start; at + n <= end; at += n) {
      const column = columns[number++];
      if (column !== undefined) grams.set(pool.slice(at, at + n).join("\u0000"), column);
    }
  });
  return grams;
}

function wordAt(x: RefTensor, at: number): string {
  return x.text?.[at] ?? String(x.data[at] ?? 0);
}
