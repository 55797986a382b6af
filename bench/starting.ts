/**
 * What it takes to get ready to train: building the graph, creating the session by level of optimisation, loading an
 * optimised model again, and finding a session of the same structure: npm run bench -- starting [WORKLOAD...]
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ort from "onnxruntime-node";
import { allNodes } from "../src/ir/index.js";
import { encodeModel } from "../src/onnx/index.js";
import { ortNode, SessionCache } from "../src/runtime/index.js";
import { prepareCase } from "./engine/case.js";
import { programOf } from "./engine/ours.js";
import { WORKLOADS } from "./engine/workloads/index.js";
import { record } from "./lib.js";

const ROUNDS = 3;
const round = (x: number) => Math.round(x * 10) / 10;

async function best(work: () => Promise<void> | void): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i++) {
    const began = performance.now();
    await work();
    least = Math.min(least, performance.now() - began);
  }
  return round(least);
}

const wanted = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), "morph-starting-"));
const results: object[] = [];
for (const workload of WORKLOADS) {
  if (wanted.length > 0 && !wanted.includes(workload.name)) continue;
  const it = prepareCase(workload);
  const buildMs = await best(async () => void (await programOf(it)));
  const model = await programOf(it);
  let bytes = new Uint8Array(0);
  const encodeMs = await best(() => {
    bytes = new Uint8Array(encodeModel(model));
  });
  const create = (
    graphOptimizationLevel: "all" | "basic" | "disabled",
    source: Uint8Array,
    optimizedModelFilePath?: string,
  ) =>
    ort.InferenceSession.create(source, {
      graphOptimizationLevel,
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
      ...(optimizedModelFilePath !== undefined && { optimizedModelFilePath }),
    });
  const timed = (level: "all" | "basic" | "disabled", source: Uint8Array) =>
    best(async () => {
      await (await create(level, source)).release();
    });
  const sessionMs = await timed("all", bytes);
  const basicMs = await timed("basic", bytes);
  const disabledMs = await timed("disabled", bytes);
  const path = join(folder, `${workload.name}.onnx`);
  await (await create("all", bytes, path)).release();
  const optimized = new Uint8Array(await readFile(path));
  const optimizedMs = await timed("disabled", optimized);
  await using cache = new SessionCache(ortNode);
  await (await cache.load(model))[Symbol.asyncDispose]();
  const cachedMs = await best(async () => {
    await (await cache.load(model))[Symbol.asyncDispose]();
  });
  results.push({
    workload: workload.name,
    nodes: [...allNodes(model.graph)].length,
    modelBytes: bytes.length,
    buildMs,
    encodeMs,
    sessionMs,
    sessionBasicMs: basicMs,
    sessionUnoptimizedMs: disabledMs,
    sessionFromOptimizedMs: optimizedMs,
    optimizedBytes: optimized.length,
    sameStructureMs: cachedMs,
  });
}
await rm(folder, { recursive: true });
await record("starting", { unit: "milliseconds, least of three", results });
