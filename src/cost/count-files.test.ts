import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Graph, tensor } from "../ir/index.js";
import { decodeModel } from "../onnx/index.js";
import { Builder } from "../ops/index.js";
import { inferShapes } from "../passes/index.js";
import { countCosts, nodeCosts } from "./index.js";

describe("countCosts", () => {
  it("counts a small network as one does by hand", () => {
    const g = new Builder("small");
    const x = g.input("x", "float32", ["N", 3, 8, 8]);
    const w = g.initializer("w", tensor("float32", [4, 3, 3, 3], new Float32Array(108)));
    const y = g.Relu(g.Conv(x, w, undefined, { pads: [1, 1, 1, 1] }));
    const graph = g.finish([y]);
    const macs = 8 * 8 * 4 * 27;
    expect(countCosts(graph)).toEqual({
      params: 108,
      generatedParams: 0,
      macs,
      flops: 2 * macs + 256,
      weightBytes: 432,
      // The convolution's result and its Relu; the input has been read by then.
      peakActivationBytes: 4 * 2 * 256,
    });
    expect(countCosts(graph, { bindings: { N: 5 } }).macs).toBe(5 * macs);
    expect(nodeCosts(graph).map((it) => it.params)).toEqual([108, 0]);
  });

  it("takes stored constants and generated ones for weights", () => {
    const g = new Builder("constants");
    const x = g.input("x", "float32", ["N", 4]);
    const stored = g.Constant({ value: tensor("float32", [4, 2], new Float32Array(8)) });
    const generated = g.ConstantOfShape(g.i64([2, 3]), { value: tensor("float32", [1], [0.5]) });
    const graph = g.finish([g.MatMul(g.MatMul(x, stored), generated)]);
    const costs = countCosts(graph);
    // The shape of the generated weight is in the file: two int64.
    expect(costs).toMatchObject({ params: 8, generatedParams: 6, weightBytes: 4 * 8 + 16, macs: 8 + 6 });
    expect(costs.peakActivationBytes).toBe(4 * (4 + 2));
    expect(nodeCosts(graph).map((it) => it.params)).toEqual([0, 0, 8, 6]);
  });

  it("counts zeros whose shape depends on the input as activations", () => {
    const g = new Builder("zeros");
    const x = g.input("x", "float32", ["N", 4]);
    const graph = g.finish([g.Add(x, g.ConstantOfShape(g.Shape(x)))]);
    expect(countCosts(graph)).toMatchObject({ params: 0, generatedParams: 0 });
  });
});

/**
 * Parameters as the literature and the reference implementations have them, running means and variances of batch
 * normalisation included (two a channel), and MACs of one 224 x 224 image, products and convolutions alone.
 */
const KNOWN: Readonly<Record<string, { readonly params: number; readonly macs: number }>> = {
  bvlc_alexnet: { params: 60_965_224, macs: 654_560_384 },
  // 7,978,856 of the network, and 2 * 83,648 statistics.
  densenet121: { params: 8_146_152, macs: 2_834_161_664 },
  inception_v1: { params: 6_998_552, macs: 1_431_556_352 },
  // 25,557,032 of the network, and 2 * 26,560 statistics; the file holds one scalar more.
  resnet50: { params: 25_557_032 + 53_120 + 1, macs: 4_089_184_256 },
  squeezenet: { params: 1_235_496, macs: 349_151_936 },
  vgg19: { params: 143_667_240, macs: 19_632_062_464 },
};

const data = process.env.MORPH_DATA ?? join(import.meta.dirname, "../../../shared/data");
const archive = join(data, "onnx", "light-models.tar.gz");
const present = existsSync(archive);
if (!present) console.warn(`skipped: costs of known networks, because ${archive} is not there`);

describe.skipIf(!present)("classic networks, of operator set 9 and with generated weights", () => {
  const dir = mkdtempSync(join(tmpdir(), "morph-costs-"));
  beforeAll(() => execFileSync("tar", ["xzf", archive, "-C", dir]));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function shaped(name: string): { graph: Graph; open: number } {
    const file = join(dir, "light", `light_${name}.onnx`);
    const { graph, opsets } = decodeModel(readFileSync(file), { source: file });
    const inferred = inferShapes(graph, { opset: opsets[""] ?? 0 });
    return { graph: inferred.graph, open: inferred.open.length };
  }

  it.each(Object.keys(KNOWN))("%s", (name) => {
    const { graph, open } = shaped(name);
    expect(open).toBe(0);
    const costs = countCosts(graph);
    expect({ params: costs.params + costs.generatedParams, macs: costs.macs }).toEqual(KNOWN[name]);
    expect(costs.flops).toBeGreaterThan(2 * costs.macs);
    // The image alone is 602,112 bytes; weights are not among the activations.
    expect(costs.peakActivationBytes).toBeGreaterThan(602_112);
    expect(costs.peakActivationBytes).toBeLessThan(30e6);
  });

  it.each(["inception_v2", "shufflenet", "zfnet512"])("%s has shapes and costs throughout", (name) => {
    const { graph, open } = shaped(name);
    expect(open).toBe(0);
    expect(graph.outputs[0]?.shape).toEqual([1, 1000]);
    expect(countCosts(graph).macs).toBeGreaterThan(1e8);
  });
});
