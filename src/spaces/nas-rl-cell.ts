import { issue } from "../base/index.js";
import { tensor, type Value } from "../ir/index.js";
import { fixedDim, init, linear, type NetworkBuilder } from "../nn/index.js";
import type { Builder } from "../ops/index.js";
import { type Infer, type Schema, s } from "../schema/index.js";
import type { Features } from "../train/index.js";
import { defineSpace } from "./define.js";

const step = s.object({
  combine: s.oneOf(["add", "multiply"]).describe("how the two inputs meet"),
  activation: s.oneOf(["identity", "tanh", "sigmoid", "relu"]),
});
type Step = Infer<typeof step>;

/** A tree of nodes, leaves first, the root last; where the memory enters and from where it is taken. */
export interface NasRlCellGenotype {
  [node: `node${number}`]: Step;
  inject: Step;
  memoryInto: number;
  memoryFrom: number;
}

function schemaOf(leaves: number): Schema<NasRlCellGenotype> {
  const nodes = 2 * leaves - 1;
  const schema: unknown = s.object({
    ...Object.fromEntries(Array.from({ length: nodes }, (_, i) => [`node${i}`, step])),
    inject: step.describe("how the old memory is joined to a node's output"),
    memoryInto: s.int({ min: 0, max: nodes - 1 }).describe("node that the old memory joins"),
    memoryFrom: s
      .int({ min: 0, max: nodes - 1 })
      .describe("node whose value before activation is the new memory"),
  });
  return schema as Schema<NasRlCellGenotype>;
}

export interface NasRlCellSettings {
  /** Leaves of the tree, a power of two: the paper's base number. */
  readonly leaves: number;
  /** Numbers of the hidden state. */
  readonly hidden: number;
}

/**
 * The recurrent space of Zoph & Le 2017 (arXiv:1611.01578, section 3.4): the cell is a complete binary tree whose leaves
 * join linear maps of x_t and h_{t-1}, inner nodes join two children, and a memory c is added to one node and taken
 * from one; 8¹⁶ · 15² ≈ 6.3e16 cells of base 8. Images are read row by row, arrays [steps, channels] step by step; the
 * last hidden state is classified. One layer.
 */
export function nasRlCellSpace(settings: Partial<NasRlCellSettings> = {}) {
  const { leaves = 8, hidden = 64 } = settings;
  return over(schemaOf(leaves), leaves, hidden);
}

function over(schema: Schema<NasRlCellGenotype>, leaves: number, hidden: number) {
  return defineSpace({
    name: "nas-rl-cell",
    version: 1,
    description: "Recurrent cells as binary trees with a memory (Zoph & Le), over rows or steps",
    schema,
    recipe: {
      batchSize: 32,
      optimizer: "adamw",
      learningRate: 3e-3,
      weightDecay: 1e-3,
      labelSmoothing: 0,
      warmupEpochs: 0.5,
    },
    accepts: ({ preprocessing, inputs }) =>
      preprocessing.kind === "image" || (preprocessing.kind === "plain" && inputs[0]?.shape.length === 2)
        ? undefined
        : issue("space_input", {
            path: "nas-rl-cell",
            expected: "images, or arrays [steps, channels]",
            received: preprocessing.kind === "table" ? "a table" : "vectors",
            hint: "use --space tabular-mlp",
          }),
    build(g, features, genotype, outputs) {
      const steps = stepsOf(g, features);
      const width = leaves * hidden;
      const last = g.scope("cell", () => {
        const wx = g.param("input_weight", [fixedDim(steps, -1), width], { init: init.glorotUniform });
        const wh = g.param("hidden_weight", [hidden, width], { init: init.glorotUniform });
        const biasX = g.param("input_bias", [width], { init: init.zeros, decay: false });
        const biasH = g.param("hidden_bias", [width], { init: init.zeros, decay: false });
        const projected = g.Add(g.MatMul(steps, wx), biasX);
        // Zeros of the batch's length, which may be known at run time only.
        const still = g.Mul(
          g.Slice(g.Gather(projected, g.i64(0), { axis: 0 }), g.i64([0]), g.i64([hidden]), g.i64([1])),
          g.scalar(0),
        );
        const [batch = 1] = still.shape;
        const state = { dtype: "float32", shape: [batch, hidden] } as const;
        const body = g.subgraph(
          "step",
          [
            { name: "h", ...state },
            { name: "c", ...state },
            { name: "x", dtype: "float32", shape: [batch, width] },
          ],
          (inner, h, c, x) => {
            if (h === undefined || c === undefined || x === undefined) return [];
            const recurrent = inner.Add(inner.MatMul(h, wh), biasH);
            return tree(inner, genotype, leaves, hidden, x, recurrent, c);
          },
        );
        const [h] = g.Scan([still, still, projected], { body, num_scan_inputs: 1 });
        return h ?? still;
      });
      return g.scope("classifier", () => linear(g, last, outputs));
    },
  });
}

const schema = schemaOf(8);
export const nasRlCell = { ...over(schema, 8, 64), tiny: over(schema, 8, 4) };

/** [steps, N, channels]: rows of an image with all their channels, or steps of an array. */
function stepsOf(g: NetworkBuilder, features: Features): Value {
  if (features.kind === "table") throw new TypeError("the space takes no tables");
  if (features.kind === "plain") return g.Transpose(features.x, { perm: [1, 0, 2] });
  const { image } = features;
  const rows = g.Transpose(image, { perm: [2, 0, 1, 3] });
  const [height = 1, , channels = 1, width = 1] = rows.shape.map(Number);
  return g.Reshape(rows, g.constant(tensor("int64", [3], [height, -1, channels * width])));
}

/** One step: new hidden state and memory. */
function tree(
  g: Builder,
  genotype: NasRlCellGenotype,
  leaves: number,
  hidden: number,
  x: Value,
  recurrent: Value,
  memory: Value,
): Value[] {
  const sizes = g.i64(Array.from({ length: leaves }, () => hidden));
  const xs = g.op("Split", [x, sizes], { axis: 1 }, leaves);
  const hs = g.op("Split", [recurrent, sizes], { axis: 1 }, leaves);
  const { memoryInto, memoryFrom, inject } = genotype;
  let next = memory;
  const finish = (index: number, a: Value | undefined, b: Value | undefined): Value => {
    const it = genotype[`node${index}`];
    if (it === undefined || a === undefined || b === undefined)
      throw new TypeError("the tree has all its nodes");
    const before = combine(g, it, a, b);
    if (index === memoryFrom) next = before;
    const y = activate(g, it, before);
    return index === memoryInto ? activate(g, inject, combine(g, inject, y, memory)) : y;
  };
  const nodes = xs.map((it, i) => finish(i, it, hs[i]));
  for (let child = 0; nodes.length < 2 * leaves - 1; child += 2) {
    nodes.push(finish(nodes.length, nodes[child], nodes[child + 1]));
  }
  return [nodes.at(-1) ?? x, next];
}

function combine(g: Builder, { combine: how }: Step, a: Value, b: Value): Value {
  return how === "add" ? g.Add(a, b) : g.Mul(a, b);
}

function activate(g: Builder, { activation }: Step, x: Value): Value {
  if (activation === "identity") return x;
  return activation === "tanh" ? g.Tanh(x) : activation === "sigmoid" ? g.Sigmoid(x) : g.Relu(x);
}
