// Makes the example's folder of static files. Used by serve.js, the tests and the benchmark.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ensureBuilt } from "../../scripts/build.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "../..");
const ORT = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
const PEERS = join(ROOT, "bench/peers");

/**
 * @param {string} out folder to write to; emptied first
 * @param {{ digits?: number }} [options] training digits to pack, and an eighth of it for validation and for test
 * @returns {Promise<{peers: boolean}>} whether TensorFlow.js was found for the comparison
 */
export async function buildExample(out, { digits = 8000 } = {}) {
  const problem = await ensureBuilt(ROOT);
  if (problem !== undefined) throw new Error(problem);
  await rm(out, { recursive: true, force: true });
  await mkdir(join(out, "ort"), { recursive: true });
  await build({
    entryPoints: [join(HERE, "main.ts"), join(HERE, "worker.ts")],
    outdir: out,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // The runtime's scripts without WebAssembly inside: it is served from ort/.
    conditions: ["onnxruntime-web-use-extern-wasm"],
    logLevel: "error",
  });
  for (const file of ["index.html", "style.css"]) await cp(join(HERE, file), join(out, file));
  const { WEB_RUNTIME_FILES } = await import("../../dist/runtime/index.js");
  for (const file of Object.values(WEB_RUNTIME_FILES).flat())
    await cp(join(ORT, file), join(out, "ort", file));
  await writeFile(join(out, "digits.bin"), await packDigits(digits));
  return { peers: await addPeers(out) };
}

/** Three counts, all pictures, all labels: training, validation, test. */
async function packDigits(digits) {
  const { openMnist } = await import("../../dist/data/index.js");
  const { splits } = await openMnist();
  const parts = await Promise.all(
    [splits.train, splits.validation, splits.test].map((split, part) => {
      const count = Math.min(split.length, part === 0 ? digits : Math.ceil(digits / 8));
      // Of all classes: the splits are in the order of their classes.
      return split.read(Array.from({ length: count }, (_, i) => Math.floor((i * split.length) / count)));
    }),
  );
  return Buffer.concat([
    new Uint8Array(Uint32Array.from(parts, (p) => p.length).buffer),
    ...parts.map((p) => p.inputs.image),
    ...parts.map((p) => Uint8Array.from(p.target)),
  ]);
}

async function addPeers(out) {
  const wasm = join(PEERS, "node_modules/@tensorflow/tfjs-backend-wasm/wasm-out");
  try {
    await readFile(join(wasm, "tfjs-backend-wasm-simd.wasm"));
  } catch {
    return false;
  }
  await build({
    entryPoints: [join(PEERS, "tfjs.js")],
    outfile: join(out, "tfjs.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // Its gradients register themselves in modules that it declares free of effects.
    ignoreAnnotations: true,
    logLevel: "error",
  });
  await mkdir(join(out, "tfjs"));
  for (const kind of ["", "-simd", "-threaded-simd"])
    await cp(join(wasm, `tfjs-backend-wasm${kind}.wasm`), join(out, "tfjs", `tfjs-backend-wasm${kind}.wasm`));
  return true;
}
