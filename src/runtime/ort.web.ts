/**
 * ONNX Runtime in web pages and workers: WebAssembly with SIMD (threads where the page is cross-origin isolated),
 * or WebGPU. The package `onnxruntime-web` is a peer: a page brings it, Node users do without its 140 MB.
 */
import { fail, issue, MorphError } from "../base/index.js";
import type { Model, Tensor } from "../ir/index.js";
import { encodeModel } from "../onnx/portable.js";
import { type Device, HostSession, loadOnDevice, type NativeSession } from "./device.js";
import { type MakeTensor, runtimeError, tensorBytes, toNative } from "./native.js";
import { Queue } from "./queue.js";
import type { Runtime, Session, SessionOptions } from "./runtime.js";

type Ort = typeof import("onnxruntime-web");
export type WebProvider = "wasm" | "webgpu";

/**
 * Files of `onnxruntime-web/dist` that a page must serve, all in one folder (`wasmPaths`): for WebAssembly about
 * 14 MB, for WebGPU about 27 MB, a third of that when compressed.
 */
export const WEB_RUNTIME_FILES: Readonly<Record<WebProvider, readonly string[]>> = {
  wasm: ["ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"],
  webgpu: ["ort-wasm-simd-threaded.asyncify.mjs", "ort-wasm-simd-threaded.asyncify.wasm"],
};

export interface WebRuntimeOptions {
  /** Default "wasm". "webgpu" where {@link webGpuAdapter} finds one. */
  readonly provider?: WebProvider;
  /**
   * Threads of WebAssembly, decided once a page. More than 1 needs a page that is cross-origin isolated. Default:
   * the processor's threads, at most 4, or 1 where the page is not isolated.
   */
  readonly threads?: number;
  /**
   * Folder (with a slash at its end) from which the page serves {@link WEB_RUNTIME_FILES}. Left out, the package
   * looks beside its own script, which bundlers must be told to keep.
   */
  readonly wasmPaths?: string;
}

interface Page {
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: {
    readonly hardwareConcurrency?: number;
    readonly gpu?: { requestAdapter(): Promise<WebGpuAdapter | null> };
  };
}

/** What a page may know of a GPU. */
export interface WebGpuAdapter {
  readonly info: { readonly vendor: string; readonly architecture: string; readonly description: string };
}

// Typed here, so that the package builds without the DOM's types.
const page = Object(globalThis) as Page;

/** The page's WebGPU adapter, or undefined where browser or machine have none. Never throws. */
export async function webGpuAdapter(): Promise<WebGpuAdapter | undefined> {
  try {
    return (await page.navigator?.gpu?.requestAdapter()) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Threads that a page can have: 1 unless it is cross-origin isolated. */
export function webThreads(): number {
  return page.crossOriginIsolated === true ? Math.min(4, page.navigator?.hardwareConcurrency ?? 1) : 1;
}

/** WebAssembly addresses 4 GB, in which the runtime and its copies of all tensors must fit. */
const HEAP_BYTES = 2 ** 32;

/** One loaded engine: WebAssembly memory, threads and queue are shared by all its sessions. */
interface Engine {
  readonly ort: Ort;
  readonly queue: Queue;
  readonly settings: string;
}

const engines = new Map<WebProvider, Promise<Engine>>();

/**
 * ONNX Runtime in this page or worker. `SessionOptions.threads` has no effect: threads belong to the page.
 * Errors: `web_runtime_missing`, `web_threads`, `web_runtime_settings`, `webgpu_missing`, later `runtime_load`,
 * `runtime_run`, `runtime_memory`.
 */
export function ortWeb(options: WebRuntimeOptions = {}): Runtime {
  const { provider = "wasm" } = options;
  return {
    name: `onnxruntime-web ${provider}`,
    async load(model, session = {}) {
      const engine = await engineOf(provider, options);
      return provider === "wasm"
        ? loadWasm(engine, model, session)
        : loadOnDevice(gpuDevice(engine, session), model);
    },
  };
}

function engineOf(provider: WebProvider, options: WebRuntimeOptions): Promise<Engine> {
  const threads = options.threads ?? webThreads();
  if (!Number.isInteger(threads) || threads < 1 || (threads > 1 && page.crossOriginIsolated !== true)) {
    fail("web_threads", {
      path: "threads",
      expected:
        page.crossOriginIsolated === true ? "1 or more" : "1, for the page is not cross-origin isolated",
      received: String(threads),
      hint: "serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
    });
  }
  const settings = JSON.stringify({ threads, wasmPaths: options.wasmPaths });
  const known = engines.get(provider);
  const engine = known ?? start(provider, threads, options.wasmPaths, settings);
  if (known === undefined) {
    engines.set(provider, engine);
    // A failed start (a file not served yet, say) may be tried again.
    engine.catch(() => engines.delete(provider));
    return engine;
  }
  return engine.then((it) =>
    it.settings === settings
      ? it
      : fail("web_runtime_settings", {
          expected: `the settings that the engine began with: ${it.settings}`,
          received: settings,
          hint: "threads and wasmPaths hold for the whole page: give the same ones everywhere",
        }),
  );
}

async function start(
  provider: WebProvider,
  threads: number,
  wasmPaths: string | undefined,
  settings: string,
): Promise<Engine> {
  if (provider === "webgpu" && (await webGpuAdapter()) === undefined) {
    fail("webgpu_missing", {
      expected: "a WebGPU adapter",
      received: page.navigator?.gpu === undefined ? "a browser without WebGPU" : "none on this machine",
      hint: 'take provider "wasm"',
    });
  }
  let ort: Ort;
  try {
    ort = provider === "wasm" ? await import("onnxruntime-web/wasm") : await import("onnxruntime-web/webgpu");
  } catch (error) {
    throw new MorphError(
      issue("web_runtime_missing", { path: "onnxruntime-web", hint: "npm install onnxruntime-web@1.30" }),
      { cause: error },
    );
  }
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = threads;
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  return { ort, queue: new Queue(), settings };
}

async function loadWasm(
  engine: Engine,
  model: Model | Uint8Array,
  options: SessionOptions,
): Promise<Session> {
  const bytes = model instanceof Uint8Array ? model : encodeModel(model);
  const session = await open(engine, bytes, { ...sessionOptions(options), executionProviders: ["wasm"] });
  return new HostSession({ toNative: tensorMaker(engine) }, session);
}

function gpuDevice(engine: Engine, options: SessionOptions): Device {
  return {
    open: (bytes, outputs, onHost = []) =>
      open(engine, bytes, {
        ...sessionOptions(options),
        // An empty list is refused.
        executionProviders: [onHost.length === 0 ? "webgpu" : { name: "webgpu", forceCpuNodeNames: onHost }],
        ...(outputs === "device" ? { preferredOutputLocation: "gpu-buffer" as const } : {}),
      }),
    toNative: tensorMaker(engine),
  };
}

function sessionOptions({ arena = true, memoryPattern = arena, optimization = "all" }: SessionOptions) {
  return {
    graphOptimizationLevel: optimization,
    enableCpuMemArena: arena,
    enableMemPattern: memoryPattern,
    logSeverityLevel: 3 as const,
  };
}

async function open(
  { ort, queue }: Engine,
  bytes: Uint8Array,
  options: import("onnxruntime-web").InferenceSession.SessionOptions,
): Promise<NativeSession> {
  let session: import("onnxruntime-web").InferenceSession;
  try {
    session = await queue.run(() => ort.InferenceSession.create(bytes, options));
  } catch (error) {
    throw runtimeError(
      "runtime_load",
      error,
      "see that the page serves the files of WEB_RUNTIME_FILES under wasmPaths, and that the model's operators are known",
    );
  }
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, outputs) {
      try {
        type Native = Parameters<typeof session.run>[0];
        return await queue.run(
          async () =>
            (await (outputs === undefined
              ? session.run(feeds as Native)
              : session.run(feeds as Native, [...outputs]))) as Awaited<ReturnType<NativeSession["run"]>>,
        );
      } catch (error) {
        throw runtimeError("runtime_run", error);
      }
    },
    release: () => queue.run(() => session.release()),
  };
}

function tensorMaker({ ort }: Engine) {
  return (name: string, t: Tensor) => {
    const bytes = tensorBytes(t);
    if (bytes >= HEAP_BYTES) {
      fail("runtime_memory", {
        path: name,
        expected: "less than 4 GB: all that WebAssembly can address",
        received: `${(bytes / 2 ** 30).toFixed(1)} GB`,
        hint: "take fewer examples or smaller batches",
      });
    }
    return toNative(ort.Tensor as MakeTensor, name, t);
  };
}
