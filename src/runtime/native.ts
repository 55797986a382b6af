/** Our tensors and errors against those of ONNX Runtime's JavaScript packages, which share their forms. */
import { fail, issue, MorphError, messageOf } from "../base/index.js";
import {
  allocate,
  bytesOf,
  type DType,
  hasArray,
  sizeOf,
  type Tensor,
  type TensorData,
} from "../ir/index.js";

/** The part of `onnxruntime-common`'s tensor that adapters need. */
export interface NativeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
  readonly location: string;
  dispose(): void;
}

/** Makes a tensor of the runtime: its class, with types that do not depend on the package. */
export type MakeTensor = new (type: string, data: unknown, dims: readonly number[]) => NativeTensor;

export function toNative(Make: MakeTensor, name: string, t: Tensor): NativeTensor {
  if (t.dtype === "string") return new Make("string", [...(t.data as readonly string[])], t.dims);
  if (!hasArray(t.dtype))
    fail("runtime_dtype", { path: name, received: t.dtype, hint: "feed another type and cast" });
  return new Make(t.dtype, t.data, t.dims);
}

export function fromNative(t: NativeTensor): Tensor {
  const dtype = t.type as DType;
  const data = t.data as TensorData | string[] | undefined;
  if (Array.isArray(data)) return { dtype, dims: t.dims, data };
  // Half floats may come as Float16Array on newer platforms: keep the bit patterns.
  if (dtype === "float16" && ArrayBuffer.isView(data) && !(data instanceof Uint16Array)) {
    const view: ArrayBufferView = data;
    return { dtype, dims: t.dims, data: new Uint16Array(view.buffer, view.byteOffset, view.byteLength / 2) };
  }
  return { dtype, dims: t.dims, data: data ?? allocate(dtype, 0) };
}

/** Bytes of a tensor's contents; strings count for nothing. */
export function tensorBytes(t: Tensor): number {
  return t.dtype === "string" ? 0 : bytesOf(t.dtype, sizeOf(t.dims));
}

/** An integer overflow is what 32-bit WebAssembly says of sizes that it cannot count. */
const MEMORY =
  /SafeIntOnOverflow|bad_alloc|out of memory|failed to allocate|allocation failed|memory access out of bounds|OOM/i;

/** A failure of the runtime as one of ours: `runtime_memory` where memory ran out, else the code given. */
export function runtimeError(
  code: "runtime_load" | "runtime_run",
  error: unknown,
  hint?: string,
): MorphError {
  if (error instanceof MorphError) return error;
  // The web runtime throws bare numbers (addresses of C++ exceptions) where it could not say more.
  const received = typeof error === "number" ? `exception ${error} of the engine` : messageOf(error).trim();
  const found = MEMORY.test(received)
    ? issue("runtime_memory", {
        received,
        hint: "take smaller batches or a smaller network; in a browser all tensors together must fit into 4 GB",
      })
    : issue(code, { received, hint });
  return new MorphError(found, { cause: error });
}
