import type { Dim } from "../base/index.js";
import type { Dataset, InputSpec, Preprocessing, Task } from "../data/index.js";
import type { Value } from "../ir/index.js";
import { buildNetwork, type Network, type NetworkBuilder } from "../nn/index.js";
import { type Augmentation, augment, NO_AUGMENTATION } from "./augment.js";
import { type Features, preprocess } from "./preprocess.js";

/** What of a data set decides the form of a network: its inputs, what is done to them, and the task. */
export interface Problem {
  readonly inputs: readonly InputSpec[];
  readonly preprocessing: Preprocessing;
  readonly task: Task;
}

export function problemOf(dataset: Dataset): Problem {
  return { inputs: dataset.inputs, preprocessing: dataset.preprocessing, task: dataset.task };
}

/** Numbers that a network must put out for an example: a logit a class, or one value. */
export function outputWidth(task: Task): number {
  return task.kind === "classification" ? task.classes.length : 1;
}

/**
 * The part that architectures define: features in, [N, outputs] out. `raw` are the model's inputs before
 * preprocessing and augmentation, for bodies that bring a preprocessing of their own.
 */
export type ModelBody = (
  g: NetworkBuilder,
  features: Features,
  outputs: number,
  raw: ReadonlyMap<string, Value>,
) => Value;

export interface ModelOptions {
  readonly training: boolean;
  readonly batch: Dim;
  readonly augmentation?: Augmentation;
}

/**
 * A whole model around a body: raw inputs, preprocessing, (in training) augmentation, the body.
 * Outputs: `logits`, and in the inference form also `probabilities`; `value` for regression, which the
 * inference form gives in the target's own units.
 */
export function buildModel(name: string, problem: Problem, body: ModelBody, options: ModelOptions): Network {
  const { task } = problem;
  return buildNetwork(
    name,
    problem.inputs,
    (g, inputs): Record<string, Value> => {
      const raw = new Map(problem.inputs.map((spec, i) => [spec.name, inputs[i] as Value]));
      let features = preprocess(g, raw, problem.preprocessing);
      if (options.training && features.kind === "image") {
        features = {
          ...features,
          image: augment(g, features.image, options.augmentation ?? NO_AUGMENTATION),
        };
      }
      const out = body(g, features, outputWidth(task), raw);
      if (task.kind === "classification") {
        return options.training
          ? { logits: out }
          : { logits: out, probabilities: g.Softmax(out, { axis: -1 }) };
      }
      if (options.training) return { value: out };
      return { value: g.Add(g.Mul(out, g.scalar(task.std)), g.scalar(task.mean)) };
    },
    options,
  );
}
