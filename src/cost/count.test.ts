import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, type Graph, sizeOf, tensor, type Value } from "../ir/index.js";
import { Builder } from "../ops/index.js";
import { randomGraph } from "../testing/random-graph.js";
import { countCosts, nodeCosts } from "./count.js";

/** Convolution, batch norm, activation, pooling, linear layer, softmax: every figure by hand below. */
function small(): Graph {
  const g = new Builder("small");
  const weight = (name: string, dims: readonly number[]) =>
    g.initializer(name, tensor("float32", dims, new Float32Array(sizeOf(dims)).fill(1)));
  const vector = (name: string) => weight(name, [8]);
  const x = g.input("x", "float32", ["N", 3, 10, 10]);
  const conv = g.Conv(x, weight("w", [8, 3, 3, 3]), vector("b"), { strides: [2, 2], pads: [1, 1, 1, 1] });
  const normed = g.BatchNormalization(conv, vector("s"), vector("t"), vector("m"), vector("v"));
  const pooled = g.ReduceMean(g.Relu(normed), g.i64([2, 3]), { keepdims: 0 });
  const logits = g.Gemm(pooled, weight("fc", [8, 5]), weight("fc_b", [5]));
  return g.finish([g.Softmax(logits, { axis: -1 })]);
}

describe("countCosts", () => {
  it("counts a small network as by hand", () => {
    const costs = countCosts(small());
    const places = 8 * 5 * 5;
    expect(costs.params).toBe(8 * 27 + 8 + 4 * 8 + 40 + 5);
    expect(costs.macs).toBe(places * 27 + 40);
    // int64 axes count as bytes, not as parameters.
    expect(costs.weightBytes).toBe(4 * costs.params + 2 * 8);
    // The input and the convolution's result, or that and batch norm's, 4 bytes each: the first is larger.
    expect(costs.peakActivationBytes).toBe(4 * (300 + places));
    const flops = new Map(nodeCosts(small()).map((n) => [n.node.opType, n.flops]));
    expect(flops.get("Conv")).toBe(2 * places * 27 + places);
    expect(flops.get("BatchNormalization")).toBe(2 * places);
    expect(flops.get("Relu")).toBe(places);
    expect(flops.get("ReduceMean")).toBe(places);
    expect(costs.flops).toBe([...flops.values()].reduce((a, b) => a + b, 0));
  });

  it("binds the batch: work and activations grow with it, weights do not", () => {
    const [one, four] = [countCosts(small()), countCosts(small(), { bindings: { N: 4 } })];
    expect(four.macs).toBe(4 * one.macs);
    expect(four.peakActivationBytes).toBe(4 * one.peakActivationBytes);
    expect([four.params, four.weightBytes]).toEqual([one.params, one.weightBytes]);
  });

  it("refuses an operator that it does not know, unless asked to be lenient", () => {
    const graph = small();
    const nodes = graph.nodes.map((n) => (n.opType === "Relu" ? { ...n, domain: "com.example" } : n));
    const foreign = graph.with({ nodes });
    expect(() => countCosts(foreign)).toThrow(/cost_unknown.*com\.example::Relu/);
    expect(countCosts(foreign, { lenient: true }).macs).toBe(countCosts(graph).macs);
  });

  it("knows what a graph inside a node still needs", () => {
    const g = new Builder("outer");
    const x = g.input("x", "float32", [100]);
    const big = g.Relu(x);
    const trips = g.i64(3);
    const going = g.constant({ dtype: "bool", dims: [], data: Uint8Array.of(1) });
    const body = g.subgraph(
      "body",
      [
        { name: "i", dtype: "int64", shape: [] },
        { name: "on", dtype: "bool", shape: [] },
        { name: "sum", dtype: "float32", shape: [] },
      ],
      (b, _, on, sum) =>
        on === undefined || sum === undefined
          ? []
          : [on, b.Add(sum, b.ReduceSum(big, undefined, { keepdims: 0 }))],
    );
    const [total] = g.op("Loop", [trips, going, g.scalar(0)], { body }, 1);
    const after = g.Expand(total ?? trips, g.i64([150]));
    const graph = g.finish([g.Relu(after)]);
    // x with Relu's result; or Expand's with the last one's, the captured value being free by then.
    expect(countCosts(graph, { lenient: true }).peakActivationBytes).toBe(4 * 300);
  });
});

/** Sum of all tensors alive at each node, by their first and last moments. */
function bruteForcePeak(graph: Graph): number {
  const size = (v: Value) => bytesOf(v.dtype, sizeOf(v.dims));
  const values = new Set([...graph.inputs, ...graph.nodes.flatMap((n) => n.outputs.flatMap((v) => v ?? []))]);
  const peaks = graph.nodes.map((_, now) => {
    let sum = 0;
    for (const v of values) {
      const born = graph.nodes.findIndex((n) => n.outputs.includes(v));
      const reads = graph.nodes.flatMap((n, at) => (n.inputs.includes(v) ? [at] : []));
      const kept = graph.outputs.includes(v) || (born < 0 && reads.length === 0);
      const dies = kept ? Number.POSITIVE_INFINITY : Math.max(born, ...reads);
      if (born <= now && now <= dies) sum += size(v);
    }
    return sum;
  });
  return Math.max(...peaks);
}

it("peak activations are those of a count by brute force, over random graphs", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => {
      const { graph } = randomGraph(seed);
      expect(countCosts(graph).peakActivationBytes).toBe(bruteForcePeak(graph));
    }),
    { numRuns: 200, seed: 3 },
  );
});
