import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tensor } from "../ir/index.js";
import { saveModel } from "../onnx/index.js";
import { Builder } from "../ops/index.js";
import { runMorph } from "../testing/run-morph.node.js";

const folder = mkdtempSync(join(tmpdir(), "morph-inspect-"));
const file = join(folder, "small.onnx");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Convolution 3 to 4 channels on 8 x 8, Relu, global average, 10 classes: counted by hand below. */
beforeAll(async () => {
  const g = new Builder("small");
  const x = g.input("image", "float32", ["N", 3, 8, 8]);
  const w = g.initializer("w", tensor("float32", [4, 3, 3, 3], new Float32Array(108)));
  const b = g.initializer("b", tensor("float32", [4], new Float32Array(4)));
  const v = g.initializer("v", tensor("float32", [4, 10], new Float32Array(40)));
  const pooled = g.ReduceMean(g.Relu(g.Conv(x, w, b, { pads: [1, 1, 1, 1] })), g.i64([2, 3]), {
    keepdims: 0,
  });
  const graph = g.finish([g.identityAs(g.MatMul(pooled, v), "logits")]);
  await saveModel(file, {
    graph,
    opsets: { "": 21 },
    irVersion: 10,
    producer: "test",
    metadata: { task: "none" },
  });
});

async function inspectJson(...args: string[]) {
  const run = await runMorph(["inspect", ...args, "--json"]);
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(run.stdout);
}

describe("morph inspect", () => {
  it("prints morph.inspect/1 with the numbers counted by hand", async () => {
    const document = await inspectJson(file, "--runs", "5", "--threads", "1");
    expect(document).toMatchObject({
      schema: "morph.inspect/1",
      opset: 21,
      nodes: 5,
      parameters: 108 + 4 + 40,
      macs: 8 * 8 * 4 * 27 + 40,
      weightBytes: 4 * (108 + 4 + 40) + 16,
      // The convolution's result and its Relu, 4 x 8 x 8 float32 each.
      peakActivationBytes: 2 * 4 * 64 * 4,
      inputs: [{ name: "image", dtype: "float32", shape: ["N", 3, 8, 8] }],
      outputs: [{ name: "logits", dtype: "float32", shape: ["N", 10] }],
      operators: { Conv: 1, Identity: 1, MatMul: 1, ReduceMean: 1, Relu: 1 },
      metadata: { task: "none" },
      notes: ["counted with N = 1"],
    });
    expect(document.flops).toBeGreaterThanOrEqual(2 * document.macs);
    const { median, p10, p90, threads, runs } = document.latencyMs;
    expect([threads, runs]).toEqual([1, 5]);
    expect(p10).toBeGreaterThan(0);
    expect(median).toBeGreaterThanOrEqual(p10);
    expect(p90).toBeGreaterThanOrEqual(median);
  });

  it("counts with the shapes that it is given", async () => {
    const document = await inspectJson(file, "--shape", "image=3x3x8x8", "--runs", "0");
    expect(document.macs).toBe(3 * (8 * 8 * 4 * 27 + 40));
    expect(document.latencyMs).toBeNull();
    expect(document.notes).toEqual([]);
  });

  it("writes a page for people", async () => {
    const { code, stdout } = await runMorph(["inspect", file, "--runs", "3"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^parameters\s+152 \(152\)$/m);
    expect(stdout).toMatch(/^inputs\s+image: float32 \[N, 3, 8, 8\]$/m);
    expect(stdout).toMatch(/^latency\s+\S+ ms .* on 1 thread, 3 runs$/m);
    expect(stdout).toMatch(/^Conv\s+1$/m);
  });

  it("refuses what is no model with one line", async () => {
    const cut = join(folder, "cut.onnx");
    writeFileSync(cut, readFileSync(file));
    truncateSync(cut, 300);
    const text = join(folder, "notes.onnx");
    writeFileSync(text, "these are no bytes of a model\n");
    const empty = join(folder, "empty.onnx");
    writeFileSync(empty, "");
    for (const [path, code] of [
      [cut, "onnx_corrupt"],
      [text, "onnx_corrupt"],
      [empty, "onnx_corrupt"],
      [join(folder, "none.onnx"), "not_found"],
      [folder, "is_a_folder"],
    ]) {
      const run = await runMorph(["inspect", path ?? ""]);
      expect(run.stdout).toBe("");
      expect(run.stderr, path).toMatch(/^error: [^\n]+\n$/);
      expect(run.stderr).toContain(path);
      expect(run.code).toBe(1);
      if (code !== "is_a_folder") expect(run.stderr).toContain(code);
    }
  });

  it("refuses shapes that do not fit, as usage errors", async () => {
    for (const [shape, part] of [
      ["image", "bad_value at --shape"],
      ["image=0x3x8x8", "bad_value at --shape"],
      ["imgae=1x3x8x8", "Did you mean image?"],
      ["image=1x4x8x8", "shape_mismatch at image: expected [N, 3, 8, 8], received [1, 4, 8, 8]"],
      ["image=3x8x8", "shape_mismatch at image"],
    ]) {
      const run = await runMorph(["inspect", file, "--shape", shape ?? ""]);
      expect(run.code, run.stderr).toBe(2);
      expect(run.stderr).toContain(part);
    }
  });
});

const archive = join(
  process.env.MORPH_DATA ?? join(import.meta.dirname, "../../../shared/data"),
  "onnx/light-models.tar.gz",
);
const present = existsSync(archive);
if (!present) console.warn(`skipped: inspecting well-known networks, because ${archive} is not there`);

describe.skipIf(!present)("well-known networks", () => {
  it("have the MACs that the literature gives them", async () => {
    execFileSync("tar", ["xzf", archive, "-C", folder]);
    // ResNet-50: 4.09 G (He et al. 2015, as commonly counted for this variant); SqueezeNet 1.0 and VGG-19 likewise.
    for (const [name, low, high] of [
      ["resnet50", 4.0e9, 4.2e9],
      ["squeezenet", 0.3e9, 0.9e9],
      ["vgg19", 19.4e9, 19.8e9],
    ] as const) {
      const { macs, latencyMs } = await inspectJson(join(folder, `light/light_${name}.onnx`), "--runs", "1");
      expect(macs).toBeGreaterThan(low);
      expect(macs).toBeLessThan(high);
      expect(latencyMs.median).toBeGreaterThan(0);
    }
  });
});
