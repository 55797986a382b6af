import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { type Graph, sizeOf } from "../ir/index.js";
import { Builder, opOf, type RefTensor } from "../ops/index.js";
import { interpret } from "../runtime/index.js";
import { gradientCase } from "../testing/op-contract.js";
import { forWebGpu } from "./index.js";

/** Results of a graph before and after it is written for WebGPU. */
function apart(graph: Graph): number {
  const rng = rngOf(3, graph.name);
  const feeds: Record<string, RefTensor> = {};
  for (const v of graph.inputs) {
    const float = v.dtype === "float32";
    const data = Float64Array.from({ length: sizeOf(v.dims) }, () => (float ? rng.normal() : rng.int(4)));
    feeds[v.name] = { dtype: v.dtype, dims: v.dims, data };
  }
  const before = interpret(graph, feeds);
  const written = forWebGpu(graph).graph;
  const after = interpret(written, feeds);
  const [a, b] = [Object.values(before), Object.values(after)];
  return Math.max(
    ...a.flatMap(({ data }, i) => Array.from(data, (v, j) => Math.abs(v - (b[i]?.data[j] ?? Number.NaN)))),
  );
}

describe("graphs written for WebGPU", () => {
  it("keep their results: wide Concat and Split", () => {
    const g = new Builder("wide");
    const x = g.input("x", "float32", [60]);
    const sizes = Array.from({ length: 40 }, (_, i) => 1 + (i % 2));
    const parts = g.op("Split", [x, g.i64(sizes)], { axis: 0 }, sizes.length);
    const graph = g.finish([g.Concat([...parts].reverse(), { axis: 0 }), ...parts.slice(0, 2)]);
    expect(apart(graph)).toBe(0);
    const widest = forWebGpu(graph).graph.nodes.map((n) => Math.max(n.inputs.length, n.outputs.length));
    expect(Math.max(...widest)).toBeLessThanOrEqual(6);
  });

  it("keep their results: losses and classes", () => {
    const g = new Builder("loss");
    const x = g.input("x", "float32", [5, 4]);
    const labels = g.Cast(g.input("labels", "int32", [5]), { to: 7 });
    const onOff = g.constant({ dtype: "float32", dims: [2], data: Float32Array.of(0.25, 0.5) });
    const targets = g.OneHot(labels, g.i64([4]), onOff, { axis: 0 });
    const hits = g.Cast(g.Equal(g.ArgMax(x, { axis: -1, keepdims: 0 }), labels), { to: 1 });
    const graph = g.finish([g.LogSoftmax(x, { axis: 1 }), targets, hits]);
    expect(apart(graph)).toBeLessThan(1e-12);
    const types = forWebGpu(graph).graph.nodes.map((n) => n.opType);
    expect(types).not.toContain("OneHot");
    expect(types).not.toContain("LogSoftmax");
  });

  it.each([
    ["channels that are no multiple of four", [2, 6, 7, 5], [16, 6, 3, 3], { pads: [1, 0, 2, 1] }],
    [
      "groups with many filters",
      [2, 3, 8, 6],
      [15, 1, 3, 2],
      { group: 3, strides: [2, 1], pads: [1, 0, 0, 1] },
    ],
    ["plain ones", [1, 4, 5, 5], [8, 2, 3, 3], { group: 2 }],
  ] as const)("keep their results: convolutions with %s", (_, xDims, wDims, attrs) => {
    const g = new Builder("conv");
    const [x, w] = [g.input("x", "float32", xDims), g.input("w", "float32", wDims)];
    const bias = g.input("bias", "float32", [wDims[0]]);
    expect(apart(g.finish([g.Conv(x, w, bias, attrs as object)]))).toBeLessThan(1e-6);
  });

  it("keep their results: gradients of convolutions, with the same filters for every channel", () => {
    const op = opOf("Conv");
    op.samples.forEach((sample, i) => {
      const it = gradientCase(op, sample, 2);
      if (it === undefined) return;
      const want = interpret(it.graph, it.feeds);
      const have = interpret(forWebGpu(it.graph).graph, it.feeds);
      for (const [k, a] of Object.values(want).entries()) {
        const b = Object.values(have)[k];
        a.data.forEach((v, j) => {
          expect(Math.abs(v - (b?.data[j] ?? Number.NaN)), `sample ${i}`).toBeLessThan(1e-6);
        });
      }
    });
    expect(op.samples.length).toBeGreaterThan(3);
  });

  it("name the nodes that the device gets wrong", () => {
    const g = new Builder("host");
    const x = g.input("x", "float32", [1, 1, 4, 4]);
    const [y, at] = g.op("MaxPool", [x], { kernel_shape: [2, 2] }, 2);
    const back = g.Slice(x, g.i64([3]), g.i64([-9]), g.i64([2]), g.i64([-1]));
    const plain = g.MaxPool(x, { kernel_shape: [2, 2] });
    if (y === undefined || at === undefined) throw new Error("two outputs");
    const { onHost, graph } = forWebGpu(g.finish([y, at, back, plain]));
    const types = graph.nodes.filter(({ name }) => onHost.includes(name)).map(({ opType }) => opType);
    expect(types).toEqual(["MaxPool", "Slice"]);
  });
});
