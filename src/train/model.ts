import { type Dim, dim, fail } from "../base/index.js";
import type { Dataset, InputSpec, Preprocessing, Task } from "../data/index.js";
import { tensor, type Value } from "../ir/index.js";
import { buildNetwork, type Network, type NetworkBuilder } from "../nn/index.js";
import { type Augmentation, augment, NO_AUGMENTATION } from "./augment.js";
import { asBytes, type Teacher } from "./distill.js";
import { mixup } from "./mixup.js";
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
 * preprocessing and augmentation, for bodies that bring a preprocessing of their own; `problem` is what they are built for.
 */
export type ModelBody = (
  g: NetworkBuilder,
  features: Features,
  outputs: number,
  raw: ReadonlyMap<string, Value>,
  problem: Problem,
) => Value;

export interface ModelOptions {
  readonly training: boolean;
  readonly batch: Dim;
  readonly augmentation?: Augmentation;
  /** Training form only: α of {@link mixup}, 0 for none. A second output, `share`, says how much of each target counts. */
  readonly mixup?: number;
  /** Training form only: a second output, `teacher`, gives what this network makes of the same (augmented) inputs. */
  readonly teacher?: Teacher;
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
      const taught: Record<string, Value> = {};
      if (options.training && options.mixup !== undefined && options.mixup !== 0) {
        const mixed = mixup(g, features, options.mixup);
        features = mixed.features;
        taught.share = mixed.share;
      }
      const out = body(g, features, outputWidth(task), raw, problem);
      if (options.training && options.teacher !== undefined)
        taught.teacher = lesson(g, options.teacher, problem, raw, features);
      if (task.kind === "classification") {
        return options.training
          ? { logits: out, ...taught }
          : { logits: out, probabilities: g.Softmax(out, { axis: -1 }) };
      }
      if (options.training) return { value: out, ...taught };
      return { value: g.Add(g.Mul(out, g.scalar(task.std)), g.scalar(task.mean)) };
    },
    options,
  );
}

/**
 * What a teacher says of the examples as the student sees them (Beyer et al. 2022: one view for both). Logits, or
 * values in standardised units.
 */
function lesson(
  g: NetworkBuilder,
  teacher: Teacher,
  problem: Problem,
  raw: ReadonlyMap<string, Value>,
  features: Features,
): Value {
  const { task, preprocessing } = problem;
  const inputs: Record<string, Value> = Object.fromEntries(raw);
  const image = raw.get("image");
  if (features.kind === "image" && preprocessing.kind === "image" && image !== undefined) {
    const shape = [1, preprocessing.mean.length, 1, 1];
    const seen = g.Add(
      g.Mul(features.image, g.constant(tensor("float32", shape, preprocessing.std))),
      g.constant(tensor("float32", shape, preprocessing.mean)),
    );
    inputs.image = image.dtype === "uint8" ? asBytes(g, seen) : seen;
  }
  const outputs = teacher.apply(g, inputs);
  const out = outputs.logits ?? outputs.value ?? Object.values(outputs)[0];
  if (out === undefined) return fail("teacher_output", { expected: "a teacher with an output" });
  const width = dim.size(out.shape.slice(1));
  if (width !== outputWidth(task)) {
    return fail("teacher_output", {
      path: out.name,
      expected: `${outputWidth(task)} outputs an example`,
      received: `shape ${dim.format(out.shape)}`,
      hint: "train a teacher on the same classes",
    });
  }
  if (task.kind === "classification") return out;
  return g.Reshape(g.Mul(g.Sub(out, g.scalar(task.mean)), g.scalar(1 / task.std)), g.i64([-1, 1]));
}
