import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.js";
import { rngOf } from "../base/index.js";
import { type Graph, numbersOf, sizeOf, type Tensor, tensor, type Value, verifyGraph } from "../ir/index.js";
import { Builder, refOf } from "../ops/index.js";
import { interpret, ortNode } from "../runtime/index.js";
import { modelOf } from "../train/index.js";
import {
  BLOCKED_DOMAIN,
  blockLayout,
  decomposeBatchNorm,
  lowerChannelSums,
  lowerFilterGradients,
  lowerPointwiseNorm,
  mergeCommonSubexpressions,
} from "./index.js";
import { lowerLeadingSums } from "./lower-leading-sums.js";
import { shareGelu } from "./share-gelu.js";

/** Normal numbers for every input, from the names. */
function feedsOf(graph: Graph): Record<string, Tensor> {
  return Object.fromEntries(
    graph.inputs.map((v) => {
      const rng = rngOf(5, v.name);
      const positive = v.name.startsWith("variance");
      const values = Array.from({ length: sizeOf(v.dims) }, () =>
        v.name === "steps" ? rng.int(3) : Math.fround(positive ? 0.5 + rng.float() : rng.normal()),
      );
      return [v.name, tensor("float32", v.dims, values)];
    }),
  );
}

function byReference(graph: Graph): number[][] {
  const feeds = Object.entries(feedsOf(graph)).map(([name, t]) => [name, refOf(t)] as const);
  const out = interpret(graph, Object.fromEntries(feeds));
  return graph.outputs.map((v) => Array.from(out[v.name]?.data ?? []));
}

async function byRuntime(graph: Graph): Promise<number[][]> {
  await using session = await ortNode.load(modelOf(graph));
  const feeds = Object.entries(feedsOf(graph)).filter(([name]) => session.inputNames.includes(name));
  const out = await session.run(Object.fromEntries(feeds));
  return graph.outputs.map((v) => {
    const result = out[v.name];
    return result === undefined ? [] : numbersOf(result);
  });
}

/** The largest difference, relative to the largest number of the same result. */
function worst(expected: readonly number[][], received: readonly number[][]): number {
  expect(received.map((r) => r.length)).toEqual(expected.map((r) => r.length));
  const errors = expected.map((values, i) => {
    const scale = Math.max(0.1, ...values.map(Math.abs));
    return Math.max(0, ...values.map((v, k) => Math.abs(v - (received[i]?.[k] ?? Number.NaN)) / scale));
  });
  return Math.max(...errors);
}

/** The result of a network and its gradients by all inputs, under a random linear functional. */
function trained(build: (g: Builder) => Value, before: (graph: Graph) => Graph = (graph) => graph): Graph {
  const inner = new Builder("forward");
  const y = build(inner);
  const forward = before(inner.finish([y]));
  const g = Builder.over(forward);
  for (const node of forward.nodes) g.append(node);
  const [out] = forward.outputs;
  if (out === undefined) throw new Error("no output");
  const seed = g.input("seed", "float32", out.shape);
  const grads = gradients(g, out, forward.inputs, { seed }).flatMap((v) => v ?? []);
  return mergeCommonSubexpressions(decomposeBatchNorm(g.finish([out, ...grads].map((v) => g.Identity(v)))));
}

interface Layer {
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly depthwise: boolean;
  readonly norm: boolean;
  readonly bias: boolean;
  readonly activation: "Relu" | "HardSwish" | "Sigmoid" | "none";
  readonly residual: boolean;
}

const layer: fc.Arbitrary<Layer> = fc.record({
  out: fc.constantFrom(8, 16, 32, 12),
  kernel: fc.constantFrom(1, 3, 3, 5),
  stride: fc.constantFrom(1, 1, 2),
  dilation: fc.constantFrom(1, 1, 2),
  depthwise: fc.boolean(),
  norm: fc.boolean(),
  bias: fc.boolean(),
  activation: fc.constantFrom("Relu" as const, "HardSwish" as const, "Sigmoid" as const, "none" as const),
  residual: fc.boolean(),
});

const plainLayer: Layer = {
  out: 16,
  kernel: 3,
  stride: 1,
  dilation: 1,
  depthwise: false,
  norm: false,
  bias: false,
  activation: "none",
  residual: false,
};

interface Net {
  readonly channels: number;
  readonly side: number;
  readonly layers: readonly Layer[];
  readonly pool: "MaxPool" | "AveragePool" | "none";
}

const nets: fc.Arbitrary<Net> = fc.record({
  channels: fc.constantFrom(3, 16, 32),
  side: fc.integer({ min: 6, max: 9 }),
  layers: fc.array(layer, { minLength: 1, maxLength: 3 }),
  pool: fc.constantFrom("MaxPool" as const, "AveragePool" as const, "none" as const),
});

function layerOf(g: Builder, x: Value, it: Layer, at: number): Value {
  const [, c = 1] = x.dims;
  const depthwise = it.depthwise && c > 1;
  const out = depthwise ? c : it.out;
  const w = g.input(`w${at}`, "float32", [out, depthwise ? 1 : c, it.kernel, it.kernel]);
  const bias = it.bias ? g.input(`b${at}`, "float32", [out]) : undefined;
  const pad = (it.dilation * (it.kernel - 1)) >> 1;
  let y = g.Conv(x, w, bias, {
    strides: [it.stride, it.stride],
    dilations: [it.dilation, it.dilation],
    pads: [pad, pad, pad, pad],
    group: depthwise ? c : 1,
  });
  if (it.norm) y = norm(g, y, at);
  if (it.activation !== "none") y = g.op1(it.activation, [y]);
  return it.residual && x.shape.join() === y.shape.join() ? g.Add(x, y) : y;
}

function norm(g: Builder, x: Value, at: number): Value {
  const [, c = 1] = x.dims;
  const parts = ["scale", "shift", "mean", "variance"].map((name) => g.input(`${name}${at}`, "float32", [c]));
  const [y] = g.op("BatchNormalization", [x, ...parts], { training_mode: 1 }, 3);
  if (y === undefined) throw new Error("no output");
  return y;
}

function netOf(g: Builder, it: Net): Value {
  let h = g.input("x", "float32", [16, it.channels, it.side, it.side]);
  it.layers.forEach((one, i) => {
    h = layerOf(g, h, one, i);
  });
  const pool = { kernel_shape: [2, 2], strides: [2, 2] };
  if (it.pool !== "none" && (h.dims[2] ?? 0) >= 2) h = g.op1(it.pool, [h], pool);
  return g.ReduceMean(h, g.i64([2, 3]), { keepdims: 0 });
}

describe("passes of training graphs", () => {
  it("lowerFilterGradients leaves results and gradients as they were", () => {
    let lowered = 0;
    fc.assert(
      fc.property(nets, (it) => {
        const graph = trained((g) => netOf(g, { ...it, side: Math.min(it.side, 7), channels: 4 }));
        const after = lowerFilterGradients(graph);
        expect(verifyGraph(after)).toEqual([]);
        if (after.nodes.length !== graph.nodes.length) lowered++;
        expect(worst(byReference(graph), byReference(after))).toBeLessThan(1e-6);
      }),
      { numRuns: 12, seed: 3 },
    );
    expect(lowered).toBeGreaterThan(8);
  });

  it.each([
    ["squares", 1, [0, 2, 3], 0],
    ["two tensors, lengths kept", 2, [2, 3, 0], 1],
  ] as const)("lowerChannelSums: %s", (_, operands, axes, keepdims) => {
    const g = new Builder("sums");
    const [a, b] = [g.input("a", "float32", [3, 4, 14, 14]), g.input("b", "float32", [3, 4, 14, 14])];
    const product = g.Mul(a, operands === 1 ? a : b);
    const graph = g.finish([
      g.ReduceSum(product, g.i64(axes), { keepdims }),
      g.ReduceMean(g.Mul(b, a), g.i64(axes), { keepdims }),
    ]);
    const after = lowerChannelSums(graph);
    expect(after.nodes.some((n) => n.opType === "MatMul")).toBe(true);
    expect(after.nodes.some((n) => n.opType === "ReduceMean")).toBe(false);
    expect(after.outputs.map((v) => v.shape)).toEqual(graph.outputs.map((v) => v.shape));
    // The product has another use where it is an output, and small planes are not worth it.
    const kept = new Builder("kept");
    const small = kept.input("a", "float32", [3, 4, 5, 5]);
    const squares = kept.Mul(small, small);
    const untouched = kept.finish([kept.ReduceSum(squares, kept.i64([0, 2, 3])), squares]);
    expect(lowerChannelSums(untouched).nodes).toEqual(untouched.nodes);
    expect(worst(byReference(graph), byReference(after))).toBeLessThan(1e-6);
  });

  describe("lowerLeadingSums", () => {
    const sums = (shape: readonly number[], axes: readonly number[], keepdims: 0 | 1) => {
      const g = new Builder("sums");
      return g.finish([g.ReduceSum(g.input("x", "float32", shape), g.i64(axes), { keepdims })]);
    };

    it.each([
      ["rows of a matrix", [9, 5], [0], 0],
      ["lengths kept", [9, 5], [0], 1],
      ["two axes, out of order, from the end", [3, 4, 2, 5], [-3, 0], 0],
      ["two axes, kept", [3, 4, 5], [0, 1], 1],
    ] as const)("sums by a product: %s", (_, shape, axes, keepdims) => {
      const graph = sums(shape, axes, keepdims);
      const after = lowerLeadingSums(graph);
      expect(verifyGraph(after)).toEqual([]);
      expect(after.nodes.map((n) => n.opType)).toContain("MatMul");
      expect(after.nodes.map((n) => n.opType)).not.toContain("ReduceSum");
      expect(after.outputs.map((v) => v.shape)).toEqual(graph.outputs.map((v) => v.shape));
      expect(worst(byReference(graph), byReference(after))).toBeLessThan(1e-6);
    });

    it.each([
      ["too few rows", [7, 5], [0]],
      ["inner axes", [9, 5], [1]],
      ["a gap between axes", [9, 5, 4], [0, 2]],
      ["all axes", [9, 5], [0, 1]],
    ] as const)("leaves alone %s", (_, shape, axes) => {
      const graph = sums(shape, axes, 0);
      expect(lowerLeadingSums(graph).nodes).toEqual(graph.nodes);
    });
  });

  describe("shareGelu", () => {
    const gelu = (approximate: "none" | "tanh") =>
      trained((g) => g.Gelu(g.input("x", "float32", [6, 7]), { approximate }));
    const count = (graph: Graph, opType: string) => graph.nodes.filter((n) => n.opType === opType).length;

    it("computes the normal distribution once for Gelu and its gradient", () => {
      const graph = gelu("none");
      const after = mergeCommonSubexpressions(shareGelu(graph));
      expect(verifyGraph(after)).toEqual([]);
      expect([count(graph, "Gelu"), count(graph, "Erf")]).toEqual([1, 1]);
      expect([count(after, "Gelu"), count(after, "Erf")]).toEqual([0, 1]);
      expect(worst(byReference(graph), byReference(after))).toBeLessThan(1e-6);
    });

    it("leaves the approximation by tanh alone", () => {
      const graph = gelu("tanh");
      expect(shareGelu(graph)).toBe(graph);
    });
  });

  describe("lowerPointwiseNorm", () => {
    const wide =
      (channels: number, out: number, also = false) =>
      (g: Builder) => {
        const x = g.input("x", "float32", [4, channels, 5, 5]);
        const product = g.Conv(x, g.input("w", "float32", [out, channels, 1, 1]));
        const y = g.Relu(norm(g, product, 0));
        return also ? g.Add(y, product) : y;
      };

    it("normalises by the covariance of the input, and its gradients are the same", () => {
      const [plain, lowered] = [trained(wide(4, 16)), trained(wide(4, 16), lowerPointwiseNorm)];
      expect(plain.nodes.some((n) => n.opType === "Sqrt")).toBe(true);
      expect(lowered.nodes.filter((n) => n.opType === "BatchNormalization")).toEqual([]);
      expect(worst(byReference(plain), byReference(lowered))).toBeLessThan(1e-6);
    });

    it("gives the same running statistics", () => {
      const g = new Builder("running");
      const x = g.input("x", "float32", [4, 3, 5, 5]);
      const product = g.Conv(x, g.input("w", "float32", [12, 3, 1, 1]));
      const parts = ["scale", "shift", "mean", "variance"].map((name) => g.input(name, "float32", [12]));
      const attributes = { training_mode: 1, momentum: 0.7, epsilon: 0.01 };
      const graph = g.finish(g.op("BatchNormalization", [product, ...parts], attributes, 3));
      const after = lowerPointwiseNorm(graph);
      expect(after.nodes.some((n) => n.opType === "BatchNormalization")).toBe(false);
      expect(worst(byReference(graph), byReference(after))).toBeLessThan(1e-6);
    });

    it.each([
      ["a projection, where statistics of the input cost more", wide(16, 4)],
      ["a product that has another use", wide(4, 16, true)],
    ] as const)("leaves alone %s", (_, build) => {
      const g = new Builder("kept");
      const graph = g.finish([build(g)]);
      expect(lowerPointwiseNorm(graph).nodes).toEqual(graph.nodes);
    });
  });
});

describe("blockLayout, by ONNX Runtime", () => {
  let block: number | undefined;
  beforeAll(async () => {
    block = await ortNode.blockedChannels?.();
  });

  it("gives what the standard operators give, gradients included, for any network", async (context) => {
    if (block === undefined) return context.skip("this ONNX Runtime has no blocked layout");
    const size = block;
    let blocked = 0;
    await fc.assert(
      fc.asyncProperty(nets, async (it) => {
        const graph = trained((g) => netOf(g, it));
        const after = lowerChannelSums(lowerFilterGradients(blockLayout(graph, size)));
        expect(after.outputs.map((v) => v.type)).toEqual(graph.outputs.map((v) => v.type));
        if (after.nodes.some((n) => n.domain === BLOCKED_DOMAIN)) blocked++;
        const plain = lowerFilterGradients(graph);
        expect(worst(await byRuntime(plain), await byRuntime(after))).toBeLessThan(1e-3);
      }),
      { numRuns: 60, seed: 7 },
    );
    expect(blocked).toBeGreaterThan(30);
  });

  it("gives a maximum's gradient to the first of equal ones", async (context) => {
    if (block === undefined) return context.skip("this ONNX Runtime has no blocked layout");
    const graph = trained((g) => {
      // Few different values, so that most windows have several maxima.
      const x = g.input("steps", "float32", [2, 16, 6, 6]);
      const h = layerOf(g, x, { ...plainLayer, kernel: 1, depthwise: true }, 0);
      return g.MaxPool(h, { kernel_shape: [3, 2], strides: [3, 2] });
    });
    const after = blockLayout(graph, block);
    expect(after.nodes.filter((n) => n.opType === "ScatterElements")).toEqual([]);
    expect(graph.nodes.filter((n) => n.opType === "ScatterElements").length).toBe(1);
    expect(worst(await byRuntime(lowerFilterGradients(graph)), await byRuntime(after))).toBeLessThan(1e-5);
  });

  it("leaves alone what does not fill blocks", () => {
    const graph = trained((g) => {
      const x = g.input("x", "float32", [2, 4, 6, 6]);
      return g.Relu(g.Conv(x, g.input("w", "float32", [6, 4, 3, 3])));
    });
    expect(blockLayout(graph, 8).nodes.filter((n) => n.domain !== "")).toEqual([]);
  });
});
