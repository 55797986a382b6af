import { ExitCode, fail, type Issue, issue, MorphError } from "../../base/index.js";
import type { Graph, Model, Node, Value } from "../../ir/index.js";
import { getMetadata } from "../../onnx/portable.js";
import { EMITTED_OPSET } from "../../ops/index.js";
import { inferShapes } from "../../passes/index.js";
import { type AnySchema, type Scalar, type Schema, s } from "../../schema/index.js";
import {
  buildModel,
  type FromModelOptions,
  type ModelBody,
  type Problem,
  trainableBody,
  trainableGraph,
} from "../../train/index.js";
import { problemOfShape } from "../../zoo/index.js";
import { defineSpace, type Space } from "../define.js";
import { edited } from "./edits.js";
import { EDIT_KINDS, type EditKind, type Site, sitesOf } from "./sites.js";

/** Decisions by kind of edit, then by site: the name of a node of the file. */
export type OnnxGenotype = { readonly [K in EditKind]?: { readonly [site: string]: Scalar } };

export interface FromOnnxOptions extends FromModelOptions {
  /** Of the space. Default: the graph's name. */
  readonly name?: string;
}

/** How many edits a drawn network has on average, where there are sites for more. */
const EDITS = 3;

/**
 * The space around a network: a trained model, any ONNX file, and all that some edits make of it. Weights are inherited,
 * so training goes on instead of beginning. Wider layers (Net2WiderNet), deeper ones (identity layers, or branches
 * that begin at zero: Chen et al. 2016, arXiv:1511.05641) and larger kernels compute what the file computes; thinner
 * layers keep their largest channels, separable and factorised ones the best approximation; blocks that keep their
 * shape can be removed, activations and normalisations exchanged.
 * Errors: those of `trainableFromModel`; `space_no_sites` for a file with nothing to edit.
 */
export function fromOnnx(model: Model, options: FromOnnxOptions = {}): Space<Schema<OnnxGenotype>> {
  const graph = prepared(trainableGraph(model, options));
  const sites = sitesOf(graph);
  const name = options.name ?? graph.name;
  if (sites.length === 0) {
    fail(
      "space_no_sites",
      {
        path: name,
        expected: "convolutions, products or activations whose weights are in the file",
        received: `${graph.nodes.length} nodes, none of which can be edited`,
        hint: "choose a model with convolutional or linear layers, exported with its weights",
      },
      { exitCode: ExitCode.usage },
    );
  }
  const bodyOf = (genotype: OnnxGenotype): ModelBody =>
    trainableBody(
      model,
      edited(graph, (kind, key) => genotype[kind]?.[keyOf(key)]),
      options,
    );
  const original = Object.fromEntries(
    grouped(sites).map(([kind, own]) => [
      kind,
      Object.fromEntries(own.map((it) => [keyOf(it.key), it.values[0]])),
    ]),
  ) as OnnxGenotype;
  return defineSpace<Schema<OnnxGenotype>>({
    name,
    version: 1,
    description: `Edits of ${name}: ${sites.length} sites, weights inherited`,
    schema: schemaOf(sites),
    recipe: {
      batchSize: 64,
      optimizer: "adamw",
      learningRate: 1e-3,
      weightDecay: 0.01,
      labelSmoothing: 0.05,
      warmupEpochs: 0.5,
    },
    seeds: { original },
    example: exampleOf(model, graph, bodyOf({}), options),
    accepts: (problem) => objection(name, problem, bodyOf({})),
    build: (g, features, genotype, outputs, { raw, problem }) =>
      bodyOf(genotype)(g, features, outputs, raw, problem),
  });
}

/** The graph with a name of its own for each node, and shapes wherever they can be known. */
function prepared(graph: Graph): Graph {
  const taken = new Set<string>();
  const nodes = graph.nodes.map((node): Node => {
    const [out] = node.outputs;
    const stem = node.name || `${node.opType}_${out?.name ?? ""}`;
    let name = stem;
    for (let i = 2; taken.has(keyOf(name)); i++) name = `${stem}_${i}`;
    taken.add(keyOf(name));
    return { ...node, name };
  });
  return inferShapes(graph.with({ nodes }), { opset: EMITTED_OPSET }).graph;
}

/** A node's name as the name of a decision, which must be no number and hold no slash. */
function keyOf(name: string): string {
  const key = name.replace(/^[/.]+/, "").replace(/[^A-Za-z0-9_.-]+/g, ".");
  return /^(\d+|__proto__|)$/.test(key) ? `node${key}` : key;
}

function grouped(sites: readonly Site[]): [EditKind, Site[]][] {
  return EDIT_KINDS.flatMap((kind): [EditKind, Site[]][] => {
    const own = sites.filter((it) => it.kind === kind);
    return own.length === 0 ? [] : [[kind, own]];
  });
}

const MEANING: Readonly<Record<EditKind, string>> = {
  remove: "take the block out",
  replace: "by a cheaper layer, with the best approximation of its weights",
  kernel: "how much larger the kernel is, zeros around it, or smaller",
  activation: "another activation in its place",
  norm: "another normalisation in its place; affine: with fixed statistics",
  deepen: "a further layer behind it that begins as the identity",
  width: "channels of the layer and of all that must have as many, relative to the file's",
};

function schemaOf(sites: readonly Site[]): Schema<OnnxGenotype> {
  // Most decisions of a draw leave things as they are, so that it has a few edits.
  const share = Math.min(0.5, EDITS / sites.length);
  const decision = ({ kind, values }: Site): AnySchema =>
    s
      .oneOf(values, { weights: values.map((_, i) => (i === 0 ? 1 - share : share / (values.length - 1))) })
      .describe(MEANING[kind]);
  const kinds = grouped(sites).map(([kind, own]): [string, AnySchema] => [
    kind,
    s.object(Object.fromEntries(own.map((it) => [keyOf(it.key), decision(it)]))),
  ]);
  const made: unknown = s.object(Object.fromEntries(kinds));
  return made as Schema<OnnxGenotype>;
}

/** Why the file cannot take a problem: what goes wrong when the unedited network is built for it. */
function objection(name: string, problem: Problem, body: ModelBody): Issue | undefined {
  try {
    buildModel(name, problem, body, { training: true, batch: 2 });
    buildModel(name, problem, body, { training: false, batch: "N" });
    return undefined;
  } catch (error) {
    if (!(error instanceof MorphError)) throw error;
    const { expected, received, hint } = error.issue;
    return issue("space_input", {
      path: name,
      expected: expected ?? "data that the model takes",
      received: received ?? error.code,
      hint: hint ?? "choose data as the model was made for",
    });
  }
}

/** A problem that the file can be shown on: its own where it describes one, otherwise one of its shapes. */
function exampleOf(
  model: Model,
  graph: Graph,
  body: ModelBody,
  options: FromOnnxOptions,
): Problem | undefined {
  const fits = (problem: Problem) => objection(graph.name, problem, body) === undefined;
  const own = describedProblem(model);
  if (own !== undefined && fits(own)) return own;
  const [input] = graph.inputs.filter((v) => v.data === undefined);
  const [output] = graph.outputs;
  const shape = shapeOf(input)?.slice(1);
  const width = shapeOf(output)?.at(1);
  if (shape?.every((d) => typeof d === "number") !== true) return undefined;
  const dims = shape.map(Number);
  const classes = options.replaceHead === true ? 10 : typeof width === "number" ? width : 1;
  const [a = 1, b = 1, c = 1] = dims;
  const shapes = dims.length === 3 ? [dims, [c, a, b]] : [dims];
  return shapes.map((it) => problemOfShape(it, Math.max(1, classes))).find(fits);
}

function describedProblem(model: Model): Problem | undefined {
  const inputs: unknown = getMetadata(model, "inputs");
  const preprocessing: unknown = getMetadata(model, "preprocessing");
  // Our own files hold what they were trained on, without the moments of a target, which nothing here needs.
  const task: unknown = getMetadata(model, "task");
  if (
    !Array.isArray(inputs) ||
    typeof preprocessing !== "object" ||
    typeof task !== "object" ||
    task === null
  )
    return undefined;
  const whole: unknown = { inputs, preprocessing, task: { mean: 0, std: 1, ...task } };
  return whole as Problem;
}

function shapeOf(value: Value | undefined) {
  return value?.type?.kind === "tensor" ? value.type.shape : undefined;
}
