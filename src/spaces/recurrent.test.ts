import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import type { Value } from "../ir/index.js";
import { bakeWeights, buildNetwork, initialWeights, type NetworkBuilder } from "../nn/index.js";
import { interpret } from "../runtime/index.js";
import { size } from "../schema/index.js";
import { recurrent, recurrentBlock, transformerBlock } from "./recurrent.js";
import { gruCell, highwayCell, lstmCell, NEURAL_GATES, neuralGate } from "./recurrent-parts.js";

const STEPS = 6;
type Set = (name: string, at: number, drawn: number) => number;

/** Weights by name, and the function of one series [T, C] that the layer is with them. */
function layer(channels: number, body: (g: NetworkBuilder, x: Value) => Value, set: Set = (_, __, w) => w) {
  const network = buildNetwork(
    "layer",
    [{ name: "x", dtype: "float32", shape: [STEPS, channels] }],
    (g, [x]): Record<string, Value> => (x === undefined ? {} : { y: body(g, x) }),
    { training: false, batch: 1 },
  );
  const { params, states } = initialWeights(network, 7);
  const weights = new Map<string, Float32Array>();
  let offset = 0;
  for (const { name, shape } of network.params) {
    const count = shape.reduce((a, b) => a * b, 1);
    const part = params.subarray(offset, offset + count);
    part.forEach((w, i) => {
      part[i] = set(name, i, w);
    });
    weights.set(name, part);
    offset += count;
  }
  const graph = bakeWeights(network, { params, states });
  const run = (x: readonly number[]) => {
    const feeds = {
      x: { dtype: "float32", dims: [1, STEPS, channels], data: Float64Array.from(x) },
    } as const;
    return Array.from(interpret(graph, feeds)[network.outputs.y?.name ?? ""]?.data ?? [], Number);
  };
  const weight = (name: string, i = 0) => weights.get(name)?.[i] ?? Number.NaN;
  return { run, weight };
}

const normals = (count: number, stream = 0) =>
  Array.from({ length: count }, (_, i) => rngOf(5, stream, i).normal());
const close = (got: readonly number[], want: readonly number[]) => {
  expect(got.length).toBe(want.length);
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(want[i] ?? Number.NaN, 5);
  });
};
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe("cells", () => {
  const x = normals(STEPS);

  it("the gated recurrent unit is its formula", () => {
    const disturbed: Set = (name, i, w) => (name.endsWith("bias") ? 0.3 * i - 0.2 : w);
    const { run, weight } = layer(1, (g, x) => gruCell(g, x, 1), disturbed);
    let h = 0;
    const want = x.map((value) => {
      const a = (k: number) => value * weight("input_weight", k) + weight("bias", k);
      const b = (k: number) => h * weight("hidden_weight", k) + weight("hidden_bias", k);
      const z = sigmoid(a(1) + b(1));
      h = (1 - z) * Math.tanh(a(2) + sigmoid(a(0) + b(0)) * b(2)) + z * h;
      return h;
    });
    close(run(x), want);
  });

  it("long short-term memory is its formula", () => {
    const { run, weight } = layer(1, (g, x) => lstmCell(g, x, 1));
    expect(weight("forget_bias")).toBe(1);
    let [h, c] = [0, 0];
    const want = x.map((value) => {
      const z = (k: number) => value * weight("input_weight", k) + h * weight("hidden_weight", k);
      c = sigmoid(z(1) + 1) * c + sigmoid(z(0)) * Math.tanh(z(3));
      h = sigmoid(z(2)) * Math.tanh(c);
      return h;
    });
    close(run(x), want);
  });

  it("a highway cell keeps its state where t is 0, and is a tanh network where t is 1", () => {
    const forced =
      (carry: number): Set =>
      (name, _, w) =>
        name.endsWith("carry_bias") ? carry : w;
    close(layer(1, (g, x) => highwayCell(g, x, 2, 3), forced(-1e4)).run(x), new Array(2 * STEPS).fill(0));
    const { run, weight } = layer(1, (g, x) => highwayCell(g, x, 1, 1), forced(1e4));
    let h = 0;
    const want = x.map((value) => {
      h = Math.tanh(value * weight("input_weight") + h * weight("depth1/hidden_weight"));
      return h;
    });
    close(run(x), want);
  });
});

describe("gates", () => {
  const x = normals(STEPS * 2);
  const doubled = (g: NetworkBuilder, y: Value) => g.Mul(y, g.scalar(2));

  it("a learned rate of 1 is the identity, of 0 the plain block", () => {
    const at = (rate: number) =>
      layer(
        2,
        (g, v) => neuralGate(g, "learned", v, doubled(g, v)),
        () => rate,
      ).run(x);
    close(at(1e3), x);
    close(
      at(-1e3),
      x.map((v) => 2 * v),
    );
  });

  it("closed input-dependent gates pass either branch, coupled ones neither", () => {
    const at = (kind: "input" | "coupled", bias: number) =>
      layer(
        2,
        (g, v) => neuralGate(g, kind, v, doubled(g, v)),
        (name) => (name.endsWith("bias") ? bias : 0),
      ).run(x);
    close(at("input", 1e3), x);
    close(
      at("input", -1e3),
      x.map((v) => 2 * v),
    );
    close(
      at("coupled", 1e3),
      x.map((v) => 3 * v),
    );
    close(
      at("coupled", -1e3),
      x.map(() => 0),
    );
    close(
      layer(2, (g, v) => neuralGate(g, "additive", v, doubled(g, v))).run(x),
      x.map((v) => 3 * v),
    );
  });
});

describe("blocks", () => {
  const width = 4;
  const attending = { op: "on", heads: 2, window: 4 } as const;
  const blocks = {
    "LSTM with attention": (g: NetworkBuilder, x: Value) =>
      recurrentBlock(g, x, { cell: { op: "lstm" }, attention: attending }, "input"),
    "RHN without": (g: NetworkBuilder, x: Value) =>
      recurrentBlock(g, x, { cell: { op: "rhn", depth: 2 }, attention: { op: "off" } }, "coupled"),
    "transformer with memory": (g: NetworkBuilder, x: Value) =>
      transformerBlock(g, x, { norm: "pre", heads: 2, window: 4, memory: true }, "additive"),
  };

  it.each(Object.entries(blocks))("%s: a step changes nothing before it", (_, body) => {
    const { run } = layer(width, body);
    const x = normals(STEPS * width);
    const changed = x.map((v, i) => (i >= 4 * width ? v + 1 : v));
    const [a, b] = [run(x), run(changed)];
    close(a.slice(0, 4 * width), b.slice(0, 4 * width));
    expect(a.slice(4 * width)).not.toEqual(b.slice(4 * width));
  });

  it("a memory reaches one segment back, and no memory none", () => {
    const at = (memory: boolean) => {
      const it = { norm: "post", heads: 1, window: 2, memory } as const;
      return layer(width, (g, x) => transformerBlock(g, x, it, "additive")).run;
    };
    const x = normals(STEPS * width);
    const differs = (run: (x: readonly number[]) => number[], step: number) => {
      const [a, b] = [run(x), run(x.map((v, i) => (Math.floor(i / width) === step ? v + 1 : v)))];
      return Array.from({ length: STEPS }, (_, t) => t).filter((t) =>
        a.slice(t * width, (t + 1) * width).some((v, i) => Math.abs(v - (b[t * width + i] ?? 0)) > 1e-6),
      );
    };
    expect(differs(at(false), 1)).toEqual([1]);
    expect(differs(at(true), 1)).toEqual([1, 2, 3]);
    const first = x.slice(0, 2 * width);
    const repeated = at(false)([...first, ...first, ...first]);
    close(repeated.slice(0, 2 * width), repeated.slice(4 * width));
  });
});

it("holds (5 cells · 10 attentions + 36 transformers) · 5 gates · 3 depths · 4 widths", () => {
  expect(size(recurrent.schema)).toMatchObject({ count: BigInt(86 * NEURAL_GATES.length * 12), exact: true });
});
