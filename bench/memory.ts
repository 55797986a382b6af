/**
 * Peak memory of a training process against parameters, optimizer state and activations:
 * npm run bench -- memory [WORKLOAD...]
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { bytesOf, type Graph } from "../src/ir/index.js";
import { Builder } from "../src/ops/index.js";
import { ortNode } from "../src/runtime/index.js";
import { modelOf } from "../src/train/index.js";
import { prepareCase } from "./engine/case.js";
import { ours } from "./engine/ours.js";
import { WORKLOADS } from "./engine/workloads/index.js";
import { record } from "./lib.js";

const MIB = 2 ** 20;
const DEFAULT = ["cnn", "resnet20", "transformer"];
const STEPS = 4;

/** Outputs that are views of their input: they take no memory of their own. */
const VIEWS = new Set(["Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten"]);

/** Bytes of all activations of one forward pass: what a plain implementation keeps for the backward pass. */
function activationBytes(graph: Graph): number {
  let bytes = 0;
  for (const node of graph.nodes) {
    if (VIEWS.has(node.opType)) continue;
    for (const value of node.outputs) {
      if (value?.type?.kind !== "tensor") continue;
      const size = (value.type.shape ?? []).reduce<number>((n, d) => n * (typeof d === "number" ? d : 1), 1);
      bytes += bytesOf(value.dtype, size);
    }
  }
  return bytes;
}

/** Peak resident memory since the last reset; Linux alone tells and resets it. */
async function peakRss(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

async function measure(name: string): Promise<object> {
  const workload = WORKLOADS.find((it) => it.name === name);
  if (workload === undefined)
    throw new Error(`no workload ${name}; there are ${WORKLOADS.map((it) => it.name).join(", ")}`);
  const it = prepareCase(workload);
  // The runtime and its libraries are loaded before the count begins.
  const g = new Builder("warm");
  await using warm = await ortNode.load(modelOf(g.finish([g.Relu(g.input("x", "float32", [1]))])));
  await warm.run({ x: { dtype: "float32", dims: [1], data: Float32Array.of(1) } });
  globalThis.gc?.();
  await writeFile("/proc/self/clear_refs", "5");
  const before = await peakRss();
  await using run = await ours(it, 1);
  const created = await peakRss();
  await run.run(STEPS);
  await run.run(STEPS);
  const peak = await peakRss();
  const parameters = 4 * it.weights.length;
  const optimizer = (workload.optimizer === "adamw" ? 2 : 1) * parameters;
  const activations = activationBytes(it.network.graph);
  const sum = parameters + optimizer + activations;
  return {
    workload: name,
    batch: workload.batch,
    parameterBytes: parameters,
    optimizerBytes: optimizer,
    activationBytes: activations,
    sumMiB: round(sum / MIB),
    sessionMiB: round((created - before) / MIB),
    peakMiB: round((peak - before) / MIB),
    ratio: round((peak - before) / sum),
  };
}

const round = (x: number) => Math.round(x * 100) / 100;

const [first, only] = process.argv.slice(2);
if (first === "--one" && only !== undefined) {
  console.log(JSON.stringify(await measure(only)));
} else {
  const names = process.argv.length > 2 ? process.argv.slice(2) : DEFAULT;
  const results: object[] = [];
  for (const name of names) {
    const args = ["--expose-gc", process.argv[1] ?? "", "--one", name];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    results.push(JSON.parse(stdout) as object);
  }
  await record("memory", {
    unit: "peak resident memory over that of a process with the runtime loaded",
    results,
  });
}
