import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { type Issue, issue } from "../base/index.js";
import type { Value } from "../ir/index.js";
import { convBn, fixedDim, globalAveragePool, linear, type NetworkBuilder } from "../nn/index.js";
import { type Infer, s } from "../schema/index.js";
import { defineSpace, imageOf, imagesOnly } from "./define.js";
import { maxPool } from "./operators.js";

/** Operators of the inner vertices, in the benchmark's order. */
export const NB101_OPERATORS = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"] as const;
export type Nb101Operator = (typeof NB101_OPERATORS)[number];

const VERTICES = 7;
const MAX_EDGES = 9;
const PAIRS = Array.from({ length: VERTICES }, (_, from) =>
  Array.from({ length: VERTICES - 1 - from }, (_, i) => `${from}-${from + 1 + i}`),
).flat();

const operator = s.oneOf(NB101_OPERATORS).describe("operator of the vertex");
const edges = s
  .subset(PAIRS, { min: 1, max: MAX_EDGES })
  .refine((value) => prune(matrixOf(value, VERTICES)) !== undefined, "a path from the input to the output")
  .describe("edges between the vertices 0 (input) to 6 (output)");
const schema = s.object({
  edges,
  vertex1: operator,
  vertex2: operator,
  vertex3: operator,
  vertex4: operator,
  vertex5: operator,
});
export type Nb101Genotype = Infer<typeof schema>;

/** A cell in the benchmark's own form: upper-triangular matrix and operators, "input" first, "output" last. */
export interface Nb101Spec {
  readonly matrix: readonly (readonly (0 | 1)[])[];
  readonly ops: readonly string[];
}

function matrixOf(pairs: readonly string[], size: number): (0 | 1)[][] {
  const matrix = Array.from({ length: size }, () => new Array<0 | 1>(size).fill(0));
  for (const pair of pairs) {
    const [from = 0, to = 0] = pair.split("-").map(Number);
    const row = matrix[from];
    if (row !== undefined) row[to] = 1;
  }
  return matrix;
}

/** Vertices on a path from the first to the last, in order; undefined where there is no such path. */
function prune(matrix: readonly (readonly number[])[]): number[] | undefined {
  const size = matrix.length;
  const from = new Set([0]);
  for (let v = 1; v < size; v++) if ([...from].some((u) => matrix[u]?.[v] === 1)) from.add(v);
  const to = new Set([size - 1]);
  for (let v = size - 2; v >= 0; v--) if ([...to].some((w) => matrix[v]?.[w] === 1)) to.add(v);
  const kept = Array.from({ length: size }, (_, v) => v).filter((v) => from.has(v) && to.has(v));
  return from.has(size - 1) ? kept : undefined;
}

/** The cell without vertices that are on no path from input to output, as the benchmark stores it. */
export function nb101ToSpec(genotype: Nb101Genotype): Nb101Spec {
  const matrix = matrixOf(genotype.edges, VERTICES);
  const kept = prune(matrix) ?? [0, VERTICES - 1];
  const named = (v: number) => genotype[`vertex${v}` as `vertex${1 | 2 | 3 | 4 | 5}`];
  return {
    matrix: kept.map((u) => kept.map((v) => matrix[u]?.[v] ?? 0)),
    ops: kept.map((v) => (v === 0 ? "input" : v === VERTICES - 1 ? "output" : named(v))),
  };
}

/** A genotype of a cell of 2 to 7 vertices in the benchmark's form, or what is wrong with it. */
export function nb101FromSpec({ matrix, ops }: Nb101Spec): Nb101Genotype | Issue {
  const size = ops.length;
  const wrong = (expected: string, received: string) =>
    issue("nb101_spec", { expected, received, hint: "see the benchmark's ModelSpec" });
  if (size < 2 || size > VERTICES) return wrong(`2 to ${VERTICES} vertices`, `${size}`);
  if (matrix.length !== size || matrix.some((row) => row.length !== size)) {
    return wrong(`a matrix of ${size} by ${size}`, matrix.map((row) => row.length).join());
  }
  if (matrix.some((row, u) => row.some((it, v) => it !== 0 && v <= u))) {
    return wrong("an upper-triangular matrix", "an edge that leads backwards");
  }
  const inner = ops.slice(1, -1);
  const unknown = inner.find((op) => !NB101_OPERATORS.some((it) => it === op));
  if (unknown !== undefined) return wrong(`one of ${NB101_OPERATORS.join(", ")}`, unknown);
  const kept = prune(matrix);
  if (kept === undefined) return wrong("a path from the input to the output", "none");
  // The last vertex is the output whatever the size.
  const placed = (v: number) => (v === size - 1 ? VERTICES - 1 : v);
  const pairs = matrix.flatMap((row, u) =>
    row.flatMap((it, v) => (it === 1 && kept.includes(u) && kept.includes(v) ? [`${u}-${placed(v)}`] : [])),
  );
  if (pairs.length > MAX_EDGES) return wrong(`at most ${MAX_EDGES} edges`, `${pairs.length}`);
  const named = (v: number) => (inner[v - 1] ?? "conv3x3-bn-relu") as Nb101Operator;
  return {
    edges: PAIRS.filter((pair) => pairs.includes(pair)),
    vertex1: named(1),
    vertex2: named(2),
    vertex3: named(3),
    vertex4: named(4),
    vertex5: named(5),
  };
}

/**
 * The benchmark's fingerprint of a pruned cell, equal for isomorphic ones: MD5 of degrees and labels, then of the
 * neighbours' hashes, as many rounds as there are vertices (google-research/nasbench, `graph_util.hash_module`).
 */
export function nb101Hash({ matrix, ops }: Nb101Spec): string {
  const digest = (text: string) => bytesToHex(md5(utf8ToBytes(text)));
  const label = (op: string) =>
    op === "input" ? -1 : op === "output" ? -2 : NB101_OPERATORS.indexOf(op as Nb101Operator);
  const degree = (list: readonly number[]) => list.reduce((sum, it) => sum + it, 0);
  const column = (v: number) => matrix.map((row) => row[v] ?? 0);
  let hashes = ops.map((op, v) => digest(`(${degree(matrix[v] ?? [])}, ${degree(column(v))}, ${label(op)})`));
  for (const _ of ops) {
    hashes = hashes.map((own, v) => {
      const into = hashes.filter((_, u) => matrix[u]?.[v] === 1).sort();
      const out = hashes.filter((_, w) => matrix[v]?.[w] === 1).sort();
      return digest(`${into.join("")}|${out.join("")}|${own}`);
    });
  }
  return digest(
    `[${hashes
      .sort()
      .map((it) => `'${it}'`)
      .join(", ")}]`,
  );
}

export interface Nb101Settings {
  /** Channels of the first stack. */
  readonly width: number;
  /** Cells a stack. */
  readonly cells: number;
}

/**
 * NAS-Bench-101 (Ying et al. 2019, arXiv:1902.09635): a cell is a graph of up to seven vertices and nine edges, with one
 * of three operators on each inner vertex; 423,624 cells up to isomorphism. What enters an inner vertex is added, what
 * enters the output is put side by side, and channels are divided accordingly; edges from the input are 1×1
 * projections. A 3×3 stem, three stacks of three cells, planes halved and channels doubled between them. A genotype
 * has all seven vertices; those on no path are pruned.
 */
export function nb101Space(settings: Partial<Nb101Settings> = {}) {
  const { width = 128, cells = 3 } = settings;
  return defineSpace({
    name: "nb101",
    version: 1,
    description: "NAS-Bench-101: cells as graphs of up to seven vertices and nine edges, three operators",
    schema,
    recipe: {
      batchSize: 64,
      optimizer: "sgd",
      learningRate: 0.1,
      weightDecay: 1e-4,
      labelSmoothing: 0,
      warmupEpochs: 0.5,
    },
    accepts: imagesOnly("nb101"),
    canonical: (genotype) => {
      const { matrix, ops } = nb101ToSpec(genotype);
      return { matrix, ops };
    },
    build(g, features, genotype, outputs) {
      const spec = nb101ToSpec(genotype);
      const image = imageOf("nb101", features);
      let h = g.scope("stem", () => convBn(g, image, width, { kernel: 3, activation: "relu" }));
      for (const stack of [0, 1, 2]) {
        if (stack > 0) h = maxPool(g, h, { kernel: 2, stride: 2, padding: "cover" });
        for (let i = 0; i < cells; i++) {
          h = g.scope(`stack${stack + 1}/cell${i + 1}`, () => cell(g, h, spec, width * 2 ** stack));
        }
      }
      return g.scope("classifier", () => linear(g, globalAveragePool(g, h), outputs));
    },
  });
}

export const nb101 = { ...nb101Space(), tiny: nb101Space({ width: 8, cells: 1 }) };

/** Channels of every vertex (the benchmark's `compute_vertex_channels`). */
export function nb101Channels(matrix: Nb101Spec["matrix"], input: number, output: number): number[] {
  const size = matrix.length;
  const last = size - 1;
  const channels = new Array<number>(size).fill(0);
  channels[0] = input;
  channels[last] = output;
  const feeding = matrix.slice(1).reduce((sum, row) => sum + (row[last] ?? 0), 0);
  if (size === 2 || feeding === 0) return channels;
  let correction = output % feeding;
  for (let v = 1; v < last; v++) {
    if (matrix[v]?.[last] !== 1) continue;
    channels[v] = Math.floor(output / feeding) + (correction-- > 0 ? 1 : 0);
  }
  for (let v = last - 2; v > 0; v--) {
    if (matrix[v]?.[last] === 1) continue;
    for (let w = v + 1; w < last; w++) {
      if (matrix[v]?.[w] === 1) channels[v] = Math.max(channels[v] ?? 0, channels[w] ?? 0);
    }
  }
  return channels;
}

function cell(g: NetworkBuilder, x: Value, { matrix, ops }: Nb101Spec, out: number): Value {
  const last = ops.length - 1;
  const channels = nb101Channels(matrix, fixedDim(x, 1), out);
  const project = (to: number) => convBn(g, x, to, { kernel: 1, activation: "relu" });
  const sum = (values: readonly Value[]) => (values.length === 1 ? values[0] : g.Sum(values)) as Value;
  const vertices: (Value | undefined)[] = [x];
  for (let v = 1; v < last; v++) {
    const width = channels[v] ?? 0;
    const y = g.scope(`vertex${v}`, () => {
      const into = vertices.flatMap((h, u) =>
        u === 0 || h === undefined || matrix[u]?.[v] !== 1 ? [] : [truncated(g, h, width)],
      );
      if (matrix[0]?.[v] === 1) into.push(g.scope("project", () => project(width)));
      return operate(g, sum(into), ops[v], width);
    });
    vertices.push(y);
  }
  const ends = vertices.flatMap((h, v) => (v > 0 && h !== undefined && matrix[v]?.[last] === 1 ? [h] : []));
  const [only] = ends;
  const joined = ends.length > 1 ? g.Concat(ends, { axis: 1 }) : only;
  if (matrix[0]?.[last] !== 1 && joined !== undefined) return joined;
  const shortcut = g.scope("output", () => project(out));
  return joined === undefined ? shortcut : g.Add(joined, shortcut);
}

function operate(g: NetworkBuilder, x: Value, operator: string | undefined, width: number): Value {
  if (operator === "maxpool3x3") return maxPool(g, x, { kernel: 3 });
  return convBn(g, x, width, { kernel: operator === "conv1x1-bn-relu" ? 1 : 3, activation: "relu" });
}

/** The leading channels: shares of an output that does not divide evenly differ by one. */
function truncated(g: NetworkBuilder, x: Value, channels: number): Value {
  if (fixedDim(x, 1) === channels) return x;
  return g.Slice(x, g.i64([0]), g.i64([channels]), g.i64([1]));
}
