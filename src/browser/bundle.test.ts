/** Bundlers take the package for web pages: nothing of Node is within reach of its portable subpaths. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
/** Subpaths with Node's parts: files, processes, the terminal. */
const FOR_NODE = new Set([
  ".",
  "./benchmarks",
  "./data",
  "./digest",
  "./onnx",
  "./package.json",
  "./papers",
  "./report",
  "./runtime",
  "./store",
  "./study",
  "./testing",
]);
const manifest: { exports: Record<string, unknown> } = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
);
const portable = Object.keys(manifest.exports).filter((path) => !FOR_NODE.has(path));

/** Bundles a program as a page would; esbuild refuses what a browser does not have. */
async function bundle(
  program: string,
): Promise<{ readonly code: string; readonly problems: readonly string[] }> {
  const options = { bundle: true, write: false, minify: true, format: "esm", platform: "browser" } as const;
  try {
    const { outputFiles } = await build({
      ...options,
      stdin: { contents: program, resolveDir: ROOT },
      external: ["onnxruntime-web/*"],
      logLevel: "silent",
    });
    return { code: outputFiles[0]?.text ?? "", problems: [] };
  } catch (error) {
    const { errors = [] } = error as { errors?: { text: string; location: { file: string } | null }[] };
    return { code: "", problems: errors.map((it) => `${it.location?.file}: ${it.text}`) };
  }
}

describe("bundles for the web", () => {
  beforeAll(() => {
    execFileSync(process.execPath, [join(ROOT, "bin/morph.js"), "--version"]);
  });

  it.each(portable)("of morphospace/%s reach nothing of Node", async (path) => {
    const { code, problems } = await bundle(
      `import * as all from "morphospace/${path.slice(2)}"; console.log(all);`,
    );
    expect(problems).toEqual([]);
    expect(code).not.toMatch(/onnxruntime-node/);
    expect(code.length).toBeGreaterThan(1000);
  });

  it("are found out where they do", async () => {
    const { problems } = await bundle('export { openDataset } from "morphospace/data";');
    expect(problems.join()).toMatch(/node:/);
  });

  it("are small", async () => {
    const { code } = await bundle(
      'import { ortWeb, Trainer, zooOf, datasetFromArrays, onnxBlob } from "morphospace/browser";' +
        "console.log(ortWeb, Trainer, zooOf, datasetFromArrays, onnxBlob);",
    );
    const kilobytes = { minified: code.length / 1e3, gzipped: gzipSync(code).length / 1e3 };
    console.log(
      `a page that trains: ${kilobytes.minified.toFixed(0)} kB, ${kilobytes.gzipped.toFixed(0)} kB gzipped`,
    );
    expect(kilobytes.gzipped).toBeLessThan(250);
  });
});
