import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.js";
import { rngOf } from "../base/index.js";
import { type Graph, sizeOf, type Value, verifyGraph } from "../ir/index.js";
import { Builder, inline, type RefTensor, ref } from "../ops/index.js";
import { interpret } from "../runtime/index.js";
import { lowerDepthwise } from "./lower-depthwise.js";

interface Case {
  readonly batch: number;
  readonly channels: number;
  readonly plane: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly bias: boolean;
}

const side = fc.integer({ min: 3, max: 7 });
const cases: fc.Arbitrary<Case> = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 2, max: 4 }),
    plane: fc.tuple(side, side),
    kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    pads: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
    bias: fc.boolean(),
  })
  .filter(({ plane, kernel, dilations, pads }) =>
    [0, 1].every((i) => {
      const padded = (plane[i] ?? 0) + (pads[i] ?? 0) + (pads[i + 2] ?? 0);
      return padded >= ((kernel[i] ?? 1) - 1) * (dilations[i] ?? 1) + 1;
    }),
  );

function convolution(it: Case): Graph {
  const g = new Builder("depthwise");
  const x = g.input("x", "float32", [it.batch, it.channels, ...it.plane]);
  const w = g.input("w", "float32", [it.channels, 1, ...it.kernel]);
  const b = it.bias ? g.input("b", "float32", [it.channels]) : undefined;
  const { kernel, strides, dilations, pads } = it;
  const y = g.Conv(x, w, b, { kernel_shape: kernel, strides, dilations, pads, group: it.channels });
  return g.finish([y]);
}

function randomFeeds(values: readonly Value[]): Record<string, RefTensor> {
  const rng = rngOf(3, "depthwise");
  return Object.fromEntries(
    values.map((v) => [
      v.name,
      ref(
        "float32",
        v.dims,
        Float64Array.from({ length: sizeOf(v.dims) }, () => rng.normal()),
      ),
    ]),
  );
}

/** Result and gradients of all inputs, through a random linear functional. */
function everything(graph: Graph): Record<string, RefTensor> {
  const g = new Builder("all");
  const inputs = graph.inputs.map((v) => g.input(v.name, v.dtype, v.shape));
  const [y] = inline(g, graph, new Map(graph.inputs.map((v, i) => [v, inputs[i] ?? v])));
  if (y === undefined) throw new Error("no output");
  const seed = g.input("seed", "float32", y.shape);
  const grads = gradients(g, y, inputs, { seed });
  const all = g.finish([y, ...grads.flatMap((v) => v ?? [])]);
  expect(verifyGraph(all)).toEqual([]);
  const out = interpret(all, randomFeeds([...inputs, seed]));
  const names = ["y", ...inputs.map((v) => `d${v.name}`)];
  return Object.fromEntries(all.outputs.map((v, i) => [names[i] ?? "", out[v.name] ?? ref("float32", [0])]));
}

describe("lowerDepthwise", () => {
  it("computes what Conv computes, and its gradients, for any window", () => {
    let lowered = 0;
    fc.assert(
      fc.property(cases, (it) => {
        const graph = convolution(it);
        const after = lowerDepthwise(graph);
        expect(verifyGraph(after)).toEqual([]);
        if (!after.nodes.some((n) => n.opType === "Conv")) lowered++;
        expect(after.outputs[0]?.shape).toEqual(graph.outputs[0]?.shape);
        const [before, now] = [everything(graph), everything(after)];
        expect(Object.keys(now)).toEqual(Object.keys(before));
        for (const [name, t] of Object.entries(before)) {
          expect([name, now[name]?.dims]).toEqual([name, t.dims]);
          t.data.forEach((v, i) => {
            expect(Math.abs(v - (now[name]?.data[i] ?? Number.NaN))).toBeLessThan(1e-9);
          });
        }
      }),
      { numRuns: 80, seed: 4 },
    );
    expect(lowered).toBeGreaterThan(60);
  });

  const plain: Case = {
    batch: 2,
    channels: 4,
    plane: [6, 6],
    kernel: [3, 3],
    strides: [1, 1],
    dilations: [1, 1],
    pads: [1, 1, 1, 1],
    bias: false,
  };

  it.each([
    ["a large plane, where the matrix would cost more", convolution({ ...plain, plane: [40, 40] })],
    ["one channel", convolution({ ...plain, channels: 1 })],
    ["two filters a channel", other(plain, 8, 4, undefined)],
    ["groups of several channels", other(plain, 4, 2, undefined)],
    ["a batch that is not known", other(plain, 4, 4, "N")],
  ] as const)("leaves alone: %s", (_, graph) => {
    expect(lowerDepthwise(graph).nodes).toEqual(graph.nodes);
  });

  it("leaves constant filters alone: ONNX Runtime is fast at them", () => {
    const g = new Builder("constant");
    const w = g.initializer("w", { dtype: "float32", dims: [4, 1, 3, 3], data: new Float32Array(36) });
    const graph = g.finish([g.Conv(g.input("x", "float32", [1, 4, 5, 5]), w, { group: 4 })]);
    expect(lowerDepthwise(graph).nodes).toEqual(graph.nodes);
  });
});

function other(it: Case, filters: number, group: number, batch: string | undefined): Graph {
  const g = new Builder("other");
  const x = g.input("x", "float32", [batch ?? it.batch, it.channels, ...it.plane]);
  const w = g.input("w", "float32", [filters, it.channels / group, ...it.kernel]);
  return g.finish([g.Conv(x, w, undefined, { pads: it.pads, group })]);
}
