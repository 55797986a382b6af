/** What a file that is not an ONNX model seems to be, with what to do about it. */
export interface Guess {
  readonly what: string;
  readonly hint: string;
}

const MAGIC: readonly (readonly [at: number, magic: string, what: string, hint?: string])[] = [
  [0, "\x89PNG", "a PNG image"],
  [0, "\xff\xd8\xff", "a JPEG image"],
  [0, "GIF8", "a GIF image"],
  [0, "%PDF", "a PDF document"],
  [0, "\x1f\x8b", "gzip-compressed data", "decompress it first (gunzip)"],
  [0, "BZh", "bzip2-compressed data", "decompress it first"],
  [0, "\xfd7zXZ", "xz-compressed data", "decompress it first"],
  [0, "\x28\xb5\x2f\xfd", "Zstandard-compressed data", "decompress it first"],
  [0, "7z\xbc\xaf", "a 7-Zip archive", "extract it first"],
  [0, "\x89HDF", "an HDF5 file (a Keras model?)", "convert it with tf2onnx"],
  [0, "\x93NUMPY", "a NumPy array"],
  [0, "GGUF", "a GGUF model", "export the model to ONNX; GGUF holds weights without a graph"],
  [0, "\x7fELF", "a program"],
  [0, "\x80\x02", "a Python pickle (an old PyTorch checkpoint?)", "export it with torch.onnx.export"],
  [0, "\x80\x04", "a Python pickle", "export the model with torch.onnx.export"],
  [4, "TFL3", "a TensorFlow Lite model", "convert it with tf2onnx --tflite"],
  [4, "ORTM", "a model in ONNX Runtime's own format", "use the .onnx file that it was made from"],
  [257, "ustar", "a tar archive", "extract it first"],
];

/** Recognise a file by its first bytes; undefined where nothing is known of them. */
export function sniff(bytes: Uint8Array): Guess | undefined {
  const start = latin1(bytes.subarray(0, 4096));
  for (const [at, magic, what, hint] of MAGIC) {
    if (start.startsWith(magic, at)) return { what, hint: hint ?? "give a file in ONNX format" };
  }
  if (start.startsWith("PK\x03\x04")) return zip(start);
  if (/^.{8}\{\s*"/s.test(start) && start.includes('"dtype"')) {
    return { what: "a safetensors file", hint: "it holds weights without a graph: export the model to ONNX" };
  }
  return text(start, bytes.length);
}

function zip(start: string): Guess {
  if (/data\.pkl|\/version|\.pkl/.test(start)) {
    return { what: "a PyTorch checkpoint (a zip archive)", hint: "export it with torch.onnx.export" };
  }
  if (start.includes(".npy")) return { what: "a NumPy archive (.npz)", hint: "give a file in ONNX format" };
  if (start.includes("metadata.json") && start.includes("config.json")) {
    return { what: "a Keras model (a zip archive)", hint: "convert it with tf2onnx" };
  }
  return { what: "a zip archive", hint: "extract it and give the .onnx file inside" };
}

function text(start: string, length: number): Guess | undefined {
  if (start.startsWith("version https://git-lfs")) {
    return { what: "a Git LFS pointer, not the file itself", hint: "run git lfs pull to fetch the model" };
  }
  // Control characters other than tab, line feed, form feed and carriage return do not stand in text.
  for (let i = 0; i < start.length; i++) {
    const code = start.charCodeAt(i);
    if (code < 32 && code !== 9 && code !== 10 && code !== 12 && code !== 13) return undefined;
  }
  const hint = "give a file in ONNX format";
  if (/^\s*(<!doctype html|<html)/i.test(start)) {
    return { what: "a web page", hint: "the download gave a page instead of the file: check the address" };
  }
  if (/^\s*[[{]/.test(start)) return { what: "a JSON text", hint };
  if (/^\s*</.test(start)) return { what: "an XML text", hint };
  return length > 0 ? { what: "a text file", hint } : undefined;
}

function latin1(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += String.fromCharCode(byte);
  return out;
}
