import { stopGradient } from "../autodiff/index.js";
import { dim, ExitCode, fail } from "../base/index.js";
import { type Graph, type Model, ONNX_DTYPE, type Value } from "../ir/index.js";
import { crossEntropy, fixedDim, init, type NetworkBuilder } from "../nn/index.js";
import { type Builder, inline } from "../ops/index.js";
import { checkTrainableOpset, modernise } from "./from-onnx-opset.js";

/** A trained network inside the training program: its weights are constants, and no gradient flows into it. */
export interface Teacher {
  readonly graph: Graph;
  /** Outputs by name, for inputs by name. Errors: `teacher_input` for one that is missing or does not fit. */
  apply(g: Builder, inputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>>;
}

/**
 * A model with its weights inside as a teacher.
 *
 * @throws `opset_unsupported` and others for models of operator sets that cannot be brought to ours
 */
export function teacherOf(model: Model): Teacher {
  checkTrainableOpset(model);
  const graph = modernise(model.graph, model.opsets[""] ?? 0);
  const wanted = graph.inputs.filter((v) => v.data === undefined);
  return {
    graph,
    apply(g, inputs) {
      const bindings = wanted.map((v) => {
        const given = Object.hasOwn(inputs, v.name) ? inputs[v.name] : undefined;
        const fits =
          given !== undefined &&
          given.dtype === v.dtype &&
          given.rank === v.rank &&
          given.shape.every((d, i) => i === 0 || !dim.conflict(d, v.shape[i] ?? d));
        if (fits) return [v, given] as const;
        return fail("teacher_input", {
          path: v.name,
          expected: `${v.dtype} ${dim.format(v.shape)}`,
          received: given === undefined ? "no such input" : `${given.dtype} ${dim.format(given.shape)}`,
          hint: "the teacher must take the same inputs as the student",
        });
      });
      const outputs = inline(g, graph, new Map(bindings));
      return Object.fromEntries(
        graph.outputs.map((v, i) => [v.name, stopGradient(g, outputs[i] ?? v)] as const),
      );
    },
  };
}

export interface DistillationOptions {
  /** T: how much the teacher's probabilities are evened out. Default 4. */
  readonly temperature?: number;
  /** Share of the soft part in the loss. Default 0.9. */
  readonly weight?: number;
}

/** @throws `distillation_option` */
export function checkDistillation({ temperature = 4, weight = 0.9 }: DistillationOptions) {
  if (!(temperature > 0 && Number.isFinite(temperature)))
    fail(
      "distillation_option",
      {
        path: "temperature",
        expected: "a number above 0",
        received: `${temperature}`,
      },
      { exitCode: ExitCode.usage },
    );
  if (!(weight >= 0 && weight <= 1))
    fail(
      "distillation_option",
      { path: "weight", expected: "a share from 0 to 1", received: `${weight}` },
      { exitCode: ExitCode.usage },
    );
  return { temperature, weight };
}

/** T²·KL(softmax(teacher/T) ‖ softmax(student/T)) of logits [N, K], mean over the examples (Hinton et al. 2015). */
export function softLoss(g: Builder, student: Value, teacher: Value, temperature: number): Value {
  const cooled = (logits: Value) => g.LogSoftmax(g.Mul(logits, g.scalar(1 / temperature)), { axis: -1 });
  const [log, logStudent] = [cooled(teacher), cooled(student)];
  const each = g.ReduceSum(g.Mul(g.Exp(log), g.Sub(log, logStudent)), g.i64([-1]), { keepdims: 0 });
  return g.Mul(g.ReduceMean(each, undefined, { keepdims: 0 }), g.scalar(temperature ** 2));
}

/**
 * Knowledge distillation (Hinton et al. 2015, section 2): w·{@link softLoss} + (1 − w)·cross-entropy with the labels
 * [N]. Gradients of the soft part have the size of the hard part's whatever the temperature.
 */
export function distillationLoss(
  g: Builder,
  student: Value,
  teacher: Value,
  labels: Value,
  options: DistillationOptions = {},
): Value {
  const { temperature, weight } = checkDistillation(options);
  const soft = g.Mul(softLoss(g, student, teacher, temperature), g.scalar(weight));
  if (weight === 1) return soft;
  return g.Add(soft, g.Mul(crossEntropy(g, student, labels), g.scalar(1 - weight)));
}

/**
 * Feature matching (Romero et al. 2015, FitNets, equation 3): mean squared difference of the student's features and the
 * teacher's, the former through a learned linear map of their axis 1 where the two widths differ. Sizes of all other
 * axes must agree. Departure: a mean in place of half a sum.
 */
export function featureLoss(g: NetworkBuilder, student: Value, teacher: Value): Value {
  const [from, to] = [fixedDim(student, 1), fixedDim(teacher, 1)];
  let mapped = student;
  if (from !== to) {
    const w = g.param("projection", [to, from], { init: init.glorotUniform });
    if (student.rank === 2) mapped = g.Gemm(student, w, undefined, { transB: 1 });
    else {
      // [N, C, …] as [N, C, places]: one product for all places.
      const flat = g.Reshape(student, g.i64([0, from, -1]));
      const shape = [0, to, ...student.shape.slice(2).map((_, i) => fixedDim(student, i + 2))];
      mapped = g.Reshape(g.MatMul(w, flat), g.i64(shape));
    }
  }
  const error = g.Sub(mapped, stopGradient(g, teacher));
  return g.ReduceMean(g.Mul(error, error), undefined, { keepdims: 0 });
}

/** Float features back as the type that a teacher takes: whole numbers from 0 to 255 for bytes. */
export function asBytes(g: Builder, x: Value): Value {
  return g.Cast(g.Clip(g.Round(x), g.scalar(0), g.scalar(255)), { to: ONNX_DTYPE.uint8 });
}
