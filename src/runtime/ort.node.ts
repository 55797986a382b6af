import { fail } from "../base/index.js";
import type { Model, Tensor } from "../ir/index.js";
import { encodeModel } from "../onnx/portable.js";
import { probeBlocks } from "./blocks.js";
import { type Device, HostSession, loadOnDevice, type NativeSession } from "./device.js";
import { type MakeTensor, runtimeError, toNative } from "./native.js";
import { Queue } from "./queue.js";
import type { Runtime, SessionOptions } from "./runtime.js";
import { probeWebGpu } from "./webgpu-probe.node.js";

type Ort = typeof import("onnxruntime-node");
type NativeOptions = import("onnxruntime-node").InferenceSession.SessionOptions;

let loaded: Promise<Ort> | undefined;

/** ONNX Runtime, loaded at first use: it takes 150 ms. */
function ort(): Promise<Ort> {
  loaded ??= import("onnxruntime-node").then((module) => {
    const api = "default" in module && module.default !== undefined ? (module.default as Ort) : module;
    // Warnings of graph optimisers are not for users; errors come as exceptions.
    api.env.logLevel = "error";
    return api;
  });
  return loaded;
}

/** What computes: the processor, or the GPU by way of WebGPU. */
export const NODE_PROVIDERS = ["cpu", "webgpu"] as const;
export type NodeProvider = (typeof NODE_PROVIDERS)[number];

/** ONNX Runtime in Node, on the CPU. */
export const ortNode: Runtime = {
  name: "onnxruntime-node",

  async load(model, options = {}) {
    const api = await ort();
    const bytes = model instanceof Uint8Array ? model : encodeModel(model);
    const hint = "the model uses an operator or type that ONNX Runtime's CPU provider does not run";
    const session = await open(api, bytes, { ...nativeOptions(options), executionProviders: ["cpu"] }, hint);
    return new HostSession({ toNative: tensorMaker(api) }, session);
  },

  blockedChannels() {
    blockSize ??= probeBlocks(ortNode);
    return blockSize;
  },
};

let blockSize: Promise<number | undefined> | undefined;

/** ONNX Runtime in Node, on the GPU by way of WebGPU (Vulkan, Metal or Direct3D 12). */
const ortNodeWebGpu: Runtime = {
  name: "onnxruntime-node webgpu",

  async load(model: Model | Uint8Array, options = {}) {
    await needProvider("webgpu");
    return loadOnDevice(webGpuDevice(await ort(), options), model);
  },
};

/**
 * Make certain that a provider is there, before work is begun that needs it.
 * @throws `webgpu_missing`, with the reason that the runtime gives
 */
export async function needProvider(provider: NodeProvider): Promise<void> {
  if (provider === "cpu") return;
  const probe = await probeWebGpu();
  if (probe.available) return;
  fail("webgpu_missing", {
    expected: "a WebGPU adapter (on Linux: a Vulkan driver)",
    received: probe.reason,
    hint: "take the device cpu",
  });
}

/** The runtime of a provider. Errors at loading: `webgpu_missing` where there is no adapter. */
export function ortNodeOn(provider: NodeProvider): Runtime {
  return provider === "cpu" ? ortNode : ortNodeWebGpu;
}

/** The device's work is one queue, whatever session it comes from. */
const gpuQueue = new Queue();

function webGpuDevice(api: Ort, options: SessionOptions): Device {
  return {
    async open(bytes, outputs, onHost = []) {
      const session = await open(api, bytes, {
        ...nativeOptions(options),
        executionProviders: [
          onHost.length === 0 ? "webgpu" : { name: "webgpu", forceCpuNodeNames: [...onHost] },
        ],
        ...(outputs === "device" ? { preferredOutputLocation: "gpu-buffer" } : {}),
      });
      return {
        ...session,
        run: (feeds, wanted) => gpuQueue.run(() => session.run(feeds, wanted)),
        release: () => gpuQueue.run(() => session.release()),
      };
    },
    toNative: tensorMaker(api),
  };
}

function tensorMaker(api: Ort) {
  return (name: string, t: Tensor) => toNative(api.Tensor as MakeTensor, name, t);
}

function nativeOptions({
  threads = 1,
  arena = true,
  memoryPattern = arena,
  optimization = "all",
}: SessionOptions): NativeOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    enableCpuMemArena: arena,
    enableMemPattern: memoryPattern,
    graphOptimizationLevel: optimization,
    logSeverityLevel: 3,
    extra: { session: waiting(threads) },
  };
}

/**
 * How threads wait for the next operator. Those of a session that has several spin while a run lasts: a step is hundreds of
 * operators, and to wake a sleeping thread takes as long as many of them. Between runs they sleep: other trials want the
 * cores.
 */
function waiting(threads: number) {
  const spins = threads > 1 ? "1" : "0";
  return {
    intra_op: { allow_spinning: spins },
    inter_op: { allow_spinning: "0" },
    force_spinning_stop: "1",
  };
}

async function open(
  api: Ort,
  bytes: Uint8Array,
  options: NativeOptions,
  hint?: string,
): Promise<NativeSession> {
  let session: import("onnxruntime-node").InferenceSession;
  try {
    session = await api.InferenceSession.create(bytes, options);
  } catch (error) {
    throw runtimeError("runtime_load", error, hint);
  }
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, outputs) {
      type Native = Parameters<typeof session.run>[0];
      type Results = Awaited<ReturnType<NativeSession["run"]>>;
      try {
        return (await (outputs === undefined
          ? session.run(feeds as Native)
          : session.run(feeds as Native, [...outputs]))) as Results;
      } catch (error) {
        throw runtimeError("runtime_run", error);
      }
    },
    release: () => session.release(),
  };
}

/** Version of the runtime that is installed. */
export async function ortVersion(): Promise<string> {
  const api = await ort();
  return api.env.versions.node ?? api.env.versions.common;
}
