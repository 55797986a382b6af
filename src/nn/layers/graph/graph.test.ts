/** Graph layers: against sums written by hand, and by what must not matter. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rngOf } from "../../../base/index.js";
import type { Value } from "../../../ir/index.js";
import { type RefTensor, ref } from "../../../ops/index.js";
import { randomTensor, runLayer } from "../../../testing/run-layer.js";
import {
  aggregate,
  type EdgeList,
  edgesOf,
  type GraphStructure,
  gatConv,
  ginConv,
  messagePassing,
  type NetworkBuilder,
  paddedReadout,
  readout,
} from "../../index.js";

type Layer = (g: NetworkBuilder, x: Value, s: GraphStructure & { readonly kind: "edges" }) => Value;
const LAYERS: Readonly<Record<string, Layer>> = {
  "gat, dynamic": (g, x, s) => gatConv(g, x, s, 3, { heads: 2 }),
  "gat, static, mean": (g, x, s) => gatConv(g, x, s, 3, { heads: 2, scores: "static", join: "mean" }),
  gin: (g, x, s) => ginConv(g, x, s, 3),
  "messages, max": (g, x, s) => messagePassing(g, x, s, { aggregate: "max" }),
  "messages, mean": (g, x, s) => messagePassing(g, x, s, { aggregate: "mean" }),
};
const NODES = 6;
const randomEdges = (seed: number): EdgeList => {
  const rng = rngOf(seed, "edges");
  const pairs = Array.from({ length: 9 }, () => [rng.int(NODES), rng.int(NODES)] as const);
  return { nodes: NODES, sources: pairs.map(([a]) => a), targets: pairs.map(([, b]) => b) };
};
const rows = (t: RefTensor, order: readonly number[]): RefTensor => {
  const width = t.data.length / (t.dims[0] ?? 1);
  const data = order.flatMap((i) => Array.from(t.data.slice(i * width, (i + 1) * width)));
  return ref("float32", [order.length, ...t.dims.slice(1)], Float64Array.from(data));
};
const close = (a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined) => {
  expect(a?.length).toBe(b?.length);
  Array.from(a ?? []).forEach((v, i) => {
    expect(v).toBeCloseTo(b?.[i] ?? Number.NaN, 6);
  });
};
const x = randomTensor("nodes", [NODES, 4]);

describe("a graph layer", () => {
  it.each(Object.entries(LAYERS))(
    "%s: nodes in another order give the same rows in that order",
    (_, layer) => {
      fc.assert(
        fc.property(
          fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: NODES }),
          fc.nat(1000),
          (order, seed) => {
            const edges = randomEdges(seed);
            const run = (input: RefTensor, list: EdgeList) =>
              runLayer({ x: input }, (g, { x }) => layer(g, x, edgesOf(g, list)))[0];
            const plain = run(x, edges);
            const place = (node: number) => order.indexOf(node);
            const moved = run(rows(x, order), {
              nodes: NODES,
              sources: edges.sources.map(place).reverse(),
              targets: edges.targets.map(place).reverse(),
            });
            const width = (plain?.length ?? 0) / NODES;
            close(moved, rows(ref("float32", [NODES, width], plain ?? new Float64Array()), order).data);
          },
        ),
        { numRuns: 15 },
      );
    },
  );

  it("joins rows by segment; empty segments give 0", () => {
    const r = ref("float32", [4, 2], Float64Array.of(1, -5, 3, -7, -2, 4, 8, 8));
    const run = (how: "sum" | "mean" | "max") =>
      Array.from(runLayer({ r }, (g, { r }) => aggregate(g, r, g.i64([0, 0, 2, 3]), 5, how))[0] ?? []);
    expect(run("sum")).toEqual([4, -12, 0, 0, -2, 4, 8, 8, 0, 0]);
    expect(run("mean")).toEqual([2, -6, 0, 0, -2, 4, 8, 8, 0, 0]);
    expect(run("max")).toEqual([3, -5, 0, 0, -2, 4, 8, 8, 0, 0]);
  });

  it.each(["static", "dynamic"] as const)("gat, %s: edges and a matrix of them give the same", (scores) => {
    const list = { nodes: 3, sources: [0, 1, 2, 0], targets: [1, 2, 0, 2] };
    const adjacency = new Float64Array(9);
    list.sources.forEach((from, i) => {
      adjacency[(list.targets[i] ?? 0) * 3 + from] = 1;
    });
    const nodes = randomTensor("three", [3, 2]);
    for (const self of [true, false]) {
      const [edges] = runLayer({ x: nodes }, (g, { x }) =>
        gatConv(g, x, edgesOf(g, list), 2, { heads: 3, scores, self }),
      );
      const [matrix] = runLayer(
        { x: ref("float32", [1, 3, 2], nodes.data), a: ref("float32", [1, 3, 3], adjacency) },
        (g, { x, a }) => gatConv(g, x, { kind: "matrix", adjacency: a }, 2, { heads: 3, scores, self }),
      );
      close(matrix, edges);
    }
  });

  it.each(["sum", "mean", "max", "attention"] as const)("%s: padding changes nothing in a readout", (how) => {
    const nodes = randomTensor("five", [5, 2]);
    const [flat] = runLayer({ nodes }, (g, { nodes }) =>
      readout(g, nodes, { graphs: g.i64([0, 0, 1, 1, 1]), count: 2 }, how),
    );
    const padded = Float64Array.from({ length: 12 }, (_, i) => {
      const [graph, node, c] = [Math.floor(i / 6), Math.floor(i / 2) % 3, i % 2];
      return graph === 0 && node === 2 ? 99 : (nodes.data[(graph * 2 + node) * 2 + c] ?? 0);
    });
    const present = ref("bool", [2, 3], Float64Array.of(1, 1, 0, 1, 1, 1));
    const [boxed] = runLayer({ x: ref("float32", [2, 3, 2], padded), present }, (g, { x, present }) =>
      paddedReadout(g, x, present, how),
    );
    close(boxed, flat);
  });
});
