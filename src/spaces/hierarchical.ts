import type { Rng } from "../base/index.js";
import { isIssue } from "../base/index.js";
import type { Value } from "../ir/index.js";
import { convBn, fixedDim, globalAveragePool, linear, type NetworkBuilder } from "../nn/index.js";
import { type Infer, s, validate } from "../schema/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { averagePool, maxPool } from "./operators.js";

/** Operations of level 1. */
export const PRIMITIVES = [
  "conv_1x1",
  "depthwise_3x3",
  "separable_3x3",
  "max_pool_3x3",
  "avg_pool_3x3",
  "identity",
] as const;
const MOTIFS = ["motif1", "motif2", "motif3", "motif4", "motif5", "motif6"] as const;

const low = s.oneOf(["none", ...PRIMITIVES]);
const high = s.oneOf(["none", ...MOTIFS]);
const MOTIF_NODES = 4;
const CELL_NODES = 5;

const motif = s.object({ edge12: low, edge13: low, edge23: low, edge14: low, edge24: low, edge34: low });
const cell = s.object({
  edge12: high,
  edge13: high,
  edge23: high,
  edge14: high,
  edge24: high,
  edge34: high,
  edge15: high,
  edge25: high,
  edge35: high,
  edge45: high,
});
const schema = s
  .object({
    motif1: motif,
    motif2: motif,
    motif3: motif,
    motif4: motif,
    motif5: motif,
    motif6: motif,
    cell: cell.describe("graph of five nodes whose edges are motifs"),
  })
  .refine((it) => leads(it), "a path from the cell's source to its sink");
export type HierarchicalGenotype = Infer<typeof schema>;
type Edges = Readonly<Record<string, string>>;

/** Nodes between source and sink, in order, with the edges into each; empty where no path leads through. */
function active(
  edges: Edges,
  size: number,
  works: (operation: string) => boolean,
): [number, [number, string][]][] {
  const into = (to: number, from: ReadonlySet<number>) =>
    [...from].flatMap((u): [number, string][] => {
      const operation = edges[`edge${u}${to}`] ?? "none";
      return u < to && operation !== "none" && works(operation) ? [[u, operation]] : [];
    });
  const reached = new Set([1]);
  for (let v = 2; v <= size; v++) if (into(v, reached).length > 0) reached.add(v);
  const useful = new Set([size]);
  for (let v = size; v > 1; v--) if (useful.has(v)) for (const [u] of into(v, reached)) useful.add(u);
  if (!reached.has(size)) return [];
  return [...reached].filter((v) => v > 1 && useful.has(v)).map((v) => [v, into(v, reached)]);
}

function leads(genotype: HierarchicalGenotype): boolean {
  const works = (name: string) =>
    active(genotype[name as (typeof MOTIFS)[number]], MOTIF_NODES, () => true).length > 0;
  return active(genotype.cell, CELL_NODES, works).length > 0;
}

const CHAIN = {
  edge12: "identity",
  edge13: "none",
  edge23: "identity",
  edge14: "none",
  edge24: "none",
  edge34: "identity",
} as const;

/** What evolution begins with: motifs and cell are chains, of identities and of the first motif. */
export const HIERARCHICAL_TRIVIAL: HierarchicalGenotype = {
  ...{ motif1: CHAIN, motif2: CHAIN, motif3: CHAIN, motif4: CHAIN, motif5: CHAIN, motif6: CHAIN },
  cell: {
    edge12: "motif1",
    edge13: "none",
    edge23: "motif1",
    edge14: "none",
    edge24: "none",
    edge34: "motif1",
    edge15: "none",
    edge25: "none",
    edge35: "none",
    edge45: "motif1",
  },
};

/**
 * The paper's mutation: a level, a motif of it, and an edge into a uniformly drawn node are drawn, and the edge gets a
 * uniformly drawn operation of the level below or none; at most one entry changes. Departure: a mutation that
 * cuts the cell's last path is drawn anew.
 */
export function mutateHierarchical(genotype: HierarchicalGenotype, rng: Rng): HierarchicalGenotype {
  for (;;) {
    const high = rng.int(2) === 1;
    const to = 2 + rng.int((high ? CELL_NODES : MOTIF_NODES) - 1);
    const key = `edge${1 + rng.int(to - 1)}${to}`;
    const child = high
      ? { ...genotype, cell: { ...genotype.cell, [key]: rng.pick(["none", ...MOTIFS]) } }
      : changed(genotype, rng.pick(MOTIFS), key, rng);
    const valid = validate(schema, child);
    if (!isIssue(valid)) return valid;
  }
}

function changed(genotype: HierarchicalGenotype, name: (typeof MOTIFS)[number], key: string, rng: Rng) {
  return { ...genotype, [name]: { ...genotype[name], [key]: rng.pick(["none", ...PRIMITIVES]) } };
}

/** A genotype as the paper makes its first ones: the trivial one after 1,000 random mutations. */
export function diversifiedHierarchical(rng: Rng, mutations = 1000): HierarchicalGenotype {
  let genotype = HIERARCHICAL_TRIVIAL;
  for (let i = 0; i < mutations; i++) genotype = mutateHierarchical(genotype, rng);
  return genotype;
}

export interface HierarchicalSettings {
  /** Channels of the first stage (c0); the others have twice and four times as many. */
  readonly width: number;
  /** Cells a stage. */
  readonly cells: number;
  /** Stages; the paper has three. */
  readonly stages: number;
}

/**
 * Hierarchical representations (Liu et al. 2018, arXiv:1711.00436): six motifs are graphs of four nodes whose edges are
 * six primitives or none, the cell is a graph of five nodes whose edges are motifs or none: 7⁴⁶ ≈ 7.5e38 matrices. A
 * motif is built anew, with weights of its own, wherever it is named. What enters a node is put side by side and reduced
 * to the stage's channels by a 1×1 convolution. Stem, then a stage of cells and a separable convolution, three times.
 * Nodes on no path from source to sink are pruned; a motif without such a path counts as none, a cell without one is
 * no point of the space.
 */
export function hierarchicalSpace(settings: Partial<HierarchicalSettings> = {}) {
  const { width = 16, cells = 1, stages = 3 } = settings;
  return defineSpace({
    name: "hierarchical",
    version: 1,
    description: "A cell of motifs, motifs of primitives: graphs whose edges are graphs",
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "sgd",
      learningRate: 0.1,
      weightDecay: 3e-4,
      labelSmoothing: 0,
      warmupEpochs: 0.5,
    },
    seeds: { trivial: HIERARCHICAL_TRIVIAL },
    accepts: imagesOnly("hierarchical"),
    build(g, features, genotype, outputs) {
      const image = imageOf("hierarchical", features);
      let h = g.scope("stem", () => convBn(g, image, width, { kernel: 3, activation: "relu" }));
      for (let stage = 1; stage <= stages; stage++) {
        for (let i = 0; i < cells; i++) {
          h = g.scope(`stage${stage}/cell${i + 1}`, () => assemble(g, h, genotype));
        }
        const last = stage === stages;
        const out = fixedDim(h, 1) * (last ? 1 : 2);
        h = g.scope(`stage${stage}/end`, () => separable(g, h, out, last ? 1 : 2));
      }
      return g.scope("classifier", () => linear(g, globalAveragePool(g, h), outputs));
    },
  });
}

export const hierarchical = { ...hierarchicalSpace(), tiny: hierarchicalSpace({ width: 2, stages: 1 }) };

function assemble(g: NetworkBuilder, x: Value, genotype: HierarchicalGenotype): Value {
  // Read through the genotype, so that only motifs that are named decide about the network.
  const motifOf = (name: string) =>
    active(genotype[name as (typeof MOTIFS)[number]], MOTIF_NODES, () => true);
  const nodes = active(genotype.cell, CELL_NODES, (name) => motifOf(name).length > 0);
  return graph(g, x, nodes, (h, name) =>
    graph(g, h, motifOf(name), (it, operation) => primitive(g, it, operation)),
  );
}

function graph(
  g: NetworkBuilder,
  x: Value,
  nodes: readonly [number, [number, string][]][],
  operate: (h: Value, operation: string) => Value,
): Value {
  const values = new Map([[1, x]]);
  let last = x;
  for (const [node, into] of nodes) {
    last = g.scope(`node${node}`, () => {
      const parts = into.map(([from, operation]) =>
        g.scope(`from${from}`, () => operate(values.get(from) ?? x, operation)),
      );
      const [only] = parts;
      if (parts.length === 1 && only !== undefined) return only;
      return g.scope("merge", () =>
        convBn(g, g.Concat(parts, { axis: 1 }), fixedDim(x, 1), { kernel: 1, activation: "relu" }),
      );
    });
    values.set(node, last);
  }
  return last;
}

function primitive(g: NetworkBuilder, x: Value, operation: string): Value {
  const channels = fixedDim(x, 1);
  switch (operation) {
    case "conv_1x1":
      return convBn(g, x, channels, { kernel: 1, activation: "relu" });
    case "depthwise_3x3":
      return convBn(g, x, channels, { kernel: 3, groups: channels, activation: "relu" });
    case "separable_3x3":
      return separable(g, x, channels, 1);
    case "max_pool_3x3":
      return maxPool(g, x, { kernel: 3 });
    case "avg_pool_3x3":
      return averagePool(g, x, { kernel: 3 });
    default:
      return x;
  }
}

function separable(g: NetworkBuilder, x: Value, out: number, stride: 1 | 2): Value {
  const channels = fixedDim(x, 1);
  const spread = g.scope("depthwise", () =>
    convBn(g, x, channels, { kernel: 3, stride, groups: channels, activation: "relu" }),
  );
  return g.scope("pointwise", () => convBn(g, spread, out, { kernel: 1, activation: "relu" }));
}
