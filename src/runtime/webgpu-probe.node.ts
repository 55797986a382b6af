import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { tensor } from "../ir/index.js";
import { encodeModel } from "../onnx/portable.js";
import { Builder, EMITTED_OPSET } from "../ops/index.js";

export interface WebGpuProbe {
  readonly available: boolean;
  /** Why not, in the words of the runtime; empty where it is available. */
  readonly reason: string;
}

const PROBE_MS = 30_000;
/** Runs a model of one matrix product on WebGPU and says what came out, or what went wrong. */
const SCRIPT = `
const [, file, model] = process.argv;
const ort = require(file);
(async () => {
  const session = await ort.InferenceSession.create(Buffer.from(model, "base64"), {
    executionProviders: ["webgpu"], logSeverityLevel: 4,
  });
  const { y } = await session.run({ x: new ort.Tensor("float32", Float32Array.of(1, 2), [1, 2]) });
  await session.release();
  process.stdout.write(JSON.stringify({ y: [...y.data] }));
})().catch((error) => process.stdout.write(JSON.stringify({ error: error.message })));
`;

let probed: Promise<WebGpuProbe> | undefined;

/**
 * Whether ONNX Runtime in Node finds a GPU by way of WebGPU. Asked once, in a process of its own: drivers that
 * are broken end the process that asks.
 */
export function probeWebGpu(): Promise<WebGpuProbe> {
  probed ??= ask();
  return probed;
}

async function ask(): Promise<WebGpuProbe> {
  const require = createRequire(import.meta.url);
  const g = new Builder("probe", EMITTED_OPSET);
  const x = g.input("x", "float32", [1, 2]);
  const y = g.identityAs(g.MatMul(x, g.constant(tensor("float32", [2, 1], [3, 4]))), "y");
  const bytes = encodeModel({
    graph: g.finish([y]),
    opsets: { "": EMITTED_OPSET },
    irVersion: 10,
    metadata: {},
  });
  const args = ["-e", SCRIPT, require.resolve("onnxruntime-node"), Buffer.from(bytes).toString("base64")];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: PROBE_MS, killSignal: "SIGKILL" }, (failure, stdout) => {
      let said: { y?: number[]; error?: string } = {};
      try {
        said = JSON.parse(stdout);
      } catch {
        // The process ended before it could say anything; its signal or code is the answer.
      }
      if (said.y?.[0] === 11) resolve({ available: true, reason: "" });
      else resolve({ available: false, reason: reasonOf(said, failure) });
    });
  });
}

function reasonOf(said: { y?: number[]; error?: string }, failure: Error | null): string {
  if (said.error !== undefined)
    return /Failed to get a WebGPU adapter[^\n]*/.exec(said.error)?.[0] ?? said.error;
  if (said.y !== undefined) return `wrong results: ${said.y.join(", ")} instead of 11`;
  return failure === null
    ? "no answer"
    : (failure.message.split("\n")[0] ?? "the probe failed").slice(0, 200);
}
