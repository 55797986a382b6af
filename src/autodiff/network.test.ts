import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { sizeOf, verifyGraph } from "../ir/index.js";
import {
  batchNorm,
  buildNetwork,
  conv2d,
  crossEntropy,
  globalAveragePool,
  initialWeights,
  invertedResidual,
  layerNorm,
  linear,
  type Network,
  type NetworkBody,
} from "../nn/index.js";
import { Builder, inline, type RefTensor, ref } from "../ops/index.js";
import { lowerDepthwise } from "../passes/index.js";
import { interpret } from "../runtime/index.js";
import { gradients, stopGradient } from "./index.js";

const BATCH = 2;

/** Loss of a network in training form with its gradients, all weights as inputs. */
function lossGraph(network: Network, lower: boolean) {
  const g = new Builder("loss");
  const bindings = new Map(network.graph.inputs.map((v) => [v, g.input(v.name, v.dtype, v.shape)]));
  const labels = g.input("labels", "int32", [BATCH]);
  const [logits] = inline(g, lower ? lowerDepthwise(network.graph) : network.graph, bindings);
  if (logits === undefined) throw new Error("no output");
  const loss = crossEntropy(g, logits, labels, 0.1);
  const wrt = [...network.inputs, ...network.params.map((p) => p.value)].map((v) => bindings.get(v) ?? v);
  const grads = gradients(g, loss, wrt);
  return { graph: g.finish([loss, ...grads.flatMap((v) => v ?? [])]), loss, wrt, grads };
}

function feedsOf(network: Network): Record<string, RefTensor> {
  const rng = rngOf(1, "network-gradient");
  const weights = initialWeights(network, 1);
  const feeds: Record<string, RefTensor> = { labels: ref("int32", [BATCH], Float64Array.of(0, 2)) };
  for (const v of network.inputs) {
    feeds[v.name] = ref(
      "float32",
      v.dims,
      Float64Array.from({ length: sizeOf(v.dims) }, () => rng.normal()),
    );
  }
  let at = 0;
  for (const p of network.params) {
    const values = weights.params.slice(at, at + sizeOf(p.shape));
    // Away from zero biases and unit scales, where mistakes could hide.
    feeds[p.name] = ref(
      "float32",
      p.shape,
      Float64Array.from(values, (w) => w + 0.1 * rng.normal()),
    );
    at += sizeOf(p.shape);
  }
  for (const s of network.states) {
    const filled = new Float64Array(sizeOf(s.shape)).fill(typeof s.initial === "number" ? s.initial : 0);
    feeds[s.name] = ref("float32", s.shape, filled);
  }
  return feeds;
}

const BODIES: Readonly<Record<string, NetworkBody>> = {
  "a mobile block with gates, batch norm and a shortcut": (g, [x]) => {
    if (x === undefined) throw new Error("no input");
    const block = { kernel: 3, expansion: 2, squeezeExcite: true, activation: "silu" } as const;
    let h = g.scope("stem", () => batchNorm(g, conv2d(g, x, 4, { kernel: 3, stride: 2 })));
    h = g.scope("one", () => invertedResidual(g, h, 4, { ...block, stride: 1 }));
    h = g.scope("two", () => invertedResidual(g, h, 6, { ...block, stride: 2, kernel: 5 }));
    return { logits: g.scope("out", () => linear(g, globalAveragePool(g, h), 3)) };
  },
  "layer norm, pooling, matrices of rank 3": (g, [x]) => {
    if (x === undefined) throw new Error("no input");
    const pooled = g.AveragePool(x, { kernel_shape: [2, 2], strides: [2, 2] });
    const tokens = g.Transpose(g.Reshape(pooled, g.i64([BATCH, 2, 9])), { perm: [0, 2, 1] });
    let h = g.Gelu(g.scope("in", () => linear(g, tokens, 5)));
    h = g.Add(
      h,
      g.scope("mix", () => linear(g, g.Tanh(layerNorm(g, h)), 5)),
    );
    return { logits: g.scope("out", () => linear(g, g.ReduceMean(h, g.i64([1]), { keepdims: 0 }), 3)) };
  },
};

describe.each(Object.entries(BODIES))("%s", (_, body) => {
  const inputs = [{ name: "x", dtype: "float32", shape: [2, 6, 6] } as const];
  const network = buildNetwork("net", inputs, body, { training: true, batch: BATCH });
  const feeds = feedsOf(network);

  it.each([false, true])("gradients meet central differences (depthwise lowered: %s)", (lower) => {
    const { graph, loss, wrt, grads } = lossGraph(network, lower);
    expect(verifyGraph(graph)).toEqual([]);
    const values = interpret(graph, feeds);
    const lossOnly = graph.with({ outputs: [loss] });
    const rng = rngOf(2, "entries");
    wrt.forEach((value, i) => {
      const base = feeds[value.name];
      const analytic = values[grads[i]?.name ?? ""];
      if (base === undefined || analytic === undefined) throw new Error(`no gradient of ${value.name}`);
      expect(analytic.dims).toEqual(base.dims);
      // Gradients that normalisation cancels are zero up to constants (1/count) that are float32.
      const scale = Math.max(0.01, ...Array.from(analytic.data, Math.abs));
      const entries = rng.sample(Array.from(base.data.keys()), 2);
      for (const k of entries) {
        const numeric = difference((step) => {
          const data = base.data.slice();
          data[k] = (data[k] ?? 0) + step;
          const moved = { ...feeds, [value.name]: ref("float32", base.dims, data) };
          return interpret(lossOnly, moved)[loss.name]?.data[0] ?? Number.NaN;
        });
        const error = Math.abs(numeric - (analytic.data[k] ?? 0)) / scale;
        expect([value.name, k, error < 1e-6]).toEqual([value.name, k, true]);
      }
    });
  });
});

/** Fourth-order central difference at 0. */
function difference(f: (step: number) => number): number {
  const h = 1e-3;
  return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
}

describe("the walk", () => {
  const run = (build: (g: Builder) => Parameters<typeof gradients>[1][], x: number[]) => {
    const g = new Builder("walk");
    const [y, ...wrt] = build(g);
    if (y === undefined) throw new Error("no output");
    const grads = gradients(g, y, wrt);
    const graph = g.finish(grads.flatMap((v) => v ?? []));
    const out = interpret(graph, { x: ref("float32", [x.length], Float64Array.from(x)) });
    return grads.map((v) => v && Array.from(out[v.name]?.data ?? []));
  };

  it("adds up over several uses, and knows what does not matter", () => {
    const [x, other] = run(
      (g) => {
        const x = g.input("x", "float32", [2]);
        const unused = g.constant({ dtype: "float32", dims: [2], data: Float32Array.of(1, 1) });
        const y = g.ReduceSum(g.Add(g.Mul(x, x), g.Mul(x, g.scalar(3))), undefined, { keepdims: 0 });
        return [y, x, unused];
      },
      [5, -2],
    );
    expect(x).toEqual([13, -1]);
    expect(other).toBeUndefined();
  });

  it("sums over broadcast axes", () => {
    const [x] = run(
      (g) => {
        const x = g.input("x", "float32", [2]);
        const wide = g.constant({ dtype: "float32", dims: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
        return [g.ReduceSum(g.Mul(x, wide), undefined, { keepdims: 0 }), x];
      },
      [1, 1],
    );
    expect(x).toEqual([9, 12]);
  });

  it("stops where it is told to", () => {
    const [x] = run(
      (g) => {
        const x = g.input("x", "float32", [2]);
        return [g.ReduceSum(g.Mul(x, stopGradient(g, g.Mul(x, x))), undefined, { keepdims: 0 }), x];
      },
      [3, -2],
    );
    // d(x · const)/dx, not 3x².
    expect(x).toEqual([9, 4]);
  });

  it("differentiates what it has appended: the second derivative of x³", () => {
    const g = new Builder("second");
    const x = g.input("x", "float32", [2]);
    const [first] = gradients(g, g.ReduceSum(g.Mul(g.Mul(x, x), x), undefined, { keepdims: 0 }), [x]);
    if (first === undefined) throw new Error("no gradient");
    const [second] = gradients(g, g.ReduceSum(first, undefined, { keepdims: 0 }), [x]);
    if (second === undefined) throw new Error("no second gradient");
    const out = interpret(g.finish([second]), { x: ref("float32", [2], Float64Array.of(2, -5)) });
    expect(Array.from(out[second.name]?.data ?? [])).toEqual([12, -30]);
  });

  it("names the node whose operator has no gradient", () => {
    const g = new Builder("none");
    const x = g.input("x", "float32", [4]);
    const y = g.ReduceSum(g.op1("Unique", [x]), undefined, { keepdims: 0 });
    expect(() => gradients(g, y, [x])).toThrow(/gradient_none at Unique_0/);
  });
});
