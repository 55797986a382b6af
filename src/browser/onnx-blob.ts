import type { Model } from "../ir/index.js";
import { encodeModel } from "../onnx/portable.js";

/** A model as a file to offer for download: `URL.createObjectURL(onnxBlob(model))`. */
export function onnxBlob(model: Model): Blob {
  return new Blob([new Uint8Array(encodeModel(model))], { type: "application/octet-stream" });
}
