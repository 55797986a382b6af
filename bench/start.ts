/**
 * How long it takes before a training run can begin.
 *
 * Networks of 100 layers: building, differentiating with loss and optimizer, the training program (lowering included),
 * writing it, and ONNX Runtime's own start. Milliseconds, best and median of several, after a first time apart (when the
 * code is not yet compiled). Then the engine's workloads: creating the session by level of optimisation, loading an
 * optimised model again, and finding a session of the same structure, least of three.
 *
 * npm run bench -- start [--runs 7] [--only mlp,cnn] [--no-workloads]
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import ort from "onnxruntime-node";
import { allNodes } from "../src/ir/index.js";
import { adamW, convBn, encoderBlock, globalAveragePool, globalTokenMean, linear } from "../src/nn/index.js";
import { encodeModel } from "../src/onnx/index.js";
import { ortNode, SessionCache } from "../src/runtime/index.js";
import {
  buildModel,
  buildStep,
  type ModelBody,
  NO_AUGMENTATION,
  trainingProgram,
} from "../src/train/index.js";
import { problemOfShape } from "../src/zoo/index.js";
import { prepareCase } from "./engine/case.js";
import { programOf } from "./engine/ours.js";
import type { Workload } from "./engine/workload.js";
import { WORKLOADS } from "./engine/workloads/index.js";
import { record } from "./lib.js";

const { values: options } = parseArgs({
  options: {
    runs: { type: "string", default: "7" },
    only: { type: "string" },
    "no-workloads": { type: "boolean", default: false },
  },
});
const runs = Number(options.runs);
const wanted = options.only?.split(",");
const round = (x: number) => Math.round(x * 10) / 10;
const problem = problemOfShape([3, 8, 8], 10);

const convolutional: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("images only");
  let h = features.image;
  for (let i = 0; i < 99; i++)
    h = g.scope(`layer${i}`, () => convBn(g, h, 16, { kernel: 3, activation: "relu" }));
  return g.scope("out", () => linear(g, globalAveragePool(g, h), outputs));
};

/** 50 blocks of attention and perceptron. */
const transformer: ModelBody = (g, features, outputs) => {
  if (features.kind !== "image") throw new Error("images only");
  const tokens = g.Transpose(g.Reshape(features.image, g.i64([0, 3, 64])), { perm: [0, 2, 1] });
  let h = g.scope("in", () => linear(g, tokens, 32));
  for (let i = 0; i < 50; i++) h = g.scope(`block${i}`, () => encoderBlock(g, h, { heads: 2 }));
  return g.scope("out", () => linear(g, globalTokenMean(g, h), outputs));
};

const networks = { convolutional, transformer };
const results: Record<string, object> = {};
for (const [name, body] of Object.entries(networks)) {
  const times: Record<string, number[]> = {};
  let sizes = {};
  for (let run = 0; run < runs; run++) {
    const timed = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
      const began = performance.now();
      const value = await work();
      const list = times[what] ?? [];
      times[what] = [...list, performance.now() - began];
      return value;
    };
    const options = { optimizer: adamW() };
    const model = await timed("build", () =>
      buildModel(name, problem, body, { training: true, batch: 32, augmentation: NO_AUGMENTATION }),
    );
    const step = await timed("step", () => buildStep(model, problem.task, options));
    const program = await timed("program", () => trainingProgram(model, problem, options));
    const bytes = await timed("encode", () => encodeModel(program));
    const session = await timed("session", () => ortNode.load(bytes));
    await session[Symbol.asyncDispose]();
    sizes = {
      forwardNodes: model.graph.nodes.length,
      stepNodes: step.graph.nodes.length,
      bytes: bytes.length,
    };
  }
  const summary = (list: readonly number[]) => {
    const warm = list.slice(1).sort((a, b) => a - b);
    return {
      firstMs: round(list[0] ?? 0),
      bestMs: round(warm[0] ?? 0),
      medianMs: round(warm[warm.length >> 1] ?? 0),
    };
  };
  results[name] = {
    ...sizes,
    ...Object.fromEntries(Object.entries(times).map(([what, list]) => [what, summary(list)])),
    // What must be done before a session can be made; the program differentiates anew.
    buildAndProgram: summary((times.build ?? []).map((b, i) => b + (times.program?.[i] ?? 0))),
  };
}

async function best(work: () => Promise<void> | void): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    await work();
    least = Math.min(least, performance.now() - began);
  }
  return round(least);
}

async function sessionsOf(workload: Workload, folder: string) {
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
  return {
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
  };
}

const workloads: object[] = [];
if (!options["no-workloads"]) {
  const folder = await mkdtemp(join(tmpdir(), "morph-start-"));
  for (const workload of WORKLOADS) {
    if (wanted === undefined || wanted.includes(workload.name))
      workloads.push(await sessionsOf(workload, folder));
  }
  await rm(folder, { recursive: true });
}
await record("start", { runs, unit: "milliseconds", ...results, workloads });
