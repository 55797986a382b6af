import { rngOf } from "../../base/index.js";
import { type Model, sizeOf, type Value } from "../../ir/index.js";
import { Builder } from "../../ops/index.js";
import { modelOf } from "../../train/index.js";
import { descend, type FlatLayout, parametersOf } from "../learning/flat-model.js";

/** Words that have a place in the embedding, and decisions of the longest sequence. */
export interface SurrogateSize {
  readonly words: number;
  readonly length: number;
}

export const UNITS = 48;
/** Steps of one run, and sequences of a step. */
export const STEPS = 10;
export const BATCH = 32;
const RATE = 1e-3;
/** First weights are drawn evenly from [-0.1, 0.1]; the output's bias begins at 1.8. */
const BOUND = 0.1;
const OUTPUT_BIAS = 1.8;

/** Embedding first: words are added at its end of the vector's head. */
export function surrogateLayout(words: number): FlatLayout {
  return [
    { name: "embedding", shape: [words, UNITS] },
    { name: "embedding_bias", shape: [UNITS] },
    { name: "input_weight", shape: [1, 4 * UNITS, UNITS] },
    { name: "hidden_weight", shape: [1, 4 * UNITS, UNITS] },
    { name: "bias", shape: [1, 8 * UNITS] },
    { name: "output_weight", shape: [UNITS, 1] },
    { name: "output_bias", shape: [1] },
  ];
}

/** First values of each parameter, by its name and the seed; those of a word do not depend on how many there are. */
export function firstSurrogate(seed: number, words: number): Float32Array {
  const parts = surrogateLayout(words).flatMap(({ name, shape }) => {
    if (name === "output_bias") return [OUTPUT_BIAS];
    const rng = rngOf(seed, "epnas", name);
    return Array.from({ length: sizeOf(shape) }, () => BOUND * (2 * rng.float() - 1));
  });
  return Float32Array.from(parts);
}

/**
 * Sequences of words [batch, length] (int64, padded) with their lengths [batch] (int32) to predictions [batch] in (0, 1):
 * embedding with sigmoid, LSTM, a linear map of its last state, sigmoid.
 */
function predict(g: Builder, layout: FlatLayout, theta: Value, words: Value, lengths: Value): Value {
  const parameters = parametersOf(g, layout, theta);
  const of = (name: string) => parameters.get(name) ?? theta;
  const embedded = g.Sigmoid(g.Add(g.Gather(of("embedding"), words, { axis: 0 }), of("embedding_bias")));
  const [, last = embedded] = g.op(
    "LSTM",
    [
      g.Transpose(embedded, { perm: [1, 0, 2] }),
      of("input_weight"),
      of("hidden_weight"),
      of("bias"),
      lengths,
    ],
    { hidden_size: UNITS },
    3,
  );
  const state = g.Squeeze(last, g.i64([0]));
  const y = g.Add(g.MatMul(state, of("output_weight")), of("output_bias"));
  return g.Sigmoid(g.Squeeze(y, g.i64([1])));
}

/** Names of what training carries. */
export const CARRIED = ["theta", "first", "second", "step"] as const;

/**
 * A few steps of Adam on the mean squared error, as one `Scan`. Inputs: the carried values, `words` [steps, batch, length],
 * `lengths` and `targets` [steps, batch]. Outputs: the carried values with `_out` behind their names.
 */
export function fitModel({ words: count, length }: SurrogateSize): Model {
  const layout = surrogateLayout(count);
  const size = layout.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const g = new Builder("surrogate_fit");
  const carried = CARRIED.map((name) => g.input(name, "float32", name === "step" ? [] : [size]));
  const scanned = [
    g.input("words", "int64", [STEPS, BATCH, length]),
    g.input("lengths", "int32", [STEPS, BATCH]),
    g.input("targets", "float32", [STEPS, BATCH]),
  ];
  const inputs = [...carried, ...scanned].map((v, i) => ({
    name: v.name,
    dtype: v.dtype,
    shape: i < carried.length ? v.shape : v.shape.slice(1),
  }));
  const body = g.subgraph("step", inputs, (b, theta, first, second, step0, words, lengths, targets) => {
    if (!theta || !first || !second || !step0 || !words || !lengths || !targets) return [];
    const step = b.Add(step0, b.scalar(1));
    const next = descend(b, layout, [theta, first, second], step, RATE, (weights) => {
      const error = b.Sub(predict(b, layout, weights, words, lengths), targets);
      return b.ReduceMean(b.Mul(error, error), undefined, { keepdims: 0 });
    });
    return [...next, step];
  });
  const results = g.Scan([...carried, ...scanned], { body, num_scan_inputs: scanned.length });
  return modelOf(
    g.finish(CARRIED.map((name, i) => g.identityAs(results[i] ?? (carried[i] as Value), `${name}_out`))),
  );
}

/** Inputs: `theta`, `words` [N, length], `lengths` [N]. Output: `predictions` [N]. */
export function predictionModel({ words: count, length }: SurrogateSize): Model {
  const layout = surrogateLayout(count);
  const size = layout.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const g = new Builder("surrogate");
  const theta = g.input("theta", "float32", [size]);
  const words = g.input("words", "int64", ["N", length]);
  const lengths = g.input("lengths", "int32", ["N"]);
  return modelOf(g.finish([g.identityAs(predict(g, layout, theta, words, lengths), "predictions")]));
}
