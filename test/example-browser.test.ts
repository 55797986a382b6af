/** The example page, as a visitor uses it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildExample } from "../examples/browser/build.js";
import { serveFolder } from "../examples/browser/serve.js";
import { openMnist } from "../src/data/index.js";
import { loadModel } from "../src/onnx/index.js";
import { ortNode } from "../src/runtime/index.js";
import { CHROMIUM, type OpenPage, openPage } from "../src/testing/chromium.node.js";
import { evaluateWith } from "../src/train/index.js";

if (CHROMIUM === undefined) console.warn("skipped: no Chromium; the example page was not opened");

describe.skipIf(CHROMIUM === undefined)("the example page", () => {
  let folder = "";
  let server: Awaited<ReturnType<typeof serveFolder>>;
  let at: OpenPage;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "morph-example-"));
    await buildExample(join(folder, "site"), { digits: 512 });
    server = await serveFolder(join(folder, "site"));
    at = await openPage(server.url);
  }, 120_000);
  afterAll(async () => {
    await at?.[Symbol.asyncDispose]();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("fits a phone, and says what it runs on", async () => {
    const { page } = at;
    await page.waitForFunction("!document.getElementById('train').disabled");
    expect(await page.textContent("#place")).toMatch(/512 digits .* WebAssembly with \d thread/);
    // Captions say what the page really has.
    expect(await page.textContent("figure figcaption")).toMatch(
      /mini-batch of 64 .* accuracy on 64 validation digits/,
    );
    expect(await page.textContent("#result")).toContain("on 64 test digits");
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await page.setViewportSize({ width: 1180, height: 900 });
  });

  it("trains while it shows the loss, which falls", { timeout: 180_000 }, async () => {
    const { page } = at;
    await page.selectOption("#epochs", "10");
    await page.click("#train");
    await page.waitForFunction("/Train anew/.test(document.getElementById('train').textContent)", undefined, {
      timeout: 170_000,
    });
    expect(await page.locator("#problem").isVisible()).toBe(false);
    // Smaller is lower on the screen: the curve ends far below its beginning.
    const points = await page.locator("#chart .mean").getAttribute("d");
    const heights = [...(points ?? "").matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
    expect(heights.length).toBe(80);
    expect(heights.at(-1) ?? 0).toBeGreaterThan((heights[0] ?? 0) + 60);
    expect(await page.locator("#chart .score").count()).toBeGreaterThan(1);
    expect(Number.parseFloat((await page.textContent("#n-accuracy")) ?? "")).toBeGreaterThan(60);
    expect(Number.parseFloat((await page.textContent("#n-rate")) ?? "")).toBeGreaterThan(0);
  });

  it("reads what is drawn", async () => {
    const { page } = at;
    const pad = await page.locator("#pad").boundingBox();
    if (pad === null) throw new Error("no drawing area");
    const to = (x: number, y: number) => page.mouse.move(pad.x + x, pad.y + y, { steps: 6 });
    await page.locator("#pad").scrollIntoViewIfNeeded();
    const box = (await page.locator("#pad").boundingBox()) ?? pad;
    await page.mouse.move(box.x + 140, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + 138, box.y + 230, { steps: 12 });
    await page.mouse.up();
    await page.waitForFunction("/it says/.test(document.getElementById('verdict').textContent)");
    const shares = await page.locator("#bars li span:last-child").allTextContents();
    const sum = shares.reduce((total, text) => total + Number.parseFloat(text), 0);
    expect(sum).toBeGreaterThan(98);
    expect(await page.locator("#bars li.top").count()).toBe(1);
    await to(0, 0);
    await page.click("#clear");
  });

  it("gives a file that Node reads as the page does", async () => {
    const { page } = at;
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
    expect(download.suggestedFilename()).toBe("digits.onnx");
    const file = join(folder, "digits.onnx");
    await download.saveAs(file);
    const model = await loadModel(file);
    expect(model.metadata["morphospace.trained"]).toBe("in a web page");
    await using digits = await openMnist();
    await using session = await ortNode.load(readFileSync(file));
    const { test } = digits.splits;
    const packed = Array.from({ length: 64 }, (_, i) => Math.floor((i * test.length) / 64));
    const part = {
      length: 64,
      targets: Int32Array.from(packed, (i) => test.targets[i] ?? 0),
      read: (rows: Int32Array | readonly number[]) => test.read(Array.from(rows, (i) => packed[i] ?? 0)),
    };
    const { score } = await evaluateWith(session, digits, part, { output: "logits" });
    const said = Number.parseFloat(
      /reads ([\d.]+) %/.exec((await page.textContent("#result")) ?? "")?.[1] ?? "",
    );
    expect(Math.abs(100 * score - said)).toBeLessThan(0.06);
  });

  it("asked for nothing from elsewhere, and complained of nothing", () => {
    expect(at.requests.filter((url) => !url.startsWith(server.url) && !/^(data|blob):/.test(url))).toEqual(
      [],
    );
    expect(at.messages.filter((text) => !/No available adapters/.test(text))).toEqual([]);
  });
});
