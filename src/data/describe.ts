/** A data set as plain JSON, for `morph data NAME` and result cards. */
import {
  type Dataset,
  type InputSpec,
  type Preprocessing,
  SPLITS,
  type Split,
  type SplitName,
  type Task,
} from "./dataset.js";

export interface DatasetDescription {
  readonly name: string;
  readonly hash: string;
  readonly source: string;
  readonly task: Task;
  readonly sizes: Readonly<Record<SplitName, number>>;
  /** Examples of each class by split; absent for regression. */
  readonly classCounts?: Readonly<Record<string, Readonly<Record<SplitName, number>>>>;
  /** Range of the target by split; absent for classification. */
  readonly targetRange?: Readonly<Record<SplitName, { readonly min: number; readonly max: number }>>;
  readonly inputs: readonly InputSpec[];
  readonly preprocessing: Preprocessing;
  readonly bytes: number;
  readonly inMemory: boolean;
  readonly notes: readonly string[];
}

export function describeDataset(dataset: Dataset): DatasetDescription {
  const { name, hash, source, task, inputs, preprocessing, bytes, inMemory, notes, splits } = dataset;
  const each = <T>(of: (split: Split) => T) => {
    const [train, validation, test] = SPLITS.map((key) => of(splits[key])) as [T, T, T];
    return { train, validation, test };
  };
  return {
    name,
    hash,
    source,
    task,
    sizes: each((split) => split.length),
    ...(task.kind === "classification"
      ? {
          classCounts: Object.fromEntries(
            task.classes.map((label, c) => [label, each(({ targets }) => countOf(targets, c))]),
          ),
        }
      : {
          targetRange: each(({ targets }) => rangeOf(targets)),
        }),
    inputs,
    preprocessing,
    bytes,
    inMemory,
    notes,
  };
}

function countOf(targets: Int32Array | Float32Array, label: number): number {
  let count = 0;
  for (const target of targets) if (target === label) count++;
  return count;
}

function rangeOf(targets: Int32Array | Float32Array): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const target of targets) {
    min = Math.min(min, target);
    max = Math.max(max, target);
  }
  return { min, max };
}
