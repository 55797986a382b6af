/**
 * WebGPU in Node, on whatever adapter there is. Where the machine has none, the software adapter that Chromium
 * brings will do, so the work is done by a process of its own, with that driver.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { outcomeDifference, smallTraining, type TrainingOutcome } from "../testing/small-training.js";
import { ortNode, probeWebGpu } from "./index.js";

const AGREEMENT = 1e-3;
const SOFTWARE = "/usr/lib/chromium/vk_swiftshader_icd.json";

const PROGRAM = `
import { ortNodeOn, probeWebGpu } from "./src/runtime/index.ts";
import { runtimeCases } from "./src/testing/runtime-contract.ts";
import { smallTraining } from "./src/testing/small-training.ts";
const probe = await probeWebGpu();
if (!probe.available) console.log(JSON.stringify({ probe }));
else {
  const runtime = ortNodeOn("webgpu");
  const found = [];
  for (const it of runtimeCases) if (/loop|disposed/.test(it.name)) found.push(...(await it.run(runtime)));
  const outcome = await smallTraining(runtime, "convolutions", { short: true });
  console.log(JSON.stringify({ probe, found, outcome }));
}
`;

interface Said {
  readonly probe: { readonly available: boolean; readonly reason: string };
  readonly found?: readonly string[];
  readonly outcome?: TrainingOutcome;
}

describe("WebGPU in Node", () => {
  it("agrees with the CPU", { timeout: 240_000 }, async (context) => {
    const root = join(import.meta.dirname, "../..");
    const own = (await probeWebGpu()).available;
    if (!own && !existsSync(SOFTWARE)) {
      console.warn("skipped: neither a GPU nor a software adapter for WebGPU");
      context.skip();
    }
    const folder = await mkdtemp(join(root, "node_modules/.cache-webgpu-"));
    try {
      const outfile = join(folder, "program.mjs");
      await build({
        stdin: { contents: PROGRAM, resolveDir: root, loader: "ts" },
        outfile,
        bundle: true,
        packages: "external",
        platform: "node",
        format: "esm",
        target: "node20",
        ignoreAnnotations: true,
        logLevel: "error",
      });
      const driver = own ? {} : { VK_ICD_FILENAMES: SOFTWARE, LD_LIBRARY_PATH: "/usr/lib/chromium" };
      const { stdout } = await promisify(execFile)(process.execPath, [outfile], {
        env: { ...process.env, ...driver },
        maxBuffer: 1 << 26,
      });
      const said: Said = JSON.parse(stdout);
      if (!said.probe.available) {
        console.warn(`skipped: no WebGPU adapter in Node: ${said.probe.reason}`);
        context.skip();
      }
      expect(said.found).toEqual([]);
      const here = await smallTraining(ortNode, "convolutions", { short: true });
      expect(outcomeDifference(here, said.outcome ?? { losses: [], params: [] })).toBeLessThan(AGREEMENT);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("is asked about in a process of its own, once", async () => {
    const [a, b] = await Promise.all([probeWebGpu(), probeWebGpu()]);
    expect(a).toBe(b);
    expect(a.available || a.reason.length > 5).toBe(true);
  });
});
