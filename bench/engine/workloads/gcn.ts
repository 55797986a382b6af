import { rngOf } from "../../../src/base/index.js";
import { type EdgeList, edgesOf, gcnConv } from "../../../src/nn/index.js";
import type { Workload } from "../workload.js";

const [NODES, LINKS] = [1000, 5000];

/** A random graph: each link is an edge in both directions. */
function randomEdges(): EdgeList {
  const rng = rngOf(11, "graph");
  const links = new Set<number>();
  while (links.size < LINKS) {
    const [a, b] = [rng.int(NODES), rng.int(NODES)];
    if (a < b) links.add(a * NODES + b);
  }
  const ends = [...links].map((link) => [Math.floor(link / NODES), link % NODES] as const);
  return {
    nodes: NODES,
    sources: ends.flat(),
    targets: ends.flatMap(([a, b]) => [b, a]),
  };
}

const EDGES = randomEdges();

export const gcn: Workload = {
  name: "gcn",
  title: "graph network (GCN 64-64-64-7), 1,000 nodes, 10,000 edges",
  batch: NODES,
  wholeBatch: true,
  inputs: [{ name: "x", dtype: "float32", shape: [64] }],
  classes: 7,
  optimizer: "adamw",
  learningRate: 1e-2,
  productBound: false,
  body: (g, [x]) => {
    if (x === undefined) throw new Error("no input");
    const edges = edgesOf(g, EDGES);
    let h = x;
    for (const name of ["conv1", "conv2"]) h = g.Relu(g.scope(name, () => gcnConv(g, h, edges, 64)));
    return g.scope("conv3", () => gcnConv(g, h, edges, 7));
  },
  extras: () => ({
    edges: {
      dims: [2, EDGES.sources.length],
      data: BigInt64Array.from([...EDGES.sources, ...EDGES.targets], BigInt),
    },
  }),
};
