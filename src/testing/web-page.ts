/** What the tests run inside a web page; see browser/chromium.test.ts. */
import { MorphError } from "../base/index.js";
import { tensor } from "../ir/index.js";
import { Builder } from "../ops/index.js";
import { ortWeb, type WebProvider, webGpuAdapter, webThreads } from "../runtime/portable.js";
import { modelOf } from "../train/index.js";
import { runtimeCases } from "./runtime-contract.js";
import { smallFit } from "./small-fit.js";
import { smallTraining } from "./small-training.js";

const wasmPaths = "/ort/";
const runtime = (provider: WebProvider) => ortWeb({ provider, wasmPaths });

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "no error";
  } catch (error) {
    return error instanceof MorphError ? error.code : String(error);
  }
}

const tests = {
  place: async () => ({ threads: webThreads(), adapter: (await webGpuAdapter())?.info.vendor }),
  train: (provider: WebProvider, kind: "perceptron" | "convolutions", short: boolean) =>
    smallTraining(runtime(provider), kind, { short }),

  fit: (provider: WebProvider) => smallFit(runtime(provider)),

  /** What each case of the contract found; those of `only`, or all. */
  async contract(provider: WebProvider, only: string) {
    const found: Record<string, readonly string[]> = {};
    for (const it of runtimeCases) {
      if (new RegExp(only).test(it.name)) found[it.name] = await it.run(runtime(provider));
    }
    return found;
  },

  /** 4 GB in one tensor: more than WebAssembly addresses. Then something small. */
  async memory() {
    const g = new Builder("large");
    const n = g.input("n", "int64", [1]);
    const ones = g.ConstantOfShape(n, { value: tensor("float32", [1], [1]) });
    const model = modelOf(g.finish([g.identityAs(g.ReduceSum(ones, undefined, { keepdims: 0 }), "sum")]));
    await using session = await runtime("wasm").load(model);
    const code = await codeOf(() => session.run({ n: tensor("int64", [1], [2 ** 30 + 5]) }));
    const { sum } = await session.run({ n: tensor("int64", [1], [1000]) });
    return { code, sum: Number(sum?.data[0]) };
  },

  settings: async () => [
    await codeOf(() => ortWeb({ wasmPaths, threads: 99.5 }).load(new Uint8Array())),
    await codeOf(() => ortWeb({ wasmPaths: "/elsewhere/" }).load(new Uint8Array())),
  ],
  lone: async () => [
    webThreads(),
    await codeOf(() => ortWeb({ wasmPaths, threads: 2 }).load(new Uint8Array())),
    await codeOf(() => ortWeb({ provider: "webgpu", wasmPaths }).load(new Uint8Array())),
    await codeOf(() => ortWeb({ wasmPaths: "/nowhere/" }).load(new Uint8Array())),
  ],
};
export type PageTests = typeof tests;
Object.assign(globalThis, { tests });
