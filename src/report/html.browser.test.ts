import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderReport } from "./html.js";
import { sampleCost, sampleDocument, sampleModel } from "./sample-document.test-helper.js";

const CHROMIUM = "/usr/bin/chromium";
const present = existsSync(CHROMIUM);
if (!present) console.warn(`skipped: no browser at ${CHROMIUM}; the report was not opened`);

describe.skipIf(!present)("the report in a browser", () => {
  const folder = present ? mkdtempSync(join(tmpdir(), "morph-report-")) : "";
  const messages: string[] = [];
  const requests: string[] = [];
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    const file = join(folder, "report.html");
    writeFileSync(
      file,
      renderReport(sampleDocument({ trials: 60 }), { model: sampleModel(3, 2), costOf: sampleCost }),
    );
    context = await chromium.launchPersistentContext(join(folder, "profile"), {
      executablePath: CHROMIUM,
      headless: true,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    page = await context.newPage();
    page.on("console", (m) => messages.push(m.text()));
    page.on("pageerror", (e) => messages.push(e.message));
    page.on("request", (r) => requests.push(r.url()));
    await page.goto(pathToFileURL(file).href);
  });

  afterAll(async () => {
    await context?.close();
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  it("opens without an error and asks for nothing else", async () => {
    expect(await page.title()).toContain("digits");
    expect(messages).toEqual([]);
    expect(requests.filter((url) => !url.startsWith("data:"))).toEqual([page.url()]);
  });

  it("does not scroll sideways on a phone", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("sorts by any column", async () => {
    const column = async (n: number) =>
      (await page.locator(`#trials tbody tr td:nth-child(${n})`).allTextContents()).map((t) =>
        Number(t.replace(/[^\d.]/g, "") || "NaN"),
      );
    await page.locator("#trials thead button").nth(3).click();
    const descending = await column(4);
    expect(descending).toEqual([...descending].sort((a, b) => b - a));
    await page.locator("#trials thead button").nth(3).click();
    const ascending = await column(4);
    expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
    expect(ascending.length).toBe(60);
  });

  it("filters, and shows a genotype on demand", async () => {
    await page.locator("#show").selectOption("f");
    const shown = await page.locator("#trials tbody tr:visible").count();
    expect(shown).toBeGreaterThan(0);
    expect(shown).toBeLessThan(60);
    await page.locator("#show").selectOption("");
    await page.locator("#trial-20 button").click();
    expect(await page.locator("tr.more").textContent()).toContain("stem.width");
    await page.locator("#trial-20 button").click();
    expect(await page.locator("tr.more").count()).toBe(0);
  });

  it("leads from a mark in a plot to the row of its trial", async () => {
    await page.locator(".trio svg").first().locator(".m-winner circle").click();
    const lit = page.locator("tr.lit");
    expect(await lit.getAttribute("class")).toContain("winner");
    await page.locator(".trio svg").first().focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator("#say").textContent()).toContain("Trial");
    expect(await page.locator("#tip").isVisible()).toBe(true);
    await page.keyboard.press("Escape");
  });

  it("opens and closes blocks of the drawing by mouse and keyboard", async () => {
    const svg = page.locator("#net");
    const height = async () => Number(await svg.getAttribute("height"));
    const before = await height();
    const stage = page.locator('#net .gf[aria-label^="stage2"]');
    await stage.click({ position: { x: 40, y: 12 } });
    expect(await stage.getAttribute("aria-expanded")).toBe("true");
    const opened = await height();
    expect(opened).toBeGreaterThan(before + 50);
    const block = page.locator('#net .gf[aria-label^="block1"]').nth(1);
    await block.focus();
    await page.keyboard.press("Enter");
    expect(await height()).toBeGreaterThan(opened + 50);
    // Boxes below have made room: none overlaps the next.
    const tops = await page.locator("#net > .gm > .gv > .gi").evaluateAll((items) =>
      items.map((g) => {
        const box = g.getBoundingClientRect();
        return [box.top, box.bottom];
      }),
    );
    for (let i = 1; i < tops.length; i++) expect(tops[i]?.[0]).toBeGreaterThan(tops[i - 1]?.[1] ?? 0);
    await page.keyboard.press("Enter");
    await stage.click({ position: { x: 40, y: 12 } });
    expect(await height()).toBeCloseTo(before, 0);
  });

  it("had no error to the end", () => {
    expect(messages).toEqual([]);
  });
});
