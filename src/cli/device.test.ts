/** `--device`: on whatever adapter there is, else on the software one that Chromium brings, else the refusal. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { NODE_PROVIDERS, probeWebGpu } from "../runtime/index.js";
import { RUNG_POLICIES } from "../strategies/index.js";
import { runMorph } from "../testing/run-morph.node.js";
import { DEVICES, POLICIES } from "./search-options.js";

const SOFTWARE = "/usr/lib/chromium/vk_swiftshader_icd.json";
const folder = mkdtempSync(join(tmpdir(), "morph-device-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TRAIN = ["train", "mlp", "--data", "penguins", "--epochs", "1", "--set", "width=8,layers=1", "--json"];
const SEARCH = [
  ...[
    "search",
    "--data",
    "penguins",
    "--trials",
    "1",
    "--epochs",
    "1",
    "--final-epochs",
    "1",
    "--workers",
    "1",
  ],
  "--json",
];
const morph = (args: readonly string[], env: Record<string, string> = {}) =>
  runMorph(args, { cwd: folder, env });

/** A driver that finds nothing, whatever the machine has. */
const NO_ADAPTER = {
  VK_ICD_FILENAMES: join(folder, "none.json"),
  VK_DRIVER_FILES: join(folder, "none.json"),
};

describe("morph search --rungs", () => {
  it("knows the policies", async () => {
    expect(POLICIES).toEqual([...RUNG_POLICIES]);
    const { code, stderr } = await morph(["search", "--rungs", "sha"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: bad_value at --rungs: expected one of asha, halving, hyperband, correlation, received sha/,
    );
  });
});

describe("morph --device", () => {
  it("knows the runtime's providers", () => {
    expect(DEVICES).toEqual([...NODE_PROVIDERS]);
  });

  it("refuses what is no device", async () => {
    const { code, stderr } = await morph(["train", "mlp", "--device", "tpu"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: bad_value at --device: expected one of cpu, webgpu, received tpu/);
  });

  it.each([
    ["train", TRAIN],
    ["search", SEARCH],
  ])("%s without an adapter: one line with the cause, exit code 1, nothing written", async (_, args) => {
    if ((await probeWebGpu()).available && process.platform !== "linux") {
      console.warn("skipped: this machine's adapter cannot be hidden");
      return;
    }
    const { code, stdout, stderr } = await morph([...args, "--device", "webgpu"], NO_ADAPTER);
    expect(stderr).toMatch(
      /^error: webgpu_missing: expected a WebGPU adapter .*, received .*\. Take the device cpu\.\n$/,
    );
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("trains and searches on WebGPU as on the CPU", { timeout: 240_000 }, async (context) => {
    const own = (await probeWebGpu()).available;
    if (!own && !existsSync(SOFTWARE)) {
      console.warn("skipped: neither a GPU nor a software adapter for WebGPU");
      context.skip();
    }
    const driver: Record<string, string> = own
      ? {}
      : { VK_ICD_FILENAMES: SOFTWARE, LD_LIBRARY_PATH: "/usr/lib/chromium" };
    const there = await morph([...TRAIN, "--device", "webgpu"], driver);
    if (/webgpu_missing/.test(there.stderr)) {
      console.warn(`skipped: no WebGPU adapter in Node: ${there.stderr.trim()}`);
      context.skip();
    }
    expect(there.code, there.stderr).toBe(0);
    const here = await morph([...TRAIN, "--device", "cpu"]);
    const [a, b] = [JSON.parse(there.stdout), JSON.parse(here.stdout)];
    expect([a.device, b.device]).toEqual(["webgpu", "cpu"]);
    for (const [i, { trainLoss, valLoss }] of b.curve.entries()) {
      expect(Math.abs(a.curve[i].trainLoss / trainLoss - 1)).toBeLessThan(1e-3);
      expect(Math.abs(a.curve[i].valLoss / valLoss - 1)).toBeLessThan(1e-3);
    }
    const found = await morph([...SEARCH, "--device", "webgpu"], driver);
    expect(found.code, found.stderr).toBe(0);
    const { trials, study } = JSON.parse(found.stdout);
    expect(trials.map(({ state }: { state: string }) => state)).not.toContain("failed");
    // A study keeps its device: where it is gone, it is not trained on another in silence.
    if (process.platform === "linux") {
      const resumed = await morph(["resume", study, "--trials", "2"], NO_ADAPTER);
      expect(resumed.stderr).toMatch(/webgpu_missing/);
      expect(resumed.code).toBe(1);
    }
  });
});
