import { rngOf } from "../../base/index.js";
import { type Tensor, tensor } from "../../ir/index.js";
import type { Runtime, Session } from "../../runtime/index.js";
import {
  BATCH,
  CARRIED,
  firstSurrogate,
  fitModel,
  predictionModel,
  STEPS,
  type SurrogateSize,
  UNITS,
} from "./surrogate-model.js";

/** A genotype as words, and what it is worth, in (0, 1). */
export interface Example {
  readonly words: readonly string[];
  readonly target: number;
}

/** Predicts from a sequence of decisions what a network will be worth. Dispose of it: it holds sessions. */
export class Surrogate implements AsyncDisposable {
  private readonly vocabulary = new Map<string, number>();
  private size: SurrogateSize = { words: 0, length: 0 };
  private weights = new Map<string, Tensor>();
  private sessions: { readonly fit: Session; readonly predict: Session } | undefined;
  private fits = 0;

  constructor(
    private readonly runtime: Runtime,
    private readonly seed: number,
  ) {}

  /** Passes over the examples in mini-batches, at most `steps` of them. */
  async fit(examples: readonly Example[], epochs: number, steps: number): Promise<void> {
    const { length } = await this.fitting(examples.map((it) => it.words));
    const rng = rngOf(this.seed, "epnas", "fit", this.fits++);
    const wanted = Math.min(steps, Math.ceil((epochs * examples.length) / BATCH));
    let order: Example[] = [];
    for (let done = 0; done < wanted; done += STEPS) {
      const batch: Example[] = [];
      while (batch.length < STEPS * BATCH) {
        if (order.length === 0) order = rng.shuffle(examples);
        batch.push(...order.splice(0, STEPS * BATCH - batch.length));
      }
      const { words, lengths } = this.coded(
        batch.map((it) => it.words),
        length,
      );
      const results = await this.sessions?.fit.run({
        ...Object.fromEntries(this.weights),
        words: { dtype: "int64", dims: [STEPS, BATCH, length], data: words },
        lengths: tensor("int32", [STEPS, BATCH], lengths),
        targets: tensor(
          "float32",
          [STEPS, BATCH],
          batch.map((it) => it.target),
        ),
      });
      for (const name of CARRIED) {
        const next = results?.[`${name}_out`];
        if (next !== undefined) this.weights.set(name, next);
      }
    }
  }

  async predict(all: readonly (readonly string[])[]): Promise<ArrayLike<number>> {
    if (all.length === 0) return [];
    const { length } = await this.fitting(all);
    const { words, lengths } = this.coded(all, length);
    const results = await this.sessions?.predict.run({
      theta: this.weights.get("theta") ?? tensor("float32", [0], []),
      words: { dtype: "int64", dims: [all.length, length], data: words },
      lengths: tensor("int32", [all.length], lengths),
    });
    return (results?.predictions?.data ?? []) as Float32Array;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { sessions } = this;
    this.sessions = undefined;
    await sessions?.fit[Symbol.asyncDispose]();
    await sessions?.predict[Symbol.asyncDispose]();
  }

  /** Models that have room for some sequences; words that are new are given a place. */
  private async fitting(all: readonly (readonly string[])[]): Promise<SurrogateSize> {
    let longest = 1;
    for (const words of all) {
      longest = Math.max(longest, words.length);
      for (const word of words) {
        if (!this.vocabulary.has(word)) this.vocabulary.set(word, this.vocabulary.size);
      }
    }
    const before = this.size;
    // New models take a while to load: where lengths differ, and of words, there is room for more to come.
    const varied = all.some((words) => words.length !== longest);
    const size = {
      words: this.vocabulary.size > before.words ? roomFor(4 * this.vocabulary.size, 64) : before.words,
      length: longest > before.length ? Math.ceil(longest * (varied ? 1.5 : 1)) : before.length,
    };
    if (this.sessions === undefined || size.words !== before.words || size.length !== before.length) {
      await this[Symbol.asyncDispose]();
      this.grow(before.words, size.words);
      this.size = size;
      this.sessions = {
        fit: await this.runtime.load(fitModel(size)),
        predict: await this.runtime.load(predictionModel(size)),
      };
    }
    return size;
  }

  /** Room for more words: what was learned stays, new rows of the embedding are as in the beginning. */
  private grow(before: number, words: number): void {
    if (words === before) return;
    const fresh = firstSurrogate(this.seed, words);
    const step = this.weights.get("step") ?? tensor("float32", [], [0]);
    for (const name of ["theta", "first", "second"]) {
      const next = name === "theta" ? fresh.slice() : new Float32Array(fresh.length);
      const old = this.weights.get(name)?.data as Float32Array | undefined;
      if (old !== undefined) {
        next.set(old.subarray(0, before * UNITS));
        next.set(old.subarray(before * UNITS), words * UNITS);
      }
      this.weights.set(name, tensor("float32", [next.length], next));
    }
    this.weights.set("step", step);
  }

  private coded(all: readonly (readonly string[])[], length: number) {
    const words = new BigInt64Array(all.length * length);
    const lengths = new Int32Array(all.length);
    for (const [i, sequence] of all.entries()) {
      lengths[i] = sequence.length;
      for (const [t, word] of sequence.entries())
        words[i * length + t] = BigInt(this.vocabulary.get(word) ?? 0);
    }
    return { words, lengths };
  }
}

/** The least power of two, times a unit, that is enough. */
function roomFor(count: number, unit: number): number {
  let room = unit;
  while (room < count) room *= 2;
  return room;
}
