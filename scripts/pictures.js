#!/usr/bin/env node
// Makes the pictures of the README from a real study:
//   node scripts/pictures.js PATH/.morph/STUDY
// docs/images/terminal.svg is the page that `morph search` ends with; docs/images/report.png is the top of the
// study's report in a headless Chromium (CHROMIUM names another one than /usr/bin/chromium).
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import sharp from "sharp";
import { ensureBuilt } from "./build.js";

const IMAGES = new URL("../docs/images/", import.meta.url);
const WIDTH = 1180;

const study = process.argv[2];
if (study === undefined) throw new Error("usage: node scripts/pictures.js PATH/.morph/STUDY");
const problem = await ensureBuilt();
if (problem !== undefined) throw new Error(problem);
const { readStudy } = await import("../dist/index.js");
const { renderTerminal, terminalSvg } = await import("../dist/report/index.js");

const document = await readStudy(study);
if (document.best === null) throw new Error(`${study} has no winner yet`);
const root = dirname(dirname(document.best.onnx));
const path = (file) => join(".morph", relative(root, file));
const page = renderTerminal(document, { color: true, width: 84, path });
const command = "\u001B[1;32m$\u001B[0m \u001B[1mnpx morph search\u001B[0m";
writeFileSync(
  new URL("terminal.svg", IMAGES),
  terminalSvg(`${command}\n${page}`, { title: "morph", columns: 86 }),
);

const profile = mkdtempSync(join(tmpdir(), "morph-pictures-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
  viewport: { width: WIDTH, height: 1600 },
  colorScheme: "light",
});
try {
  const tab = await browser.newPage();
  await tab.goto(pathToFileURL(document.best.report).href);
  // From the top to the plots, the drawing of the network left out.
  const end = (await tab.getByRole("heading", { name: "The network" }).boundingBox())?.y ?? 1360;
  const shot = await tab.screenshot({ clip: { x: 0, y: 0, width: WIDTH, height: Math.round(end) - 40 } });
  const file = fileURLToPath(new URL("report.png", IMAGES));
  await sharp(shot).png({ palette: true, colours: 64, compressionLevel: 9, effort: 10 }).toFile(file);
  console.log(`${file}: ${statSync(file).size} bytes`);
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
