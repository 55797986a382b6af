import type { Value } from "../ir/index.js";
import {
  activation,
  batchNorm,
  dropout,
  encoderBlock,
  globalTokenMean,
  kanLinear,
  layerNorm,
  linear,
  type NetworkBuilder,
  numericEmbedding,
  obliviousTrees,
  periodicEmbedding,
} from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import { type Features, flatFeatures } from "../train/index.js";
import { defineSpace } from "./define.js";
import { tablesOnly } from "./tables.js";
import { tokensOf } from "./tokens.js";

const rate = s.oneOf([0, 0.1, 0.2, 0.4], { weights: [3, 1, 1, 1] });
const names = s.oneOf(["relu", "silu", "gelu", "elu"]);
const numbers = s.oneOf(
  {
    plain: s.object({}),
    linear: s.object({ width: s.oneOf([2, 4, 8]) }),
    periodic: s.object({ width: s.oneOf([4, 8, 16]) }),
  },
  { weights: { plain: 2, linear: 1, periodic: 2 } },
);
const numeric = numbers.describe("numbers as they are, or each as several");
const categories = s.oneOf([0, 2, 4, 8, 16]).describe("numbers a category becomes; 0 for one-hot columns");

const mlp = s.object({
  numeric,
  categories,
  width: s.int({ min: 16, max: 256, step: 16, log: true }).describe("of every hidden layer"),
  layers: s.int({ min: 1, max: 4 }),
  normalization: s.oneOf(["none", "batch", "layer"]),
  activation: names,
  dropout: rate,
});
const residual = s.object({
  numeric,
  categories,
  width: s.int({ min: 16, max: 192, step: 16, log: true }).describe("numbers that the shortcuts carry"),
  blocks: s.int({ min: 1, max: 4 }),
  factor: s.oneOf([1, 2, 3]).describe("width inside a block, relative to the shortcut's"),
  activation: names,
  dropout: rate,
});
const kan = s.object({
  categories,
  width: s.oneOf([4, 8, 16, 32, 64]).describe("of every hidden layer"),
  layers: s.int({ min: 0, max: 2 }).describe("hidden layers"),
  intervals: s.oneOf([3, 5, 8]).describe("of a spline's grid"),
  order: s.oneOf([1, 2, 3]).describe("degree of its pieces"),
});
const trees = s.object({
  categories,
  trees: s.oneOf([16, 32, 64, 128]).describe("of a layer"),
  depth: s.int({ min: 2, max: 6 }).describe("questions of a tree"),
  layers: s.int({ min: 1, max: 2 }).describe("each reads the inputs and what the layers before said"),
});
const transformer = s.object({
  width: s.oneOf([16, 32, 64, 96]).describe("numbers of a token: a column"),
  blocks: s.int({ min: 1, max: 3 }),
  heads: s.oneOf([1, 2, 4, 8]),
  ratio: s.oneOf([1, 2]).describe("width of the feed-forward part's inner layer, relative to the token's"),
  dropout: rate,
});
const schema = s.object({
  model: s.oneOf(
    { mlp, residual, kan, trees, transformer },
    { weights: { mlp: 3, residual: 3, kan: 1, trees: 2, transformer: 1 } },
  ),
});
export type TabularGenotype = Infer<typeof schema>;
type Model = TabularGenotype["model"];
type Of<O extends Model["op"]> = Extract<Model, { op: O }>;

/**
 * Networks for tables and vectors: perceptrons and residual networks (Gorishniy et al. 2021, arXiv:2106.11959) whose
 * numbers may be embedded (Gorishniy et al. 2022, arXiv:2203.05556), Kolmogorov-Arnold networks (Liu et al. 2024,
 * arXiv:2404.19756), ensembles of soft oblivious trees (NODE: Popov et al. 2020, arXiv:1909.06312), and transformers
 * over columns (FT-Transformer, read by the mean of its tokens).
 */
export const tabular = defineSpace({
  name: "tabular",
  version: 1,
  description: "Networks for tables: perceptrons, residuals, splines, soft trees, transformers over columns",
  schema,
  recipe: {
    batchSize: 32,
    optimizer: "adamw",
    learningRate: 3e-3,
    weightDecay: 0.01,
    labelSmoothing: 0,
    warmupEpochs: 1,
  },
  seeds: {
    perceptron: {
      model: {
        op: "mlp",
        numeric: { op: "periodic", width: 8 },
        categories: 4,
        width: 128,
        layers: 2,
        normalization: "none",
        activation: "relu",
        dropout: 0.1,
      },
    },
    trees: { model: { op: "trees", categories: 4, trees: 64, depth: 5, layers: 1 } },
  },
  accepts: tablesOnly("tabular"),
  build(g, features, { model }, outputs) {
    switch (model.op) {
      case "mlp":
        return perceptron(g, inputsOf(g, features, model), model, outputs);
      case "residual":
        return residuals(g, inputsOf(g, features, model), model, outputs);
      case "kan":
        return splines(g, inputsOf(g, features, model), model, outputs);
      case "trees":
        return forest(g, inputsOf(g, features, model), model, outputs);
      case "transformer":
        return columns(g, features, model, outputs);
    }
  },
});

interface InputDecisions {
  readonly numeric?: Of<"mlp">["numeric"];
  readonly categories: number;
}

/** [N, F]: numbers, each as it is or as several, and categories. */
function inputsOf(
  g: NetworkBuilder,
  features: Features,
  { numeric: form, categories: width }: InputDecisions,
): Value {
  return g.scope("inputs", () => {
    const table: Features =
      features.kind === "table"
        ? features
        : { kind: "table", numeric: flatFeatures(g, features, 0), categorical: [] };
    if (form === undefined || form.op === "plain" || table.numeric === undefined) {
      return flatFeatures(g, table, width);
    }
    const { numeric: x } = table;
    const embedded = g.scope("numeric", () =>
      form.op === "linear"
        ? g.Relu(numericEmbedding(g, x, form.width))
        : periodicEmbedding(g, x, { width: form.width }),
    );
    return flatFeatures(g, { ...table, numeric: g.Flatten(embedded, { axis: 1 }) }, width);
  });
}

function perceptron(g: NetworkBuilder, x: Value, it: Of<"mlp">, outputs: number): Value {
  let h = x;
  for (let i = 1; i <= it.layers; i++) {
    h = g.scope(`layer${i}`, () => {
      const y = linear(g, h, it.width);
      const normed =
        it.normalization === "batch" ? batchNorm(g, y) : it.normalization === "layer" ? layerNorm(g, y) : y;
      return dropout(g, activation(g, normed, it.activation), it.dropout);
    });
  }
  return g.scope("output", () => linear(g, h, outputs));
}

function residuals(g: NetworkBuilder, x: Value, it: Of<"residual">, outputs: number): Value {
  const normed = (y: Value) => g.scope("norm", () => batchNorm(g, y));
  let h = g.scope("stem", () => linear(g, x, it.width));
  for (let i = 1; i <= it.blocks; i++) {
    h = g.scope(`block${i}`, () => {
      const wide = g.scope("first", () => linear(g, normed(h), it.width * it.factor));
      const active = dropout(g, activation(g, wide, it.activation), it.dropout);
      return g.Add(
        h,
        g.scope("second", () => linear(g, active, it.width)),
      );
    });
  }
  return g.scope("output", () => linear(g, activation(g, normed(h), it.activation), outputs));
}

/** Layers of splines; what enters one is normalised to where its grid, −2 to 2, lies. */
function splines(g: NetworkBuilder, x: Value, it: Of<"kan">, outputs: number): Value {
  const grid = { intervals: it.intervals, order: it.order, low: -2, high: 2 };
  let h = x;
  for (let i = 1; i <= it.layers; i++) {
    h = g.scope(`layer${i}`, () => batchNorm(g, kanLinear(g, h, it.width, grid)));
  }
  return g.scope("output", () => kanLinear(g, h, outputs, grid));
}

/** The mean of all trees' answers; later layers read the earlier ones' answers beside the inputs. */
function forest(g: NetworkBuilder, x: Value, it: Of<"trees">, outputs: number): Value {
  const answers: Value[] = [];
  let h = g.scope("norm", () => batchNorm(g, x));
  for (let i = 1; i <= it.layers; i++) {
    const said = g.scope(`trees${i}`, () =>
      obliviousTrees(g, h, { trees: it.trees, depth: it.depth, out: outputs }),
    );
    answers.push(said);
    if (i < it.layers) h = g.Concat([h, g.Flatten(said, { axis: 1 })], { axis: 1 });
  }
  const [only, ...more] = answers;
  const all = only === undefined || more.length > 0 ? g.Concat(answers, { axis: 1 }) : only;
  return g.ReduceMean(all, g.i64([1]), { keepdims: 0 });
}

function columns(g: NetworkBuilder, features: Features, it: Of<"transformer">, outputs: number): Value {
  // Of arrays each number is a column.
  const flat: Features =
    features.kind === "plain" ? { kind: "plain", x: flatFeatures(g, features, 0) } : features;
  let h = g.scope("tokens", () => tokensOf(g, flat, it.width, 1));
  for (let i = 1; i <= it.blocks; i++) {
    h = g.scope(`block${i}`, () =>
      encoderBlock(g, h, { heads: it.heads, hidden: it.ratio * it.width, dropout: it.dropout }),
    );
  }
  const normed = g.scope("norm", () => layerNorm(g, h));
  return g.scope("output", () => linear(g, globalTokenMean(g, normed), outputs));
}
