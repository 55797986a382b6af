import { describe, expect, it } from "vitest";
import { rngOf } from "../base/index.js";
import { bakeWeights, initialWeights } from "../nn/index.js";
import { interpret } from "../runtime/index.js";
import { size } from "../schema/index.js";
import { problemOfShape } from "../zoo/index.js";
import {
  buildGenotype,
  type NasRlCellGenotype,
  type NasRlGenotype,
  type NasRlLayer,
  nasRl,
  nasRlCell,
  nasRlCellSpace,
  nasRlSpace,
} from "./index.js";

const problem = problemOfShape([3, 12, 12], 4);

function layer(inputs: number[] | undefined, more: Partial<NasRlLayer> = {}): NasRlLayer {
  return {
    height: 3,
    width: 3,
    filters: 24,
    strideHeight: 1,
    strideWidth: 1,
    ...(inputs && { inputs }),
    ...more,
  };
}

describe("nas-rl", () => {
  const shapesOf = (layers: NasRlLayer[]) => {
    const space = nasRlSpace({ layers: layers.length });
    const genotype = Object.fromEntries(layers.map((it, i) => [`layer${i + 1}`, it])) as NasRlGenotype;
    const { nodes } = buildGenotype(space, problem, genotype).network.graph;
    const into = (type: string) =>
      nodes.filter((it) => it.opType === type).map((it) => it.inputs[0]?.shape.slice(1).join("x"));
    return { convs: into("Conv"), end: into("ReduceMean") };
  };

  it("holds 576^6 · 2^15 networks of six layers, (64)^15 · 2^105 of fifteen without strides", () => {
    expect(size(nasRl.schema)).toMatchObject({ count: 576n ** 6n * 2n ** 15n, exact: true });
    const long = nasRlSpace({ layers: 15, strides: false });
    expect(size(long.schema)).toMatchObject({ count: 64n ** 15n * 2n ** 105n, exact: true });
  });

  it("a layer without input takes the image", () => {
    expect(shapesOf([layer(undefined), layer([])])).toEqual({
      convs: ["3x12x12", "3x12x12"],
      end: ["48x12x12"],
    });
  });

  it("inputs are put side by side, smaller planes padded", () => {
    const strided = layer([1], { strideHeight: 2, strideWidth: 3, filters: 36 });
    expect(shapesOf([layer(undefined), strided, layer([1, 2], { filters: 48 })])).toEqual({
      convs: ["3x12x12", "24x12x12", "60x12x12"],
      end: ["48x12x12"],
    });
  });

  it("outputs that feed nobody reach the classifier", () => {
    const strided = layer([1], { strideHeight: 3, strideWidth: 1, filters: 36 });
    expect(shapesOf([layer(undefined), strided, layer([1])]).end).toEqual(["60x12x12"]);
  });
});

describe("nas-rl-cell", () => {
  it("holds 8^16 · 15^2 cells of base 8", () => {
    expect(size(nasRlCell.schema)).toMatchObject({ count: 8n ** 16n * 225n, exact: true });
  });

  it("the tree that stands for a basic recurrent cell computes it", () => {
    const hidden = 3;
    const space = nasRlCellSpace({ leaves: 2, hidden });
    const plain = { combine: "add", activation: "identity" } as const;
    const genotype: NasRlCellGenotype = {
      node0: { combine: "add", activation: "tanh" },
      node1: plain,
      node2: plain,
      inject: { combine: "multiply", activation: "identity" },
      memoryInto: 1,
      memoryFrom: 0,
    };
    const { network } = buildGenotype(space, problemOfShape([1, 8, 8], 4), genotype, {
      training: false,
      batch: 1,
    });
    const weights = initialWeights(network, 3);
    const at = new Map<string, Float32Array>();
    let offset = 0;
    for (const { name, shape } of network.params) {
      const count = shape.reduce((a, b) => a * b, 1);
      at.set(name, weights.params.subarray(offset, offset + count));
      offset += count;
    }
    // The second leaf is nothing, so the first is the state.
    const [wx = new Float32Array(), wh = new Float32Array()] = [
      at.get("cell/input_weight"),
      at.get("cell/hidden_weight"),
    ];
    for (const w of [wx, wh])
      w.forEach((_, i) => {
        if (i % (2 * hidden) >= hidden) w[i] = 0;
      });
    const pixels = Array.from({ length: 64 }, (_, i) => rngOf(1, i).int(256));
    const baked = bakeWeights(network, weights);
    const out = interpret(baked, {
      image: { dtype: "uint8", dims: [1, 1, 8, 8], data: Float64Array.from(pixels) },
    });
    let h = [0, 0, 0];
    for (let t = 0; t < 8; t++) {
      const x = pixels.slice(8 * t, 8 * t + 8).map((p) => (p - 127.5) / 64);
      h = h.map((_, k) =>
        Math.tanh(
          x.reduce((sum, v, i) => sum + v * (wx[i * 2 * hidden + k] ?? 0), 0) +
            h.reduce((sum, v, i) => sum + v * (wh[i * 2 * hidden + k] ?? 0), 0),
        ),
      );
    }
    const w = at.get("classifier/weight") ?? new Float32Array();
    const got = [...(out[network.outputs.logits?.name ?? ""]?.data ?? [])].map(Number);
    expect(got.length).toBe(4);
    got.forEach((value, o) => {
      expect(value).toBeCloseTo(
        h.reduce((sum, v, k) => sum + v * (w[o * hidden + k] ?? 0), 0),
        5,
      );
    });
  });
});
