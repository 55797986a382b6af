import type { Value } from "../ir/index.js";
import {
  adaptiveAveragePool2d,
  batchNorm,
  conv2d,
  fixedDim,
  globalAveragePool,
  linear,
  type NetworkBuilder,
} from "../nn/index.js";
import { type Infer, type Schema, s } from "../schema/index.js";
import { type Alphas, defineSpace, imageOf, imagesOnly } from "./define.js";
import { averagePool, factorizedReduce, maxPool, reluConvBn, reluSeparableBn } from "./operators.js";

/** Operators of an edge; the eighth of the paper, `none`, is an edge that is not there. */
export const DARTS_OPERATORS = [
  "max_pool_3x3",
  "avg_pool_3x3",
  "skip_connect",
  "sep_conv_3x3",
  "sep_conv_5x5",
  "dil_conv_3x3",
  "dil_conv_5x5",
] as const;
export type DartsOperator = (typeof DARTS_OPERATORS)[number];

/** Two inputs among the earlier nodes (0 and 1 are the two cells before), an operator on each. */
export interface DartsNode {
  inputs: number[];
  [from: `from${number}`]: DartsOperator;
}

const NODES = [2, 3, 4, 5] as const;

function nodeOf(index: number): Schema<DartsNode> {
  const before = Array.from({ length: index }, (_, i) => i);
  const inputs = s.subset(before, { min: 2, max: 2 }).describe("nodes that feed it");
  const operator = s.oneOf(DARTS_OPERATORS);
  const edges = before.map((from) => [
    `from${from}`,
    s.when({ inputs }, (node) => node.inputs.includes(from), operator.describe(`operator from node ${from}`)),
  ]);
  const node: unknown = s.object({ inputs, ...Object.fromEntries(edges) });
  return node as Schema<DartsNode>;
}

const cell = s.object({ node2: nodeOf(2), node3: nodeOf(3), node4: nodeOf(4), node5: nodeOf(5) });
const schema = s.object({
  normal: cell.describe("cell that keeps the plane"),
  reduction: cell.describe("cell that halves it"),
});
export type DartsGenotype = Infer<typeof schema>;
type DartsCell = DartsGenotype["normal"];

/** A cell in the notation of DARTS' code: two (operator, input) pairs a node, nodes in order. */
export type DartsPairs = readonly (readonly [DartsOperator, number])[];

/** A genotype from the notation of DARTS' code. */
export function dartsFromPairs(normal: DartsPairs, reduction: DartsPairs): DartsGenotype {
  const cellOf = (pairs: DartsPairs) =>
    cellFrom(
      NODES.map((node, i) => {
        const both = pairs.slice(2 * i, 2 * i + 2);
        const inputs = both.map(([, from]) => from).sort((a, b) => a - b);
        return [
          `node${node}`,
          { inputs, ...Object.fromEntries(both.map(([op, from]) => [`from${from}`, op])) },
        ];
      }),
    );
  return { normal: cellOf(normal), reduction: cellOf(reduction) };
}

/** Architecture parameters of one cell: 14 rows, edges into node 2 first; columns `none`, then the operators. */
export type DartsAlphas = readonly (readonly number[])[];

/**
 * The discrete cells of a relaxation (Liu et al. 2019, section 2.4): an edge is as strong as the softmax probability
 * of its best operator other than `none`; a node keeps its two strongest edges, and each its best operator.
 */
export function dartsFromAlphas(normal: DartsAlphas, reduction: DartsAlphas): DartsGenotype {
  return dartsFromPairs(strongest(normal), strongest(reduction));
}

/** Rows of a cell's architecture parameters by their paths in a supernet. */
function rowsOf(alphas: Alphas, cell: string): DartsAlphas {
  return NODES.flatMap((node) =>
    Array.from({ length: node }, (_, from) => alphas.get(`${cell}/node${node}/from${from}`) ?? []),
  );
}

function strongest(alphas: DartsAlphas): DartsPairs {
  let row = 0;
  return NODES.flatMap((node) => {
    const edges = Array.from({ length: node }, (_, from) => {
      const logits = alphas[row++] ?? [];
      const top = Math.max(...logits);
      const total = logits.reduce((sum, a) => sum + Math.exp(a - top), 0);
      const operators = logits.slice(1);
      const best = operators.indexOf(Math.max(...operators));
      return { from, op: DARTS_OPERATORS[best], strength: Math.exp((operators[best] ?? 0) - top) / total };
    });
    edges.sort((a, b) => b.strength - a.strength || a.from - b.from);
    return edges.slice(0, 2).map(({ op = "skip_connect", from }) => [op, from] as const);
  });
}

/** Every edge at once: not a point of the space, but what a supernet is built over. */
const ALL_EDGES = cellFrom(
  NODES.map((node) => {
    const inputs = Array.from({ length: node }, (_, i) => i);
    return [
      `node${node}`,
      { inputs, ...Object.fromEntries(inputs.map((i) => [`from${i}`, "sep_conv_3x3"])) },
    ];
  }),
);

/** The entries are those of the schema, which TypeScript cannot see through their computed names. */
function cellFrom(entries: readonly [string, object][]): DartsCell {
  const cell: unknown = Object.fromEntries(entries);
  return cell as DartsCell;
}

/** Weight of the auxiliary head's loss in the authors' evaluation. */
const AUXILIARY = 0.4;

export interface DartsSettings {
  /** Channels of the first cells. 16 in the paper's search, 36 in its evaluation. */
  readonly width: number;
  /** Cells in a row; the ones at one third and at two thirds reduce. 8 in the search, 20 in the evaluation. */
  readonly cells: number;
  /** Weight of the auxiliary head's loss; 0 for none. */
  readonly auxiliary: number;
}

/**
 * DARTS (Liu et al. 2019, arXiv:1806.09055): a normal and a reduction cell of two inputs and four nodes, each node
 * the sum of two of the earlier ones through one of seven operators, the cell's output their concatenation;
 * (180 · 7⁸)² ≈ 1.1e18 pairs. Stem of three times the width; in training an auxiliary head on the second cell that
 * reduces, whose loss counts 0.4 (discrete networks alone). Departures: in the supernet pooling is not followed by batch
 * normalisation, as it is not in the discrete network, so that both are one definition; where planes are not of 8 by 8
 * pixels, the auxiliary head averages over two by two regions instead of windows of 5 with stride 3.
 */
export function dartsSpace(settings: Partial<DartsSettings> = {}) {
  const { width = 16, cells = 8, auxiliary = AUXILIARY } = settings;
  return defineSpace({
    name: "darts",
    version: 2,
    description: "DARTS: a normal and a reduction cell of four nodes, two of seven operators into each",
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "sgd",
      learningRate: 0.05,
      weightDecay: 3e-4,
      labelSmoothing: 0,
      warmupEpochs: 0.5,
    },
    supernet: { normal: ALL_EDGES, reduction: ALL_EDGES },
    discretize: (alphas) => dartsFromAlphas(rowsOf(alphas, "normal"), rowsOf(alphas, "reduction")),
    seeds: { "darts-v2": DARTS_V2 },
    accepts: imagesOnly("darts"),
    build(g, features, genotype, outputs) {
      let before = g.scope("stem", () =>
        batchNorm(g, conv2d(g, imageOf("darts", features), 3 * width, { kernel: 3 })),
      );
      let last = before;
      let middle: Value | undefined;
      let channels = width;
      let reducedBefore = false;
      const thirds = [Math.floor(cells / 3), Math.floor((2 * cells) / 3)];
      for (let i = 0; i < cells; i++) {
        const reduces = thirds.includes(i);
        if (reduces) channels *= 2;
        const next = g.scope(`cell${i + 1}`, () =>
          cellOf(g, [before, last], reduces ? genotype.reduction : genotype.normal, {
            channels,
            reduces,
            reducedBefore,
          }),
        );
        [before, last, reducedBefore] = [last, next, reduces];
        if (i === thirds[1]) middle = next;
      }
      if (auxiliary > 0 && g.mixtures.length === 0 && middle !== undefined) {
        const from = middle;
        g.auxiliary("auxiliary", auxiliary, () => auxiliaryHead(g, from, outputs));
      }
      return g.scope("classifier", () => linear(g, globalAveragePool(g, last), outputs));
    },
  });
}

/** The second-order cells of the paper (its figures 4 and 5). */
const DARTS_V2 = dartsFromPairs(
  [
    ["sep_conv_3x3", 0],
    ["sep_conv_3x3", 1],
    ["sep_conv_3x3", 0],
    ["sep_conv_3x3", 1],
    ["sep_conv_3x3", 1],
    ["skip_connect", 0],
    ["skip_connect", 0],
    ["dil_conv_3x3", 2],
  ],
  [
    ["max_pool_3x3", 0],
    ["max_pool_3x3", 1],
    ["skip_connect", 2],
    ["max_pool_3x3", 1],
    ["max_pool_3x3", 0],
    ["skip_connect", 2],
    ["skip_connect", 2],
    ["max_pool_3x3", 1],
  ],
);

export const darts = { ...dartsSpace(), tiny: dartsSpace({ width: 2, cells: 3 }) };

/** The authors' `AuxiliaryHeadCIFAR`: pooling to two by two places, 128 and 768 channels, a linear layer. */
function auxiliaryHead(g: NetworkBuilder, x: Value, outputs: number): Value {
  const active = g.Relu(x);
  const eight = fixedDim(x, 2) === 8 && fixedDim(x, 3) === 8;
  const pooled = eight
    ? averagePool(g, active, { kernel: 5, stride: 3, padding: 0 })
    : adaptiveAveragePool2d(g, active, 2);
  const narrow = g.scope("narrow", () => g.Relu(batchNorm(g, conv2d(g, pooled, 128, { kernel: 1 }))));
  const wide = g.scope("wide", () => g.Relu(batchNorm(g, conv2d(g, narrow, 768, { kernel: 2, padding: 0 }))));
  return g.scope("classifier", () => linear(g, g.Flatten(wide, { axis: 1 }), outputs));
}

interface CellForm {
  readonly channels: number;
  readonly reduces: boolean;
  readonly reducedBefore: boolean;
}

function cellOf(
  g: NetworkBuilder,
  inputs: readonly [Value, Value],
  genotype: DartsCell,
  form: CellForm,
): Value {
  const { channels, reduces, reducedBefore } = form;
  const nodes = [
    g.scope("input0", () =>
      reducedBefore
        ? factorizedReduce(g, inputs[0], channels)
        : reluConvBn(g, inputs[0], channels, { kernel: 1 }),
    ),
    g.scope("input1", () => reluConvBn(g, inputs[1], channels, { kernel: 1 })),
  ];
  for (const index of NODES) {
    const node: DartsNode = genotype[`node${index}`];
    const into = nodes.slice(0, index).flatMap((x, from) => {
      const stride = reduces && from < 2 ? 2 : 1;
      const y = g.scope(`node${index}/from${from}`, () => edge(g, x, node, `from${from}`, stride));
      return y === undefined ? [] : [y];
    });
    nodes.push(g.Sum(into));
  }
  return g.Concat(nodes.slice(2), { axis: 1 });
}

function edge(g: NetworkBuilder, x: Value, node: DartsNode, key: `from${number}`, stride: 1 | 2) {
  const channels = Number(x.shape[1]);
  // Twice, as in the paper; the second part keeps the plane.
  const separable = (kernel: number) => {
    const first = g.scope("first", () => reluSeparableBn(g, x, channels, { kernel, stride }));
    return g.scope("second", () => reluSeparableBn(g, first, channels, { kernel }));
  };
  return g.choose(node, key, {
    max_pool_3x3: () => maxPool(g, x, { kernel: 3, stride }),
    avg_pool_3x3: () => averagePool(g, x, { kernel: 3, stride }),
    skip_connect: () => (stride === 1 ? x : factorizedReduce(g, x, channels)),
    sep_conv_3x3: () => separable(3),
    sep_conv_5x5: () => separable(5),
    dil_conv_3x3: () => reluSeparableBn(g, x, channels, { kernel: 3, stride, dilation: 2 }),
    dil_conv_5x5: () => reluSeparableBn(g, x, channels, { kernel: 5, stride, dilation: 2 }),
  });
}
