import { type Issue, issue } from "../base/index.js";
import type { Value } from "../ir/index.js";
import {
  batchNorm,
  conv2d,
  convBn,
  fixedDim,
  globalAveragePool,
  linear,
  type NetworkBuilder,
} from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { averagePool, reluConvBn } from "./operators.js";

/** Operators of an edge, in the benchmark's order. */
export const NB201_OPERATORS = [
  "none",
  "skip_connect",
  "nor_conv_1x1",
  "nor_conv_3x3",
  "avg_pool_3x3",
] as const;
export type Nb201Operator = (typeof NB201_OPERATORS)[number];

/** Edges [from, to] in the benchmark's order. */
export const NB201_EDGES = [
  [0, 1],
  [0, 2],
  [1, 2],
  [0, 3],
  [1, 3],
  [2, 3],
] as const;

const edge = (from: number, to: number) =>
  s.oneOf(NB201_OPERATORS).describe(`operator from node ${from} to node ${to}`);

const schema = s.object({
  edge01: edge(0, 1),
  edge02: edge(0, 2),
  edge12: edge(1, 2),
  edge03: edge(0, 3),
  edge13: edge(1, 3),
  edge23: edge(2, 3),
});
export type Nb201Genotype = Infer<typeof schema>;

const KEYS = ["edge01", "edge02", "edge12", "edge03", "edge13", "edge23"] as const;

/** The benchmark's text of a cell: `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|...~0|...~1|...~2|`. */
export function nb201ToString(genotype: Nb201Genotype): string {
  const into = (node: number) =>
    NB201_EDGES.map(([from, to], i) => (to === node ? `${genotype[KEYS[i] ?? "edge01"]}~${from}|` : "")).join(
      "",
    );
  return [1, 2, 3].map((node) => `|${into(node)}`).join("+");
}

/** The cell of a benchmark text, or what is wrong with it. Edges may stand in any order within their node. */
export function nb201FromString(text: string): Nb201Genotype | Issue {
  const nodes = text.trim().split("+");
  const wrong = (expected: string, received: string, path?: string) =>
    issue("nb201_text", {
      path,
      expected,
      received,
      hint: "a cell is written |op~0|+|op~0|op~1|+|op~0|op~1|op~2|",
    });
  if (nodes.length !== 3) return wrong("three nodes joined by +", `${nodes.length}`);
  const found: Record<string, Nb201Operator> = {};
  for (const [i, node] of nodes.entries()) {
    const edges = node.split("|").filter(Boolean);
    if (edges.length !== i + 1) return wrong(`${i + 1} edges`, `${edges.length}`, `node ${i + 1}`);
    for (const written of edges) {
      const [name = "", from = ""] = written.split("~");
      const operator = NB201_OPERATORS.find((it) => it === name);
      if (operator === undefined) return wrong(`one of ${NB201_OPERATORS.join(", ")}`, name, `node ${i + 1}`);
      const key = `edge${from}${i + 1}`;
      if (!KEYS.some((it) => it === key) || key in found) {
        return wrong(`each node before ${i + 1} once`, written, `node ${i + 1}`);
      }
      found[key] = operator;
    }
  }
  return Object.fromEntries(KEYS.map((key) => [key, found[key]])) as Nb201Genotype;
}

/**
 * A text shared by isomorphic cells, by which the 15,625 cells fall into 6,466 classes (Dong & Yang 2020; the
 * reduction of the authors' code): a node is the sorted list of what enters it, a skip stands for its source, what
 * `none` or an empty source gives is zero. Cells of one class compute the same function for the same weights.
 */
export function nb201Canonical(genotype: Nb201Genotype): string {
  const nodes = ["0"];
  for (const node of [1, 2, 3]) {
    const into = NB201_EDGES.flatMap(([from, to], i) => {
      if (to !== node) return [];
      const operator = genotype[KEYS[i] ?? "edge01"];
      const source = nodes[from] ?? "";
      if (operator === "none" || source === ZERO) return [ZERO];
      return [operator === "skip_connect" ? source : `(${source})@${operator}`];
    });
    nodes.push(into.sort().join("+"));
  }
  return nodes[3] ?? "";
}

const ZERO = "#";

export interface Nb201Settings {
  /** Channels of the first stage; the others have twice and four times as many. */
  readonly width: number;
  /** Cells a stage. */
  readonly cells: number;
}

/**
 * NAS-Bench-201 (Dong & Yang 2020, arXiv:2001.00326): one cell of four nodes, an operator of five on each of its six
 * edges, 15,625 cells. A 3×3 stem, three stages of equal cells with a residual block of stride 2 between them, batch
 * normalisation, ReLU, average pooling, a linear layer. As in the benchmark, operators that nothing depends on are
 * part of the network (an export drops them). Takes images of any number of channels from 8 by 8 pixels.
 */
export function nb201Space(settings: Partial<Nb201Settings> = {}) {
  const { width = 16, cells = 5 } = settings;
  return defineSpace({
    name: "nb201",
    version: 1,
    description:
      "NAS-Bench-201: one cell of six edges, five operators an edge, repeated through three stages",
    wiring:
      "The cell has four nodes; s0 is its input, s3 its output, all of the same shape [N, C, H, W].\n" +
      "s1 = edge01(s0)\ns2 = edge02(s0) + edge12(s1)\ns3 = edge03(s0) + edge13(s1) + edge23(s2)\n" +
      "none gives zeros; skip_connect passes its input on; nor_conv_1x1 and nor_conv_3x3 are ReLU, a convolution of that " +
      "kernel with C channels, batch normalisation; avg_pool_3x3 averages over 3 × 3 places at stride 1.\n" +
      `The network: a 3 × 3 convolution to ${width} channels, ${cells} cells, a residual block of stride 2 to twice the ` +
      `channels, ${cells} cells, another such block, ${cells} cells, global average pooling, a linear classifier.`,
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "sgd",
      learningRate: 0.1,
      weightDecay: 5e-4,
      labelSmoothing: 0,
      warmupEpochs: 0.5,
    },
    supernet: {
      edge01: "nor_conv_3x3",
      edge02: "nor_conv_3x3",
      edge12: "nor_conv_3x3",
      edge03: "nor_conv_3x3",
      edge13: "nor_conv_3x3",
      edge23: "nor_conv_3x3",
    },
    seeds: {
      /** Best validation accuracy of the benchmark on CIFAR-10. */
      best: {
        edge01: "nor_conv_3x3",
        edge02: "nor_conv_3x3",
        edge12: "nor_conv_3x3",
        edge03: "skip_connect",
        edge13: "nor_conv_3x3",
        edge23: "nor_conv_1x1",
      },
      resnet: {
        edge01: "nor_conv_3x3",
        edge02: "none",
        edge12: "nor_conv_3x3",
        edge03: "skip_connect",
        edge13: "none",
        edge23: "none",
      },
    },
    accepts: imagesOnly("nb201"),
    build(g, features, genotype, outputs) {
      const image = imageOf("nb201", features);
      let h = g.scope("stem", () => convBn(g, image, width, { kernel: 3 }));
      [width, 2 * width, 4 * width].forEach((channels, stage) => {
        if (stage > 0) h = g.scope(`reduction${stage}`, () => reduction(g, h, channels));
        for (let n = 0; n < cells; n++) {
          h = g.scope(`stage${stage + 1}/cell${n + 1}`, () => cell(g, h, genotype));
        }
      });
      h = g.scope("last", () => g.Relu(batchNorm(g, h)));
      return g.scope("classifier", () => linear(g, globalAveragePool(g, h), outputs));
    },
  });
}

export const nb201 = { ...nb201Space(), tiny: nb201Space({ width: 2, cells: 1 }) };

function cell(g: NetworkBuilder, x: Value, genotype: Nb201Genotype): Value {
  const nodes: (Value | undefined)[] = [x];
  for (const to of [1, 2, 3]) {
    const into: Value[] = [];
    NB201_EDGES.forEach(([from, end], i) => {
      const source = nodes[from];
      const key = KEYS[i];
      if (end !== to || key === undefined) return;
      const y = g.scope(key, () => edgeOf(g, source ?? zeros(g, x), genotype, key));
      if (y !== undefined) into.push(y);
    });
    const [only] = into;
    nodes.push(into.length > 1 ? g.Sum(into) : only);
  }
  return nodes[3] ?? zeros(g, x);
}

function edgeOf(g: NetworkBuilder, x: Value, genotype: Nb201Genotype, key: (typeof KEYS)[number]) {
  return g.choose(genotype, key, {
    none: () => undefined,
    skip_connect: () => x,
    nor_conv_1x1: () => reluConvBn(g, x, fixedDim(x, 1), { kernel: 1 }),
    nor_conv_3x3: () => reluConvBn(g, x, fixedDim(x, 1), { kernel: 3 }),
    avg_pool_3x3: () => averagePool(g, x, { kernel: 3 }),
  });
}

function zeros(g: NetworkBuilder, x: Value): Value {
  return g.Mul(x, g.scalar(0));
}

/** Basic residual block of stride 2; the shortcut averages and projects (as the benchmark's ResNetBasicblock). */
function reduction(g: NetworkBuilder, x: Value, channels: number): Value {
  const first = g.scope("first", () => reluConvBn(g, x, channels, { kernel: 3, stride: 2 }));
  const second = g.scope("second", () => reluConvBn(g, first, channels, { kernel: 3 }));
  const shortcut = g.scope("shortcut", () =>
    conv2d(g, averagePool(g, x, { kernel: 2, stride: 2, padding: "cover" }), channels, { kernel: 1 }),
  );
  return g.Add(second, shortcut);
}
