/** The runtime and training in a real browser: alike with Node, on WebAssembly and WebGPU. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveFolder } from "../../examples/browser/serve.js";
import { ortNode, WEB_RUNTIME_FILES } from "../runtime/index.js";
import { CHROMIUM, type OpenPage, openPage } from "../testing/chromium.node.js";
import { runtimeCases } from "../testing/runtime-contract.js";
import { smallFit } from "../testing/small-fit.js";
import { outcomeDifference, smallTraining, type TrainingOutcome } from "../testing/small-training.js";
import type { PageTests } from "../testing/web-page.js";

if (CHROMIUM === undefined) console.warn("skipped: no Chromium; nothing was run in a web page");

/** Results of a runtime on one machine and another, or of one instruction set and another. */
const AGREEMENT = 1e-3;
const ORT = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));

/** Calls one of the tests in the page. */
async function call<K extends keyof PageTests>(
  at: OpenPage,
  name: K,
  ...args: Parameters<PageTests[K]>
): Promise<Awaited<ReturnType<PageTests[K]>>> {
  const result = await at.page.evaluate(`tests.${name}(${args.map((arg) => JSON.stringify(arg)).join()})`);
  return result as Awaited<ReturnType<PageTests[K]>>;
}

describe.skipIf(CHROMIUM === undefined)("in a web page", () => {
  let folder = "";
  let isolated: Awaited<ReturnType<typeof serveFolder>>;
  let plain: typeof isolated;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "morph-web-"));
    mkdirSync(join(folder, "ort"));
    for (const file of Object.values(WEB_RUNTIME_FILES).flat())
      copyFileSync(join(ORT, file), join(folder, "ort", file));
    await build({
      entryPoints: [join(import.meta.dirname, "../testing/web-page.ts")],
      outfile: join(folder, "page.js"),
      bundle: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      conditions: ["onnxruntime-web-use-extern-wasm"],
      // Installing operators is an effect that package.json declares of dist/ alone.
      ignoreAnnotations: true,
      logLevel: "error",
    });
    writeFileSync(
      join(folder, "index.html"),
      '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
    );
    isolated = await serveFolder(folder);
    plain = await serveFolder(folder, { isolated: false });
  });
  afterAll(async () => {
    await isolated?.close();
    await plain?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe("WebAssembly with threads", () => {
    let at: OpenPage;
    beforeAll(async () => {
      at = await openPage(isolated.url);
      await at.page.waitForFunction("globalThis.tests !== undefined");
    });
    afterAll(async () => {
      await at?.[Symbol.asyncDispose]();
    });

    it("does what every runtime does", async () => {
      const found = await call(at, "contract", "wasm", ".");
      expect(found).toEqual(Object.fromEntries(runtimeCases.map(({ name }) => [name, []])));
    });

    it("trains to the same weights as Node does", async () => {
      const there: TrainingOutcome = await call(at, "train", "wasm", "convolutions", false);
      const here = await smallTraining(ortNode, "convolutions");
      expect(here.losses[0]).toBeGreaterThan(here.losses.at(-2) ?? Number.NaN);
      expect(outcomeDifference(here, there)).toBeLessThan(AGREEMENT);
    });

    it("fits two phases on two streams, with an evaluation, as Node does", async () => {
      const here = await smallFit(ortNode);
      expect(here.losses.every(Number.isFinite)).toBe(true);
      // The first phase's training loss, of epoch 2 and of epoch 1.
      expect(here.losses[3]).toBeLessThan(here.losses[0] ?? Number.NaN);
      expect(outcomeDifference(here, await call(at, "fit", "wasm"))).toBeLessThan(AGREEMENT);
    });

    it("says so when memory does not suffice, and goes on", async () => {
      expect(await call(at, "memory")).toEqual({ code: "runtime_memory", sum: 1000 });
    });

    it("refuses settings that cannot be, or that differ from those it began with", async () => {
      expect(await call(at, "settings")).toEqual(["web_threads", "web_runtime_settings"]);
    });

    it("said nothing on the console", () => {
      expect(at.messages.filter((text) => !/WebGPU|adapter/i.test(text))).toEqual([]);
      expect(
        at.requests.filter((url) => !url.startsWith(isolated.url) && !/^(data|blob):/.test(url)),
      ).toEqual([]);
    });
  });

  it("names what is missing on a page without isolation, a GPU, or the runtime's files", async () => {
    await using at = await openPage(plain.url);
    await at.page.waitForFunction("globalThis.tests !== undefined");
    expect(await call(at, "lone")).toEqual([1, "web_threads", "webgpu_missing", "runtime_load"]);
  });

  it("trains on WebGPU as Node does on its CPU", { timeout: 180_000 }, async (context) => {
    await using at = await openPage(isolated.url, { webgpu: "software" });
    await at.page.waitForFunction("globalThis.tests !== undefined");
    const { adapter } = await call(at, "place");
    if (adapter === undefined) {
      console.warn("skipped: this Chromium has no WebGPU adapter");
      context.skip();
    }
    const found = await call(at, "contract", "webgpu", "loop");
    expect(Object.values(found).flat()).toEqual([]);
    const there: TrainingOutcome = await call(at, "train", "webgpu", "convolutions", true);
    const here = await smallTraining(ortNode, "convolutions", { short: true });
    expect(outcomeDifference(here, there)).toBeLessThan(AGREEMENT);
    const fitted = await call(at, "fit", "webgpu");
    expect(outcomeDifference(await smallFit(ortNode), fitted)).toBeLessThan(AGREEMENT);
  });
});
