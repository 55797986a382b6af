import { fail, issue, MorphError, messageOf } from "../base/index.js";
import { allocate, type DType, hasArray, type Model, type Tensor } from "../ir/index.js";
import { encodeModel } from "../onnx/index.js";
import { probeBlocks } from "./blocks.js";
import type { Runtime, Session, SessionOptions } from "./runtime.js";

type Ort = typeof import("onnxruntime-node");
type OrtTensor = import("onnxruntime-node").Tensor;

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

/** ONNX Runtime in Node, on the CPU. */
export const ortNode: Runtime = {
  name: "onnxruntime-node",

  async load(model: Model | Uint8Array, options: SessionOptions = {}): Promise<Session> {
    const { InferenceSession } = await ort();
    const bytes = model instanceof Uint8Array ? model : encodeModel(model);
    const { threads = 1, arena = true, optimization = "all" } = options;
    let session: import("onnxruntime-node").InferenceSession;
    try {
      session = await InferenceSession.create(bytes, {
        executionProviders: ["cpu"],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
        enableCpuMemArena: arena,
        enableMemPattern: arena,
        graphOptimizationLevel: optimization,
        logSeverityLevel: 3,
        // Idle threads must not spin: other trials want the cores.
        extra: { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } },
      });
    } catch (error) {
      throw new MorphError(
        issue("runtime_load", {
          received: messageOf(error),
          hint: "the model uses an operator or type that ONNX Runtime's CPU provider does not run",
        }),
        { cause: error },
      );
    }
    return new OrtSession(session);
  },

  blockedChannels() {
    blockSize ??= probeBlocks(ortNode);
    return blockSize;
  },
};

let blockSize: Promise<number | undefined> | undefined;

class OrtSession implements Session {
  private released = false;

  constructor(private readonly session: import("onnxruntime-node").InferenceSession) {}

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.session.outputNames;
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs?: readonly string[],
  ): Promise<Record<string, Tensor>> {
    if (this.released) fail("session_released", { hint: "the session was disposed of before this run" });
    const { Tensor: OrtTensor } = await ort();
    const native: Record<string, OrtTensor> = {};
    for (const [name, t] of Object.entries(feeds)) native[name] = toNative(OrtTensor, name, t);
    let results: Record<string, OrtTensor>;
    try {
      results = (await (outputs === undefined
        ? this.session.run(native)
        : this.session.run(native, [...outputs]))) as Record<string, OrtTensor>;
    } catch (error) {
      throw new MorphError(issue("runtime_run", { received: messageOf(error) }), { cause: error });
    }
    return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, fromNative(t)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.released) return;
    this.released = true;
    await this.session.release();
  }
}

function toNative(OrtTensor: Ort["Tensor"], name: string, t: Tensor): OrtTensor {
  if (t.dtype === "string") return new OrtTensor("string", [...(t.data as readonly string[])], t.dims);
  if (!hasArray(t.dtype))
    fail("runtime_dtype", { path: name, received: t.dtype, hint: "feed another type and cast" });
  return new OrtTensor(t.dtype as "float32", t.data as Float32Array, t.dims);
}

function fromNative(t: OrtTensor): Tensor {
  const dtype = t.type as DType;
  const { data } = t;
  if (Array.isArray(data)) return { dtype, dims: t.dims, data: data as string[] };
  // Half floats may come as Float16Array on newer platforms: keep the bit patterns.
  if (dtype === "float16" && !(data instanceof Uint16Array)) {
    const view: ArrayBufferView = data;
    return { dtype, dims: t.dims, data: new Uint16Array(view.buffer, view.byteOffset, view.byteLength / 2) };
  }
  return { dtype, dims: t.dims, data: (data ?? allocate(dtype, 0)) as Tensor["data"] };
}

/** Version of the runtime that is installed. */
export async function ortVersion(): Promise<string> {
  const api = await ort();
  return api.env.versions.node ?? api.env.versions.common;
}
