import { fail } from "../base/index.js";
import type { Dataset, Split } from "../data/index.js";
import type { Tensor } from "../ir/index.js";
import type { Session } from "../runtime/index.js";
import { columnTensor } from "./trainer.js";

/** Quality of a model on a split. */
export interface Evaluation {
  /** Mean cross-entropy, or mean squared error in standardised units. */
  readonly loss: number;
  /** Accuracy for classes, R² for numbers: more is better. */
  readonly score: number;
  /** Right answers; classification only. */
  readonly correct?: number;
  readonly examples: number;
  /** Rows: true class; columns: predicted class. Classification only. */
  readonly confusion?: readonly (readonly number[])[];
}

export interface EvaluateOptions {
  /** Feeds that every run shares: weights, where they are inputs. */
  readonly fixed?: Readonly<Record<string, Tensor>>;
  /** Name of the output with logits [N, K], or values [N, 1] in the target's units. */
  readonly output: string;
  readonly batchSize?: number;
  /** How many, evenly over the split. Default: all. */
  readonly examples?: number;
  readonly signal?: AbortSignal;
}

/** Run a session over a split of raw examples and score its predictions. */
export async function evaluateWith(
  session: Session,
  dataset: Dataset,
  split: Split,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const { fixed = {}, output, batchSize = 250, signal } = options;
  const count = Math.min(options.examples ?? split.length, split.length);
  const tally =
    dataset.task.kind === "classification"
      ? classTally(dataset.task.classes.length)
      : valueTally(dataset.task.std);
  for (let from = 0; from < count; from += batchSize) {
    signal?.throwIfAborted();
    const rows = Array.from({ length: Math.min(batchSize, count - from) }, (_, i) =>
      Math.floor(((from + i) * split.length) / count),
    );
    const batch = await split.read(rows, signal);
    const feeds: Record<string, Tensor> = { ...fixed };
    for (const spec of dataset.inputs) {
      feeds[spec.name] = columnTensor(spec.dtype, [rows.length, ...spec.shape], batch.inputs[spec.name]);
    }
    const wanted = new Set(session.inputNames);
    for (const name of Object.keys(feeds)) if (!wanted.has(name)) delete feeds[name];
    const result = (await session.run(feeds, [output]))[output];
    if (!(result?.data instanceof Float32Array))
      fail("runtime_output", { path: output, expected: "float32" });
    tally.add(result.data, batch.target);
  }
  return tally.result(split);
}

function classTally(classes: number) {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let loss = 0;
  let correct = 0;
  let examples = 0;
  return {
    add(logits: Float32Array, target: ArrayLike<number>) {
      for (let i = 0; i < target.length; i++) {
        const row = logits.subarray(i * classes, (i + 1) * classes);
        let top = 0;
        for (let k = 1; k < classes; k++) if ((row[k] ?? 0) > (row[top] ?? 0)) top = k;
        let sum = 0;
        for (const z of row) sum += Math.exp(z - (row[top] ?? 0));
        const truth = target[i] ?? 0;
        loss += Math.log(sum) + (row[top] ?? 0) - (row[truth] ?? 0);
        if (top === truth) correct++;
        const counts = confusion[truth];
        if (counts !== undefined) counts[top] = (counts[top] ?? 0) + 1;
        examples++;
      }
    },
    result: (_: Split): Evaluation => ({
      loss: loss / examples,
      score: correct / examples,
      correct,
      examples,
      confusion,
    }),
  };
}

function valueTally(std: number) {
  let squared = 0;
  let examples = 0;
  return {
    add(values: Float32Array, target: ArrayLike<number>) {
      for (let i = 0; i < target.length; i++) {
        squared += ((values[i] ?? 0) - (target[i] ?? 0)) ** 2;
        examples++;
      }
    },
    result(split: Split): Evaluation {
      let mean = 0;
      for (const y of split.targets) mean += y / split.length;
      let total = 0;
      for (const y of split.targets) total += (y - mean) ** 2;
      const meanSquare = squared / examples;
      const variance = Math.max(total, 1e-12) / split.length;
      return { loss: meanSquare / std ** 2, score: 1 - meanSquare / variance, examples };
    },
  };
}
