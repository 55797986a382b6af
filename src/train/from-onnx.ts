import { dim, fail } from "../base/index.js";
import { type Graph, type Model, prune, type Value } from "../ir/index.js";
import { init, linear, type NetworkBuilder } from "../nn/index.js";
import { getMetadata } from "../onnx/portable.js";
import { constantsAsInitializers } from "./from-onnx-constants.js";
import { adaptedInput, defaultScale, type InputScale } from "./from-onnx-input.js";
import { checkTrainableOpset, modernise } from "./from-onnx-opset.js";
import { trainedOutput, withoutHead } from "./from-onnx-output.js";
import { rebuilt } from "./from-onnx-rebuild.js";
import { checkTrainable, rolesOf } from "./from-onnx-weights.js";
import { buildModel, type ModelBody, type Problem } from "./model.js";

export interface FromModelOptions {
  /** Output to train on. Default: `logits`, or the first one; a softmax at its end is left out. */
  readonly output?: string;
  /** Put a new linear layer in place of the last one, with as many outputs as the problem has. */
  readonly replaceHead?: boolean;
  /**
   * What the model expects of an image or a vector. Default: raw numbers for integer inputs and for files that
   * describe their own preprocessing in the metadata, standardised ones otherwise.
   */
  readonly input?: InputScale;
}

/**
 * An inference graph from a file as a network to be trained: float32 weights become parameters that begin with
 * the file's contents, running statistics become states, batch normalisation and dropout get their training
 * forms. The body brings the file's own preprocessing, so what is exported later takes raw data again.
 *
 * For regression the file's output is taken to be in the target's units. Errors (`onnx_…`, `operator_unknown`,
 * `opset_unsupported`) come from this call, not later: an operator without a gradient or unknown here, an input
 * whose shape does not fit, classes that do not match.
 */
export function trainableFromModel(
  model: Model,
  problem: Problem,
  options: FromModelOptions = {},
): ModelBody {
  const body = trainableBody(model, trainableGraph(model, options), options);
  // Whatever does not fit shows when both forms are built once.
  buildModel(model.graph.name, problem, body, { training: true, batch: 2 });
  buildModel(model.graph.name, problem, body, { training: false, batch: "N" });
  return body;
}

/**
 * The part of a file's graph that is trained, in the operator set that we emit and with its weights as initializers;
 * without its last layer where that is to be replaced. Errors as of {@link trainableFromModel}.
 */
export function trainableGraph(model: Model, options: FromModelOptions = {}): Graph {
  checkTrainableOpset(model);
  const wanted = prune(model.graph.with({ outputs: [trainedOutput(model.graph, options.output)] }));
  const graph = prune(constantsAsInitializers(modernise(wanted, model.opsets[""] ?? 0)));
  checkTrainable(graph, rolesOf(graph));
  return options.replaceHead === true ? withoutHead(graph, rolesOf(graph)) : graph;
}

/** A {@link trainableGraph} of a model, edited or not, as a body. */
export function trainableBody(model: Model, graph: Graph, options: FromModelOptions = {}): ModelBody {
  const roles = rolesOf(graph);
  const inputs = usedInputs(graph);
  return (g, features, outputs, raw, problem) => {
    if (options.replaceHead !== true) checkClasses(model, problem);
    const bindings = new Map<Value, Value>();
    const [only] = inputs;
    if (inputs.length === 1 && only !== undefined && features.kind !== "table") {
      const scale = options.input ?? defaultScale(only, model.metadata);
      bindings.set(only, adaptedInput(g, only, problem, features, raw, scale));
    } else for (const input of inputs) bindings.set(input, inputByName(input, problem, raw));
    const [out] = rebuilt(g, graph, roles, bindings);
    if (out === undefined) fail("onnx_outputs", { path: graph.name, expected: "an output" });
    if (options.replaceHead === true) {
      const flat = out.rank === 2 ? out : g.Flatten(out, { axis: 1 });
      return g.scope("head", () => linear(g, flat, outputs, { init: init.fanUniform }));
    }
    return prediction(g, out, problem, outputs);
  };
}

function usedInputs(graph: Graph): Value[] {
  const used = new Set(graph.nodes.flatMap((node) => node.inputs));
  return graph.inputs.filter((v) => v.data === undefined && used.has(v));
}

/** A model with the data set's own inputs, as our exported files have them. */
function inputByName(input: Value, problem: Problem, raw: ReadonlyMap<string, Value>): Value {
  const given = raw.get(input.name);
  const fits =
    given !== undefined &&
    given.dtype === input.dtype &&
    given.rank === input.rank &&
    given.shape.every((d, i) => i === 0 || !dim.conflict(d, input.shape[i] ?? d));
  if (fits) return given;
  const spec = (v: Pick<Value, "name" | "dtype" | "shape">) => `${v.name}: ${v.dtype} ${dim.format(v.shape)}`;
  return fail("onnx_inputs", {
    path: input.name,
    expected: problem.inputs.map((it) => spec({ ...it, shape: ["N", ...it.shape] })).join(", "),
    received: spec(input),
    hint: "the model was made for other columns, or in another order",
  });
}

/** The file's classes, where it names them, must be the problem's, in the same order. */
function checkClasses(model: Model, { task }: Problem): void {
  const described = getMetadata(model, "task");
  if (task.kind !== "classification" || typeof described !== "object" || described === null) return;
  const { classes } = described as { readonly classes?: unknown };
  if (!Array.isArray(classes) || JSON.stringify(classes) === JSON.stringify(task.classes)) return;
  fail("onnx_classes", {
    expected: `classes ${listed(task.classes)}`,
    received: listed(classes.map(String)),
    hint: "ask for replaceHead to learn the new classes on the old features",
  });
}

function listed(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(", ")}, … (${names.length})` : names.join(", ");
}

/** [N, outputs]; numbers in the target's units come in standardised ones, as the loss wants them. */
function prediction(g: NetworkBuilder, out: Value, { task }: Problem, outputs: number): Value {
  const width = dim.size(out.shape.slice(1));
  if (width !== outputs) {
    fail("onnx_classes", {
      path: out.name,
      expected: `${outputs} outputs an example`,
      received: `shape ${dim.format(out.shape)}`,
      hint: "ask for replaceHead to put a new last layer in place of the file's",
    });
  }
  const flat = out.rank === 2 ? out : g.Reshape(out, g.i64([-1, outputs]));
  if (task.kind === "classification") return flat;
  return g.Mul(g.Sub(flat, g.scalar(task.mean)), g.scalar(1 / task.std));
}
