/**
 * Training steps a second in Chromium, ours and TensorFlow.js, in one page; with `--gpu` also on WebGPU.
 *   npm run bench:browser                      (installs TensorFlow.js for this benchmark alone)
 *   npm run bench -- browser [SECONDS] [--gpu]   (without it, or with what is there)
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Figure } from "../examples/browser/messages.js";
import { CHROMIUM, openPage } from "../src/testing/chromium.node.js";
import { record } from "./lib.js";

if (CHROMIUM === undefined) {
  console.error("no Chromium: name one in MORPH_CHROMIUM");
  process.exit(1);
}
const root = process.cwd();
const seconds = Number(process.argv[2] ?? 5);
const gpu = process.argv.includes("--gpu");
const example = (name: string) => import(pathToFileURL(join(root, "examples/browser", name)).href);
const { buildExample }: typeof import("../examples/browser/build.js") = await example("build.js");
const { serveFolder }: typeof import("../examples/browser/serve.js") = await example("serve.js");

const folder = join(root, "node_modules/.cache/morph-bench-browser");
const { peers } = await buildExample(folder);
if (!peers) console.warn("TensorFlow.js is not installed: npm install --prefix bench/peers");
const server = await serveFolder(folder);
const figures: Figure[] = [];
let place = "";
let chromium = "";
{
  await using at = await openPage(server.url, { webgpu: gpu ? "gpu" : "none" });
  const { page } = at;
  chromium =
    page.context().browser()?.version() ??
    (await page.evaluate("navigator.userAgent.match(/Chrome.([0-9.]+)/)[1]"));
  await page.exposeFunction("onFigure", (figure: Figure) => {
    figures.push(figure);
    const rate = figure.stepsPerSecond?.toPrecision(3);
    console.log(`${figure.workload}  ${figure.contestant}  ${rate ?? figure.note}`);
  });
  await page.waitForFunction(
    "!document.getElementById('compare').disabled || !document.getElementById('train').disabled",
  );
  place = (await page.textContent("#place")) ?? "";
  // A worker of the benchmark's own, for as many seconds as it wants.
  await page.evaluate(`new Promise((done, failed) => {
    const worker = new Worker("./worker.js", { type: "module" });
    worker.onmessage = async ({ data }) => {
      if (data.kind === "ready") worker.postMessage({ kind: "compare", seconds: ${seconds} });
      if (data.kind === "figure") await onFigure(data.figure);
      if (data.kind === "compared") done();
      if (data.kind === "failed") failed(new Error(data.message));
    };
  })`);
}
await server.close();

const ratios = (["mlp", "cnn"] as const).map((workload) => {
  const of = (prefix: string) =>
    Math.max(
      0,
      ...figures
        .filter((it) => it.workload === workload && it.contestant.startsWith(prefix))
        .map((it) => it.stepsPerSecond ?? 0),
    );
  return [workload, of("Morphospace") / of("TensorFlow.js")] as const;
});
const timesBestOfTensorFlow = Object.fromEntries(ratios.filter(([, ratio]) => Number.isFinite(ratio)));
await record("browser", { chromium, place, secondsEach: seconds, timesBestOfTensorFlow, figures });
